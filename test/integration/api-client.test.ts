/** The typed client against a running server. What its types promise is checked by the compiler, in this file too. */
import { expect } from 'chai'
import { ApiProblem, createApiClient, UnexpectedAnswer } from '../../server/client/api-client.ts'
import { exampleIds } from '../../server/contract/example-records.ts'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { startServer, type TestServer } from '../support/server.ts'

const hour = 3_600_000
const failure = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return await work.then(() => undefined)
  } catch (error) {
    return error
  }
}

describe('the typed client', () => {
  let server: TestServer
  let sent: string[]
  const open = (more: { fetch?: typeof fetch; apiKey?: string } = {}) =>
    createApiClient({
      baseUrl: `${server.url}/`,
      accountId: demoAccountId,
      apiKey: 'demo-api-key',
      now: () => server.clock.now,
      fetch: async (input, init) => {
        sent.push(new URL(input as string).pathname)
        return await fetch(input, init)
      },
      ...more,
    })
  const amelia = { username: 'amelia.vet', password: demoPassword }
  beforeEach(async () => {
    server = await startServer()
    sent = []
  })
  afterEach(() => server[Symbol.asyncDispose]())

  it('has a method for each call, typed by its declaration', async () => {
    const client = open()
    const { user } = await client.signIn(amelia)
    expect(user.displayName).to.equal('Amelia Hart')
    const { diaries } = await client.retrieveDiariesForDay({ query: { siteId: 1, date: '2026-11-23' } })
    expect(diaries.map(({ practitionerName }) => practitionerName)).to.include('Amelia Hart')
    const animal = await client.getAnimal({ params: { animalId: exampleIds.animalId } })
    expect(animal.allergies).to.deep.equal(['Penicillin'])
    const { items, nextCursor } = await client
      .retrieveTreatmentCodes({ query: { siteId: 1, limit: 3 } })
      .then((page) => page ?? { items: [], nextCursor: null })
    expect([items.length, typeof nextCursor]).to.deep.equal([3, 'string'])
    const { groups } = await client.groups()
    expect(groups).to.have.length(2)
    // @ts-expect-error a parameter that the call needs
    await failure(client.getAnimal({}))
    // @ts-expect-error a field that the call does not have
    expect(await failure(client.getAnimal({ params: { animalId: 'x', more: 1 } }))).to.be.instanceOf(
      ApiProblem,
    )
  })

  it('throws problems as errors with their code', async () => {
    const client = open()
    await client.signIn(amelia)
    const error = await failure(
      client.getAnimal({ params: { animalId: '00000000-0000-4000-8000-00000000ffff' } }),
    )
    if (!(error instanceof ApiProblem)) throw new Error(`An ApiProblem was expected, not ${String(error)}`)
    expect([error.code, error.status]).to.deep.equal(['NOT_FOUND', 404])
    expect(error.problem.requestId).to.be.a('string')
    const portal = open({ fetch: async () => new Response('<h1>Pay for the Wi-Fi</h1>') })
    expect(await failure(portal.groups())).to.be.instanceOf(UnexpectedAnswer)
    const proxy = open({ fetch: async () => new Response('Bad gateway', { status: 502 }) })
    expect(await failure(proxy.groups())).to.be.instanceOf(UnexpectedAnswer)
  })

  it('renews its tokens before they end: once, however many calls are waiting', async () => {
    const client = open()
    await client.signIn(amelia)
    server.clock.now += hour
    sent = []
    const animal = () => client.getAnimal({ params: { animalId: exampleIds.animalId } })
    await Promise.all([animal(), animal(), animal()])
    expect(sent.filter((path) => path.endsWith('refreshUserToken'))).to.have.length(1)
    server.clock.now += 25 * hour
    sent = []
    await animal()
    expect(sent.filter((path) => path.startsWith('/v2/authentication'))).to.deep.equal([
      '/v2/authentication/login',
      '/v2/authentication/refreshUserToken',
    ])
  })

  it('gets new tokens where the server refuses those it has, and says when the session is over', async () => {
    const slow = { now: () => server.clock.now - 10 * hour }
    const client = createApiClient({
      baseUrl: server.url,
      accountId: demoAccountId,
      apiKey: 'demo-app-key',
      ...slow,
    })
    await client.signIn(amelia)
    server.clock.now += 2 * hour
    const animal = () => client.getAnimal({ params: { animalId: exampleIds.animalId } })
    expect((await animal()).name).to.equal('Clover 231')
    server.clock.now += 40 * 24 * hour
    const over = await failure(animal())
    expect(over instanceof ApiProblem && over.status).to.equal(401)
  })

  it('sends an Idempotency-Key of its own, or the one that was given', async () => {
    const client = open()
    const account = {
      email: 'dorothy.hale@example.com',
      firstName: 'Dorothy',
      lastName: 'Hale',
      mobile: '+44 7700 900123',
      password: 'Three-Grey-Mares-9',
      acceptTerms: true,
    } as const
    const idempotencyKey = crypto.randomUUID()
    const first = await client.captureUserInfo({ body: account, idempotencyKey })
    expect(await client.captureUserInfo({ body: account, idempotencyKey })).to.deep.equal(first)
    const error = await failure(client.captureUserInfo({ body: account }))
    expect(error instanceof ApiProblem && error.code).to.equal('EMAIL_TAKEN')
  })

  it('uploads a document, and hands over a stream of events as it comes', async () => {
    const client = open()
    await client.signIn(amelia)
    const { animalId } = exampleIds
    const leaving = new AbortController()
    const events = await client.syncEvents({ query: { deviceId: 'd' }, signal: leaving.signal })
    expect(events.headers.get('content-type')).to.match(/^text\/event-stream/)
    leaving.abort()
    const file = new File(['the bytes of a photo'], 'photo.txt', { type: 'text/plain' })
    const body = { clientItemId: crypto.randomUUID(), animalId, title: 'A note', category: 'note' }
    expect((await client.uploadDocument({ body, file })).size).to.equal(file.size)
  })

  it('signs out', async () => {
    const client = open()
    await client.signIn(amelia)
    await client.signOut()
    const error = await failure(client.getAnimal({ params: { animalId: exampleIds.animalId } }))
    expect(error instanceof ApiProblem && error.code).to.equal('TOKEN_MISSING')
  })
})
