/** The server's edge: what browsers are told, whose pages may ask, and how often anyone may. */
import { expect } from 'chai'
import { demoPassword } from '../../../server/demo/practice.ts'
import { borrowed, missingClient, startServer, type Answer, type TestServer } from '../../support/server.ts'

const login = '/v2/authentication/login'
const basic = (name: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${demoPassword}`).toString('base64')}`,
})

describe('what browsers are told', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server[Symbol.asyncDispose]())

  for (const [kind, path, allows, denies] of [
    ['the reference', '/docs', "script-src 'self'", "'unsafe-inline'"],
    ['a guide', '/docs/guides/first-call', "connect-src 'self'", "'unsafe-inline'"],
    ['the registration form', '/registrations/1', "script-src 'self'", "'unsafe-inline'"],
    ['the demo page', '/demo/', "default-src 'self'", "'unsafe-eval'"],
    ['OAuth’s page', '/oauth/authorize', "style-src 'self'", 'script-src'],
    ['an answer of the API', '/health', "default-src 'none'", "'self'"],
    ['a refusal', '/v2/nothing', "default-src 'none'", "'self'"],
    ['the replication protocol', '/sync/', "default-src 'none'", "'self'"],
    ['the description', '/openapi.json', "default-src 'none'", "'self'"],
  ] as const)
    it(`${kind} has a policy of its kind, and may not be framed`, async () => {
      const { headers } = await server.request(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).to.contain(allows).and.not.contain(denies)
      expect(policy).to.contain("frame-ancestors 'none'").and.to.contain("base-uri 'none'")
      for (const [name, value] of [
        ['x-content-type-options', 'nosniff'],
        ['x-frame-options', 'DENY'],
        ['referrer-policy', 'no-referrer'],
        ['cross-origin-opener-policy', 'same-origin'],
        ['cross-origin-resource-policy', 'same-origin'],
      ] as const)
        expect(headers.get(name), name).to.equal(value)
      for (const name of ['x-powered-by', 'server', 'strict-transport-security'])
        expect(headers.get(name), name).to.equal(null)
    })

  it('the health report’s page has a style and no script', async () => {
    const headers = { ApiToken: await server.login(), Accept: 'text/html' }
    const page = await server.request('/v2/groups/healthReport', { headers })
    expect(page.headers.get('content-security-policy'))
      .to.contain("style-src 'unsafe-inline'")
      .and.not.contain('script-src')
  })

  it('that they come by TLS alone, where the server is reached so', async () => {
    await using secure = await startServer({ env: { PUBLIC_URL: 'https://api.hillside.example' } })
    const { headers } = await secure.request('/health')
    expect(headers.get('strict-transport-security')).to.match(/^max-age=31536000$/)
  })
})

