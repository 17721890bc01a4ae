/** Forgotten passwords: a token for one use, for the user alone. */
import { expect } from 'chai'
import { demoPassword } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { borrowed, startServer, type Answer, type TestServer } from '../support/server.ts'

const minute = 60_000
const better = 'Correct-Horse-47'

describe('a forgotten password', () => {
  let server: TestServer
  let ApiToken: string
  beforeEach(async () => {
    server = await startServer({ seed: seedAccounts })
    ApiToken = await server.login('demo-app-key')
  })
  afterEach(() => server[Symbol.asyncDispose]())

  /** Asks, and waits until the letter is out. */
  const forgot = async (username: string): Promise<Answer> => {
    const answer = await server.request('/v2/authentication/forgottenPassword', {
      json: { username },
      headers: { ApiToken },
    })
    await server.context.postman.work()
    return answer
  }
  const reset = async (resetToken: string, newPassword = better): Promise<Answer> =>
    await server.request('/v2/authentication/resetPassword', {
      json: { resetToken, newPassword },
      headers: { ApiToken },
    })
  const tokens = (): string[] =>
    server.logged.flatMap((line) => {
      const { resetToken } = JSON.parse(line) as Record<string, unknown>
      return typeof resetToken === 'string' ? [resetToken] : []
    })
  const tokenFor = async (username: string): Promise<string> => {
    await forgot(username)
    return tokens().at(-1) ?? ''
  }

  it('is set anew with the token from the demo’s log, which ends every session', async () => {
    const { headers, refreshToken } = await server.signIn('amelia.vet')
    const { status, text } = await forgot('Amelia.Vet ')
    expect([status, text]).to.deep.equal([202, ''])
    expect((await reset(tokens()[0] ?? '')).status).to.equal(204)
    expect(await server.probe(headers)).to.equal('TOKEN_INVALID')
    expect((await server.refresh(refreshToken)).body['code']).to.equal('TOKEN_INVALID')
    expect((await server.verify('amelia.vet', demoPassword)).status).to.equal(401)
    expect((await server.verify('amelia.vet', better)).status).to.equal(200)
  })

  it('is answered alike for a name that does not exist, down to the writes in the store', async () => {
    const db = await server.context.store.database('accounts')
    const kept = async () => (await db.info()).docCount
    // Nobody takes the notices, so that what the requests have written can be counted.
    await server.context.postman[Symbol.asyncDispose]()
    const start = await kept()
    const known = await forgot('ben.vet')
    const writes = (await kept()) - start
    const unknown = await forgot('nobody.here')
    expect((await kept()) - start - writes).to.be.within(writes - 1, writes) // the address is counted once
    expect([unknown.status, unknown.text]).to.deep.equal([known.status, known.text])
    for (let i = 0; i < 10; i += 1) for (const name of ['ben.vet', 'nobody.here']) await forgot(name)
    const late = [await forgot('ben.vet'), await forgot('nobody.here')]
    for (const { status, body } of late) expect([status, body['code']]).to.deep.equal([429, 'RATE_LIMITED'])
  })

  it('has a token for one use, also when it comes twice at once', async () => {
    const token = await tokenFor('ben.vet')
    const answers = await Promise.all([reset(token), reset(token, `${better}-2`)])
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 422])
    expect((await reset(token, `${better}-3`)).body['code']).to.equal('RESET_TOKEN_INVALID')
  })

  it('has a token for half an hour, and until the password is changed otherwise', async () => {
    const late = await tokenFor('ben.vet')
    server.clock.now += 31 * minute
    expect((await reset(late)).body['code']).to.equal('RESET_TOKEN_INVALID')
    const overtaken = await tokenFor('amelia.vet')
    const { headers } = await server.signIn('amelia.vet')
    const json = { oldPassword: demoPassword, newPassword: better }
    await server.request('/v2/authentication/changePassword', { json, headers })
    expect((await reset(overtaken, `${better}-2`)).body['code']).to.equal('RESET_TOKEN_INVALID')
  })

  it('takes any of the tokens asked for, so that asking again ends nobody’s', async () => {
    const first = await tokenFor('ben.vet')
    const last = await tokenFor('ben.vet')
    expect((await reset(first)).status).to.equal(204)
    expect((await reset(last, `${better}-2`)).status).to.equal(422)
  })

  it('keeps the rules for passwords, and a token that met them badly stays good', async () => {
    const token = await tokenFor('ben.vet')
    for (const bad of ['short', demoPassword]) {
      const { status, body } = await reset(token, bad)
      expect([status, body['code']]).to.deep.equal([422, 'PASSWORD_RULES'])
      expect((body['errors'] as { path: string }[])[0]?.path).to.equal('newPassword')
    }
    expect((await reset(token)).status).to.equal(204)
  })

  it('opens a sign-in that was locked', async () => {
    for (let i = 0; i < 10; i += 1) await server.verify('ben.vet', 'wrong')
    expect((await server.verify('ben.vet', demoPassword)).status).to.equal(423)
    await reset(await tokenFor('ben.vet'))
    expect((await server.verify('ben.vet', better)).status).to.equal(200)
  })

  it('refuses tokens that are none, and counts those who try', async () => {
    for (const token of ['nonsense', 'a.b', 'a.b.c', `${(await tokenFor('ben.vet')).split('.')[0]}.x`])
      expect((await reset(token)).body['code']).to.equal('RESET_TOKEN_INVALID')
  })

  it('keeps hashes of tokens only, and those not for long', async () => {
    const token = await tokenFor('ben.vet')
    const db = await server.context.store.database('accounts')
    const kept = () => db.range({ from: 'reset:', to: 'reset:\uffff' })
    expect(JSON.stringify(await kept())).not.to.contain(token.split('.')[1])
    server.clock.now += 31 * minute
    await server.context.accounts.passwordReset.sweep()
    expect(await kept()).to.deep.equal([])
  })

  it('is not sent outside the demo without a mail server: a warning says so, without the token', async () => {
    const db = await server.context.store.database('accounts')
    for (const id of ['user:amelia.vet', 'account:00000000-0000-4000-8000-000000000001']) {
      const doc = await db.get(id)
      if (doc) await db.write([{ ...doc, demo: false }])
    }
    await using real = await startServer({
      env: { TOKEN_SECRET: 's'.repeat(40) },
      config: { demo: false },
      clock: server.clock,
      openStore: () => Promise.resolve(borrowed(server.context.store)),
    })
    const headers = { ApiToken: await real.login() }
    const json = { username: 'amelia.vet' }
    expect((await real.request('/v2/authentication/forgottenPassword', { json, headers })).status).to.equal(
      202,
    )
    await real.context.postman.work()
    const warnings = real.logged.filter((line) => line.includes('"level":40'))
    expect(warnings).to.have.length(1)
    expect(real.logged.join('')).not.to.match(/resetToken|amelia/)
  })
})
