/** What holds for every call: problems, paths, headers, kinds of keys, the log. */
import { expect } from 'chai'
import { StoreUnavailable } from '../../sync/store/port.ts'
import { startServer, testCall, type SignedIn, type TestServer } from '../support/server.ts'

const loginPath = '/v2/authentication/login'

const calls = [
  testCall('/server-only', 'serverKey', async () => ({ status: 200, body: { body: null } })),
  testCall('/broken', 'none', () => Promise.reject(new Error('password of the database'))),
  testCall('/away', 'none', () => Promise.reject(new StoreUnavailable('couch.internal:5984 refused'))),
  testCall('/not-as-declared', 'none', async () => ({ status: 200, body: 'text' })),
]

describe('http', () => {
  let server: TestServer
  let amelia: SignedIn
  before(async () => {
    server = await startServer({ calls })
    amelia = await server.signIn('amelia.vet')
  })
  after(() => server[Symbol.asyncDispose]())

  const codeOf = async (...request: Parameters<TestServer['request']>): Promise<string> => {
    const { status, body } = await server.request(...request)
    return `${status} ${String(body['code'])}`
  }
  const errorsOf = (body: Record<string, unknown>) => body['errors'] as { path: string; message: string }[]

  describe('problems', () => {
    it('have all their members, their content type and the id of the request', async () => {
      const { headers, body, status } = await server.request(loginPath, { json: { accountId: 5 } })
      expect(headers.get('content-type')).to.match(/^application\/problem\+json/)
      expect(body).to.include({ status, code: 'INVALID_REQUEST', requestId: headers.get('x-request-id') })
      expect(body).to.have.all.keys('type', 'title', 'status', 'code', 'detail', 'requestId', 'errors')
      expect(errorsOf(body).map(({ path }) => path)).to.have.members(['accountId', 'apiKey'])
    })

    it('name every faulty field of query, path and body', async () => {
      const { headers } = amelia
      const { body } = await server.request('/v2/mobile/animals/nonsense/history?limit=0&x=1', { headers })
      expect(errorsOf(body).map(({ path }) => path)).to.have.members([
        'params.animalId',
        'query.limit',
        'query.x',
      ])
      const twice = await server.request('/v2/mobile/retrieveTreatmentCodes?siteId=1&siteId=2', { headers })
      expect(errorsOf(twice.body)).to.deep.equal([
        { path: 'query.siteId', message: 'is given more than once' },
      ])
    })

    it('tell nothing of the inside when something breaks, and log it with the id', async () => {
      const answer = await server.request('/broken', { json: {}, headers: { 'X-Request-Id': 'find-me-1' } })
      expect(answer.status).to.equal(500)
      expect(answer.body).to.include({ code: 'INTERNAL', requestId: 'find-me-1' })
      expect(answer.text).not.to.match(/password of the database|\.ts/)
      expect(
        server.logged.some((line) => line.includes('find-me-1') && line.includes('"level":50')),
      ).to.equal(true)
    })

    it('say 503 with Retry-After when the store does not answer', async () => {
      const { status, body, headers, text } = await server.request('/away', { json: {} })
      expect(status).to.equal(503)
      expect(body['code']).to.equal('STORE_UNAVAILABLE')
      expect(Number(headers.get('retry-after'))).to.be.greaterThan(0)
      expect(text).not.to.contain('couch')
    })

    it('include an answer of ours that is not as declared, in tests', async () => {
      expect(await codeOf('/not-as-declared', { json: {} })).to.equal('500 INTERNAL')
    })
  })

  describe('paths', () => {
    it('take a trailing slash', async () => {
      expect(await codeOf(`${loginPath}/`, { json: {} })).to.equal('400 INVALID_REQUEST')
      expect((await server.request('/health/')).status).to.equal(200)
    })
    it('that do not exist are 404, also undecodable ones', async () => {
      expect(await codeOf('/v2/nothing')).to.equal('404 UNKNOWN_CALL')
      expect(await codeOf('/v2/mobile/clients/%ED%A0%80', amelia)).to.equal('404 UNKNOWN_CALL')
    })
    it('answer 405 with Allow to another method', async () => {
      const { status, headers, body } = await server.request(loginPath, { method: 'DELETE' })
      expect(status).to.equal(405)
      expect(body['code']).to.equal('METHOD_NOT_ALLOWED')
      expect(headers.get('allow')).to.equal('POST, OPTIONS')
    })
    it('answer HEAD as GET without a body, and OPTIONS with the methods', async () => {
      const head = await server.request('/health', { method: 'HEAD' })
      expect([head.status, head.text]).to.deep.equal([200, ''])
      const options = await server.request(loginPath, { method: 'OPTIONS' })
      expect(options.status).to.equal(204)
      expect(options.headers.get('allow')).to.equal('POST, OPTIONS')
    })
  })

  describe('answers', () => {
    it('carry the request’s own id where it is sane, and one made for it otherwise', async () => {
      const idOf = async (id: string) =>
        (await server.request('/health', { headers: { 'X-Request-Id': id } })).headers.get('x-request-id')
      expect(await idOf('abc-123')).to.equal('abc-123')
      expect(await idOf('has spaces and "quotes"')).to.match(/^[0-9a-f-]{36}$/)
      expect(await idOf('x'.repeat(200))).to.match(/^[0-9a-f-]{36}$/)
    })
    it('are compressed as the caller takes it, when that pays', async () => {
      const encodingOf = async (accepts: string, path = '/openapi.json') =>
        (await server.request(path, { headers: { 'Accept-Encoding': accepts } })).headers.get(
          'content-encoding',
        )
      expect(await encodingOf('gzip, deflate, br')).to.equal('br')
      expect(await encodingOf('gzip')).to.equal('gzip')
      expect(await encodingOf('br;q=0, gzip')).to.equal('gzip')
      expect(await encodingOf('identity')).to.equal(null)
      expect(await encodingOf('br', '/health')).to.equal(null)
      const codes = await server.request('/v2/mobile/retrieveTreatmentCodes?siteId=1', {
        headers: { ...amelia.headers, 'Accept-Encoding': 'br' },
      })
      expect(codes.headers.get('content-encoding')).to.equal('br')
      expect(codes.body['items']).to.have.length.greaterThan(25)
    })
    it('are not stored nor sniffed, and do not say what serves them', async () => {
      const { headers } = await server.request(
        '/v2/mobile/retrieveDiariesForDay?siteId=1&date=2026-11-23',
        amelia,
      )
      expect(headers.get('cache-control')).to.equal('no-store')
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('x-powered-by')).to.equal(null)
    })
  })

  it('keeps calls for server keys from app keys', async () => {
    const app = await server.login('demo-app-key')
    expect(await codeOf('/server-only', { json: {}, headers: { ApiToken: app } })).to.equal(
      '403 SERVER_KEY_REQUIRED',
    )
    const headers = { ApiToken: amelia.headers.ApiToken }
    expect((await server.request('/server-only', { json: {}, headers })).status).to.equal(200)
  })

  it('logs each request with the template of its path, its status and group', async () => {
    await server.request('/v2/mobile/clients/00000000-0000-4000-8000-00000000ffff', amelia)
    await server.request('/health') // the line is written when a response is closed
    const lines = server.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
    const line = lines.filter(({ route }) => route === '/v2/mobile/clients/:clientId').pop()
    expect(line).to.include({ method: 'GET', status: 404, code: 'NOT_FOUND', groupId: 1 })
  })
})
