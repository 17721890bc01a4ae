/** The second factor: turned on, asked for, used once, lost; and a group that asks it of its administrators. */
import { TOTP } from 'otpauth'
import { expect } from 'chai'
import { runCommand } from '../../../server/cli/run.ts'
import { readArguments } from '../../../server/cli/tools.ts'
import { demoPassword } from '../../../server/demo/practice.ts'
import { borrowed, startServer, type Answer, type TestServer } from '../../support/server.ts'

const second = 1000
const keys = { old: `old:${'o'.repeat(40)}`, next: `next:${'n'.repeat(40)}` }

describe('the second factor', () => {
  let server: TestServer
  let headers: { ApiToken: string; ApiUserToken: string }
  beforeEach(async () => {
    server = await startServer({ env: { TOKEN_SECRET: keys.old } })
    ;({ headers } = await server.signIn('gita.groupadmin'))
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const call = (name: string, json: object, on = server): Promise<Answer> =>
    on.request(`/v2/authentication/secondFactor/${name}`, { json, headers })
  const codeOf = (totp: TOTP, stepsAway = 0): string =>
    totp.generate({ timestamp: server.clock.now + stepsAway * 30 * second })
  /** Turns it on, and lets the code that did pass. */
  const turnOn = async (): Promise<{ totp: TOTP; recoveryCodes: string[] }> => {
    const { body } = await call('enrol', { password: demoPassword })
    const totp = new TOTP({ secret: String(body['secret']) })
    const confirmed = await call('confirm', { oneTimeCode: codeOf(totp) })
    expect(confirmed.status, confirmed.text).to.equal(200)
    server.clock.now += 60 * second
    return { totp, recoveryCodes: confirmed.body['recoveryCodes'] as string[] }
  }
  const verify = async (oneTimeCode?: string, password = demoPassword, on = server): Promise<Answer> =>
    await on.request('/v2/authentication/verifyUser', {
      json: { username: 'gita.groupadmin', password, ...(oneTimeCode === undefined ? {} : { oneTimeCode }) },
      headers: { ApiToken: await on.login() },
    })
  const outcome = async (answer: Promise<Answer>): Promise<unknown> => {
    const { status, body } = await answer
    return status < 300 ? 'good' : body['code']
  }
  const run = (...args: string[]): Promise<readonly string[]> =>
    runCommand(readArguments(args), server.context)

  it('is turned on by a password and a first code, as apps read it, and ends sessions begun without it', async () => {
    expect(await outcome(call('enrol', { password: 'wrong' }))).to.equal('INVALID_CREDENTIALS')
    expect(await outcome(call('confirm', { oneTimeCode: '123456' }))).to.equal('SECOND_FACTOR_STATE')
    const elsewhere = await server.signIn('gita.groupadmin')
    const { body } = await call('enrol', { password: demoPassword })
    const uri = new URL(String(body['uri']))
    expect([uri.protocol, uri.host, uri.searchParams.get('secret')]).to.deep.equal([
      'otpauth:',
      'totp',
      body['secret'],
    ])
    expect(String(body['secret'])).to.match(/^[A-Z2-7]{32}$/)
    expect(await outcome(verify()), 'not before a first code').to.equal('good')
    expect(await outcome(call('confirm', { oneTimeCode: '000000' }))).to.equal('SECOND_FACTOR_INVALID')
    const totp = new TOTP({ secret: String(body['secret']) })
    const { body: told } = await call('confirm', { oneTimeCode: codeOf(totp) })
    expect(told['recoveryCodes']).to.have.length(10)
    expect(await outcome(server.refresh(elsewhere.refreshToken))).to.equal('TOKEN_INVALID')
    expect(await outcome(call('enrol', { password: demoPassword })), 'on already').to.equal(
      'SECOND_FACTOR_STATE',
    )
    const db = await server.context.store.database('accounts')
    const kept = JSON.stringify(await db.range({ from: 'secondFactor:', to: 'secondFactor:\uffff' }))
    expect(kept)
      .not.to.contain(body['secret'])
      .and.not.contain((told['recoveryCodes'] as string[])[0])
    expect(server.logged.join('')).not.to.contain(body['secret'])
  })

  it('is asked for where the password is right, and tells nothing where it is not', async () => {
    const { totp } = await turnOn()
    expect(await outcome(verify())).to.equal('SECOND_FACTOR_REQUIRED')
    for (const wrong of ['000000', 'notAsked', 'null', '12345', ` ${'9'.repeat(30)}`])
      expect(await outcome(verify(wrong)), wrong).to.equal('SECOND_FACTOR_INVALID')
    expect(await outcome(verify(codeOf(totp), 'wrong'))).to.equal('INVALID_CREDENTIALS')
    const answer = await verify(codeOf(totp))
    expect(answer.status, answer.text).to.equal(200)
    expect(answer.body['secondFactor']).to.deep.equal({ on: true, needed: false, recoveryCodesLeft: 10 })
  })

  it('takes each code once, over all servers, within half a minute of the phone’s clock', async () => {
    const { totp } = await turnOn()
    await using other = await startServer({
      ...{ clock: server.clock, env: { TOKEN_SECRET: keys.old } },
      openStore: () => Promise.resolve(borrowed(server.context.store)),
    })
    const code = codeOf(totp)
    const outcomes = await Promise.all(
      [server, other, server, other].map((on) => outcome(verify(code, demoPassword, on))),
    )
    expect(outcomes.filter((one) => one === 'good')).to.have.length(1)
    expect(await outcome(verify(codeOf(totp, -1))), 'before the one that was taken').to.equal(
      'SECOND_FACTOR_INVALID',
    )
    expect(await outcome(verify(codeOf(totp, 2)))).to.equal('SECOND_FACTOR_INVALID')
    expect(await outcome(verify(codeOf(totp, 1)))).to.equal('good')
  })

  it('takes recovery codes, each once, however they are typed', async () => {
    const { recoveryCodes } = await turnOn()
    const [first = '', next = ''] = recoveryCodes
    expect(await outcome(verify(first.toLowerCase().replaceAll('-', ' ')))).to.equal('good')
    expect(await outcome(verify(first))).to.equal('SECOND_FACTOR_INVALID')
    expect((await verify(next)).body['secondFactor']).to.include({ recoveryCodesLeft: 8 })
  })

  it('locks after ten wrong codes, as after ten wrong passwords', async () => {
    const { totp } = await turnOn()
    for (let i = 0; i < 10; i += 1) expect(await outcome(verify('000000'))).to.equal('SECOND_FACTOR_INVALID')
    expect(await outcome(verify(codeOf(totp)))).to.equal('ACCOUNT_LOCKED')
    server.clock.now += 61 * second
    expect(await outcome(verify()), 'asking for the code forgets no failures').to.equal(
      'SECOND_FACTOR_REQUIRED',
    )
    expect(await outcome(verify('000000'))).to.equal('SECOND_FACTOR_INVALID')
    expect(await outcome(verify(codeOf(totp)))).to.equal('ACCOUNT_LOCKED')
  })

  it('is turned off by password and code, and by the command line where both are lost', async () => {
    const { totp, recoveryCodes } = await turnOn()
    const off = (json: object): Promise<unknown> => outcome(call('disable', json))
    expect(await off({ password: 'wrong', oneTimeCode: codeOf(totp) })).to.equal('INVALID_CREDENTIALS')
    expect(await off({ password: demoPassword, oneTimeCode: '000000' })).to.equal('SECOND_FACTOR_INVALID')
    expect(await off({ password: demoPassword, oneTimeCode: recoveryCodes[9] })).to.equal('good')
    expect(await outcome(verify())).to.equal('good')
    expect(await off({ password: demoPassword, oneTimeCode: recoveryCodes[8] })).to.equal(
      'SECOND_FACTOR_STATE',
    )
    await turnOn()
    await run('users', 'reset-second-factor', '--username', 'gita.groupadmin')
    expect(await outcome(verify())).to.equal('good')
    expect(await outcome(call('enrol', { password: demoPassword })), 'sessions have ended').to.equal(
      'TOKEN_INVALID',
    )
  })

  it('opens no side door: Basic at /sync, OAuth’s page and a link to the PMS user ask for it too', async () => {
    await run('users', 'set-roles', '--username', 'gita.groupadmin', '--roles', 'vet,groupAdmin')
    const { totp } = await turnOn()
    const basic = Buffer.from(`gita.groupadmin:${demoPassword}`).toString('base64')
    const sync = await server.request('/sync/group-1', { headers: { Authorization: `Basic ${basic}` } })
    expect([sync.status, String(sync.body['reason'])]).to.satisfy(
      ([status, reason]: [number, string]) => status === 401 && reason.includes('second factor'),
    )
    const link = { groupId: 1, pmsUsername: 'gita.groupadmin', pmsPassword: demoPassword }
    const { headers: carol } = await server.signIn('carol@example.com')
    const connect = (json: object) =>
      outcome(server.request('/v2/mobile/connectUserToPmsGroup', { json, headers: carol }))
    expect(await connect(link)).to.equal('SECOND_FACTOR_REQUIRED')
    expect(await connect({ ...link, oneTimeCode: codeOf(totp) })).to.equal('good')
    server.clock.now += 30 * second
    const consent = async (more: Record<string, string>): Promise<Response> =>
      await fetch(`${server.url}/oauth/authorize`, {
        ...{ method: 'POST', redirect: 'manual' },
        body: new URLSearchParams({
          ...{ response_type: 'code', client_id: '00000000-0000-4000-8000-000000000001', decision: 'allow' },
          ...{ redirect_uri: 'http://127.0.0.1:4000/callback', code_challenge: 'c'.repeat(43) },
          ...{ code_challenge_method: 'S256', username: 'gita.groupadmin', password: demoPassword, ...more },
        }),
      })
    const asked = await consent({})
    expect(asked.status).to.equal(401)
    expect(await asked.text())
      .to.contain('autocomplete="one-time-code"')
      .and.not.contain(demoPassword)
    expect((await consent({ oneTimeCode: '000000' })).status).to.equal(401)
    expect((await consent({ oneTimeCode: codeOf(totp) })).headers.get('location')).to.contain('code=')
  })

  it('gives administrators their rights by itself alone, where the group says so', async () => {
    const devices = () => outcome(server.request('/v2/mobile/devices', { headers }))
    expect(await devices()).to.equal('good')
    await run('groups', 'set', '--group', '1', '--second-factor', 'required')
    expect(await devices()).to.equal('SECOND_FACTOR_NEEDED')
    expect((await verify()).body['secondFactor']).to.include({ on: false, needed: true })
    const vet = await server.signIn('amelia.vet')
    expect(await server.probe(vet.headers), 'others are not asked').to.equal('good')
    await turnOn()
    expect(await devices()).to.equal('good')
    await run('groups', 'set', '--group', '1', '--second-factor', 'optional')
    expect(await devices()).to.equal('good')
  })

  it('stands in the audit record when it is turned on and off, and when the group’s rule is changed', async () => {
    const { recoveryCodes } = await turnOn()
    await call('disable', { password: demoPassword, oneTimeCode: recoveryCodes[0] })
    await turnOn()
    await run('users', 'reset-second-factor', '--username', 'gita.groupadmin')
    await run('groups', 'set', '--group', '1', '--second-factor', 'required')
    const kinds = ['SECOND_FACTOR_ON', 'SECOND_FACTOR_OFF', 'SETTINGS_CHANGED', 'USER_CHANGED'] as const
    const query = { from: undefined, to: undefined, actor: undefined, subjects: [], after: undefined }
    const { entries } = await server.context.audit.read(1, { ...query, kinds, limit: 100 })
    expect(entries.map(({ kind, actor }) => [kind, actor.kind])).to.deep.equal([
      ['SETTINGS_CHANGED', 'operator'],
      ['SECOND_FACTOR_OFF', 'operator'],
      ['SECOND_FACTOR_ON', 'user'],
      ['SECOND_FACTOR_OFF', 'user'],
      ['SECOND_FACTOR_ON', 'user'],
    ])
  })

  it('outlives the signing key that sealed its secret', async () => {
    const { totp } = await turnOn()
    const later = async (TOKEN_SECRET: string): Promise<TestServer> =>
      await startServer({
        ...{ clock: server.clock, env: { TOKEN_SECRET } },
        openStore: () => Promise.resolve(borrowed(server.context.store)),
      })
    await using rotating = await later(`${keys.next},${keys.old}`)
    expect(await outcome(verify(codeOf(totp), demoPassword, rotating))).to.equal('good')
    await rotating.context.accounts.secondFactor.sweep()
    await using rotated = await later(keys.next)
    server.clock.now += 60 * second
    expect(await outcome(verify(codeOf(totp), demoPassword, rotated))).to.equal('good')
  })
})