describe('pages of other origins', () => {
  let server: TestServer
  const origin = 'https://www.hillside.example'
  before(async () => {
    server = await startServer({ env: { CORS_ORIGINS: `${origin}, capacitor://localhost` } })
  })
  after(() => server[Symbol.asyncDispose]())

  const preflight = (path: string, from: string, to = server): Promise<Answer> =>
    to.request(path, {
      method: 'OPTIONS',
      headers: { Origin: from, 'Access-Control-Request-Method': 'POST' },
    })
  const allowed = async (answer: Promise<Answer>): Promise<string | null> =>
    (await answer).headers.get('access-control-allow-origin')

  it('may ask where the settings name them', async () => {
    for (const from of [origin, 'capacitor://localhost'])
      for (const path of [login, '/sync/group-1', '/v2/mobile/documents/uploads', '/oauth/token']) {
        const { status, headers } = await preflight(path, from)
        expect([status, headers.get('access-control-allow-origin')], path).to.deep.equal([204, from])
        expect(headers.get('access-control-allow-methods')).to.contain('PATCH')
        expect(headers.get('access-control-allow-headers')).to.contain('ApiUserToken')
      }
    const { headers } = await server.request('/health', { headers: { Origin: origin } })
    expect(headers.get('access-control-allow-origin')).to.equal(origin)
    expect(headers.get('access-control-expose-headers'))
      .to.contain('X-Request-Id')
      .and.to.contain('RateLimit')
    expect(headers.get('vary')).to.contain('Origin')
  })

  it('may ask with credentials at /sync alone', async () => {
    const credentials = async (path: string) =>
      (await preflight(path, origin)).headers.get('access-control-allow-credentials')
    expect(await credentials('/sync/group-1')).to.equal('true')
    for (const path of [login, '/synchronous', '/oauth/token'])
      expect(await credentials(path), path).to.equal(null)
  })

  it('may not where they are not named, however they look', async () => {
    for (const from of [
      'https://evil.example',
      'http://www.hillside.example',
      'https://www.hillside.example:8443',
      'https://www.hillside.example.evil.example',
      'https://evil.example?https://www.hillside.example',
      'null',
      '*',
      'http://localhost:3000',
    ])
      for (const path of [login, '/sync/group-1', '/health', '/docs'])
        for (const asked of [preflight(path, from), server.request(path, { headers: { Origin: from } })]) {
          const { headers } = await asked
          for (const name of [...headers.keys()]) expect(name, from).not.to.match(/^access-control/)
          expect(headers.get('vary'), path).to.contain('Origin')
        }
  })

  it('of this machine may in the demo, and no page may elsewhere', async () => {
    await using demo = await startServer()
    for (const from of ['http://localhost:5173', 'http://127.0.0.1:8080', 'https://localhost'])
      expect(await allowed(preflight('/sync/group-1', from, demo))).to.equal(from)
    for (const from of ['http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'null', origin])
      expect(await allowed(preflight('/sync/group-1', from, demo)), from).to.equal(null)
    await using real = await startServer({ config: { corsOrigins: [] } })
    expect(await allowed(preflight(login, 'http://localhost:5173', real))).to.equal(null)
  })

  it('are told what a path takes without being asked beforehand', async () => {
    const { status, headers } = await server.request(login, { method: 'OPTIONS' })
    expect([status, headers.get('allow')]).to.deep.equal([204, 'POST, OPTIONS'])
  })
})

describe('limits of requests', () => {
  const limited = (env: Record<string, string>) => startServer({ env })
  const expectLimited = ({ status, headers, body }: Answer): void => {
    expect([status, body['code']]).to.deep.equal([429, 'RATE_LIMITED'])
    expect(Number(headers.get('retry-after'))).to.be.within(1, 60)
  }

  it('hold for a user on all their devices, and for no other', async () => {
    await using server = await limited({ RATE_LIMIT_USER: '3' })
    const [one, another] = [await server.signIn('amelia.vet'), await server.signIn('amelia.vet')]
    const ben = await server.signIn('ben.vet')
    const ask = ({ headers }: typeof one) => server.request(missingClient, { headers })
    const { headers } = await ask(one)
    expect(headers.get('ratelimit-policy')).to.contain('"user";q=3;w=60').and.to.contain('"address";q=600000')
    expect(headers.get('ratelimit')).to.match(/"address";r=\d+;t=\d+, "user";r=2;t=\d+/)
    await ask(another)
    await ask(one)
    expectLimited(await ask(another))
    expect((await ask(ben)).status).not.to.equal(429)
    const sync = await server.request('/sync/group-1', { headers: basic('amelia.vet') })
    expect([sync.status, sync.body['error']]).to.deep.equal([429, 'too_many_requests'])
    expect(Number(sync.headers.get('retry-after'))).to.be.within(1, 60)
    expect((await server.request('/sync/group-1', { headers: basic('ben.vet') })).status).to.equal(200)
  })

  it('hold for a secret key wherever it asks from, and for a public one at each address', async () => {
    await using server = await limited({ RATE_LIMIT_KEY: '4', TRUST_PROXY: 'loopback' })
    const ask = async (key: string, from: string) =>
      await server.request('/v2/global/groups', {
        headers: { ApiToken: await server.login(key), 'X-Forwarded-For': from },
      })
    for (let i = 0; i < 4; i += 1) {
      expect((await ask('demo-api-key', `203.0.113.${i}`)).status).to.equal(200)
      expect((await ask('demo-app-key', '203.0.113.9')).status).to.equal(200)
    }
    expectLimited(await ask('demo-api-key', '203.0.113.77'))
    expectLimited(await ask('demo-app-key', '203.0.113.9'))
    expect((await ask('demo-app-key', '203.0.113.10')).status).to.equal(200)
  })

  it('hold for an address, whatever it asks for; probes are answered all the same', async () => {
    await using server = await limited({ RATE_LIMIT_ADDRESS: '5' })
    for (const path of ['/docs', '/v2/nothing', '/openapi.json', '/demo/', '/sync/'])
      expect((await server.request(path)).status, path).not.to.equal(429)
    for (const path of ['/docs', '/v2/nothing', '/registrations/1', login]) {
      const answer = await server.request(path)
      expectLimited(answer)
      expect(answer.headers.get('content-type')).to.contain('application/problem+json')
    }
    expect((await server.request('/sync/group-1')).body['error']).to.equal('too_many_requests')
    expect((await server.request('/oauth/token', { method: 'POST' })).body['error']).to.equal(
      'temporarily_unavailable',
    )
    for (const path of ['/health', '/health/ready', '/metrics'])
      expect((await server.request(path)).status, path).to.equal(200)
  })

  it('are none where the settings say 0', async () => {
    await using server = await limited({ RATE_LIMIT_ADDRESS: '0', RATE_LIMIT_KEY: '0', RATE_LIMIT_USER: '0' })
    const { headers } = await server.request('/docs')
    expect(headers.get('ratelimit')).to.equal(null)
  })

  it('are not escaped by a forged X-Forwarded-For, unless a proxy is trusted to have written it', async () => {
    const asked = async (server: TestServer, from: string): Promise<number> =>
      (
        await server.request('/v2/nothing', {
          headers: { 'X-Forwarded-For': from, Forwarded: `for=${from}`, 'X-Real-IP': from },
        })
      ).status
    const statuses = async (server: TestServer): Promise<number[]> => {
      const seen: number[] = []
      for (let i = 1; i <= 4; i += 1) seen.push(await asked(server, `203.0.113.${i}`))
      return seen
    }
    await using plain = await limited({ RATE_LIMIT_ADDRESS: '2' })
    expect(await statuses(plain)).to.deep.equal([404, 404, 429, 429])
    await using elsewhere = await limited({ RATE_LIMIT_ADDRESS: '2', TRUST_PROXY: '10.0.0.0/8' })
    expect(await statuses(elsewhere)).to.deep.equal([404, 404, 429, 429])
    await using behind = await limited({ RATE_LIMIT_ADDRESS: '2', TRUST_PROXY: 'loopback' })
    expect(await statuses(behind)).to.deep.equal([404, 404, 404, 404])
    // What the caller itself wrote stands left of what the proxy added.
    const forged = [1, 2, 3].map((i) => asked(behind, `198.51.100.${i}, 203.0.113.9`))
    expect(await Promise.all(forged)).to.have.members([404, 404, 429])
  })

  it('count over several servers on one store', async () => {
    const env = { RATE_LIMIT_USER: '20', TOKEN_SECRET: `one:${'o'.repeat(40)}` }
    await using first = await limited(env)
    await using second = await startServer({
      env,
      openStore: () => Promise.resolve(borrowed(first.context.store)),
    })
    const { headers } = await first.signIn('amelia.vet')
    const ask = async (server: TestServer) => (await server.request(missingClient, { headers })).status
    const exchange = async () => {
      for (const { context } of [first, second, first]) await context.sharedCounts.exchange()
    }
    for (let i = 0; i < 10; i += 1)
      for (const server of [first, second]) expect(await ask(server)).not.to.equal(429)
    await exchange()
    await exchange()
    expect([await ask(first), await ask(second)]).to.deep.equal([429, 429])
    const { headers: bens } = await second.signIn('ben.vet')
    expect((await first.request(missingClient, { headers: bens })).status).not.to.equal(429)
  })
})
