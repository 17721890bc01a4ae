/** Several servers over one store, rotated secrets, and the demo's credentials outside the demo. */
import { expect } from 'chai'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { borrowed, startServer, type TestServer, type TestServerOptions } from '../support/server.ts'

const oldSecret = `old:${'o'.repeat(40)}`
const newSecret = `new:${'n'.repeat(40)}`

describe('several servers over one store', () => {
  let first: TestServer
  const others: TestServer[] = []
  before(async () => {
    first = await startServer({ env: { TOKEN_SECRET: oldSecret } })
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other[Symbol.asyncDispose]()
  })
  after(() => first[Symbol.asyncDispose]())

  const second = async (options: TestServerOptions): Promise<TestServer> => {
    const store = borrowed(first.context.store)
    const server = await startServer({
      clock: first.clock,
      openStore: () => Promise.resolve(store),
      ...options,
    })
    others.push(server)
    return server
  }
  it('take tokens of one another, and of a secret that is being replaced', async () => {
    const rotated = await second({ env: { TOKEN_SECRET: `${newSecret},${oldSecret}` } })
    const old = await first.signIn('amelia.vet')
    expect(await rotated.probe(old.headers)).to.equal('good')
    const fresh = await rotated.signIn('amelia.vet')
    expect(await first.probe(fresh.headers), 'the first does not know the new secret yet').to.equal(
      'TOKEN_INVALID',
    )
    const finished = await second({ env: { TOKEN_SECRET: newSecret } })
    expect(await finished.probe(fresh.headers)).to.equal('good')
    expect(await finished.probe(old.headers)).to.equal('TOKEN_INVALID')
  })

  it('replace a secret without refusing anybody: behind the old one, then in front of it, then alone', async () => {
    const steps = [oldSecret, `${oldSecret},${newSecret}`, `${newSecret},${oldSecret}`, newSecret]
    const servers: TestServer[] = []
    for (const TOKEN_SECRET of steps) servers.push(await second({ env: { TOKEN_SECRET } }))
    // At each moment of the rollout two neighbouring steps serve side by side.
    for (let i = 1; i < servers.length; i += 1) {
      const [before, after] = [servers[i - 1], servers[i]]
      if (!before || !after) throw new Error('no such step')
      const tokens = [await before.signIn('amelia.vet'), await after.signIn('amelia.vet')]
      for (const { headers } of tokens)
        for (const server of [before, after])
          expect(await server.probe(headers), `step ${i}`).to.equal('good')
    }
  })

  it('hear within a minute that a session has ended or a user is disabled', async () => {
    const other = await second({ env: { TOKEN_SECRET: oldSecret } })
    const session = await first.signIn('ben.vet')
    expect(await other.probe(session.headers)).to.equal('good')
    await first.request('/v2/authentication/logout', { method: 'POST', headers: session.headers })
    const remaining = await first.signIn('nina.nurse')
    expect(await other.probe(remaining.headers)).to.equal('good')
    const db = await first.context.store.database('accounts')
    const user = await db.get('user:nina.nurse')
    if (!user) throw new Error('no such user')
    await db.write([{ ...user, disabled: true }])
    first.clock.now += 46_000
    for (const { headers } of [session, remaining])
      expect(await other.probe(headers)).to.equal('TOKEN_INVALID')
  })

  it('count failed sign-ins together', async () => {
    const other = await second({ env: { TOKEN_SECRET: oldSecret } })
    const json = { username: 'rita.reception', password: 'wrong' }
    const headers = { ApiToken: await first.login() }
    for (let i = 0; i < 10; i += 1)
      await (i % 2 === 0 ? first : other).request('/v2/authentication/verifyUser', { json, headers })
    for (const server of [first, other]) {
      const { status } = await server.request('/v2/authentication/verifyUser', {
        json: { ...json, password: demoPassword },
        headers,
      })
      expect(status).to.equal(423)
    }
  })

  it('refuse the credentials and tokens of the demo outside the demo', async () => {
    const { headers } = await first.signIn('amelia.vet')
    const real = await second({ env: { TOKEN_SECRET: oldSecret }, config: { demo: false } })
    const { status, body } = await real.request('/v2/authentication/login', {
      json: { accountId: demoAccountId, apiKey: 'demo-api-key' },
    })
    expect(status).to.equal(403)
    expect(body['code']).to.equal('DEMO_ONLY')
    expect(await real.probe(headers)).to.equal('TOKEN_INVALID')
  })
})

describe('a restart of the demo', () => {
  it('keeps tokens good and doubles nothing', async () => {
    await using outer = await startServer()
    const { dataDir, clock } = outer
    const { headers } = await outer.signIn('amelia.vet')
    const count = async (server: TestServer): Promise<number> =>
      (await (await server.context.groups.get(1)).db.info()).docCount
    const before = await count(outer)
    await outer.context[Symbol.asyncDispose]()
    await using again = await startServer({ dataDir, clock })
    expect(await again.probe(headers)).to.equal('good')
    expect(await count(again)).to.equal(before)
  })

  it('tops the diary up as days pass', async () => {
    await using server = await startServer()
    const { groups, store } = server.context
    const group = await groups.get(1)
    const before = (await group.db.info()).docCount
    const clock = { now: server.clock.now + 2 * 86_400_000 }
    await using later = await startServer({ clock, openStore: () => Promise.resolve(borrowed(store)) })
    const added = (await (await later.context.groups.get(1)).db.info()).docCount - before
    expect(added).to.be.within(6, 80)
    const { headers } = await later.signIn('amelia.vet')
    const date = new Date(clock.now + 30 * 86_400_000).toISOString().slice(0, 10)
    const { body } = await later.request(`/v2/mobile/retrieveDiariesForDay?siteId=1&date=${date}`, {
      headers,
    })
    const diaries = body['diaries'] as { appointments: unknown[] }[]
    expect(diaries.some(({ appointments }) => appointments.length > 0)).to.equal(true)
  })
})
