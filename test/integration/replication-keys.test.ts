/** API keys at /sync: they bound what a user does there as they do everywhere else. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { pageKey } from '../../server/auth/page-key.ts'
import { sessionDocId } from '../../server/auth/account-docs.ts'
import { runCommand } from '../../server/cli/run.ts'
import { demoPassword } from '../../server/demo/practice.ts'
import { fewDays, startServer, type Answer, type TestServer } from '../support/server.ts'
import { basic } from '../support/sync-practice.ts'

type Headers = Record<string, string>

interface Key {
  account: string
  keyId: string
  ApiToken: string
}

describe('API keys at /sync', () => {
  let server: TestServer
  before(async () => {
    server = await startServer(fewDays)
  })
  after(() => server[Symbol.asyncDispose]())

  const operator = (name: string, options: Record<string, string>) =>
    runCommand({ name, options }, server.context)
  const account = async (): Promise<string> =>
    (await operator('accounts create', { name: 'Ours' })).join('').replace('account ', '')
  const key = async (options: Record<string, string> = {}): Promise<Key> => {
    const id = options['account'] ?? (await account())
    const made = { account: id, kind: 'server', groups: '1', ...options }
    const [keyId = '', apiKey = ''] = (await operator('keys create', made)).map((line) => line.split(' ')[1])
    const json = { accountId: id, apiKey }
    const { body } = await server.request('/v2/authentication/login', { json })
    return { account: id, keyId, ApiToken: String(body['token']) }
  }
  const signIn = async ({ ApiToken }: Pick<Key, 'ApiToken'>, Authorization?: string) => {
    const json = { username: 'amelia.vet', password: demoPassword }
    const headers: Headers = Authorization === undefined ? { ApiToken } : { Authorization }
    const { status, body, text } = await server.request('/v2/authentication/verifyUser', { json, headers })
    expect(status, text).to.equal(200)
    return { ApiUserToken: String(body['userToken']), refreshToken: String(body['refreshToken']) }
  }
  const refresh = ({ ApiToken }: Pick<Key, 'ApiToken'>, refreshToken: string): Promise<Answer> =>
    server.request('/v2/authentication/refreshUserToken', { json: { refreshToken }, headers: { ApiToken } })
  const revoke = ({ account, keyId }: Key) => operator('keys revoke', { account, key: keyId })
  const read = async (headers: Headers): Promise<number> =>
    (await server.request('/sync/group-1/_all_docs?limit=1', { headers })).status
  const write = async (headers: Headers): Promise<number> => {
    const json = { firstName: 'New', lastName: 'Client', siteIds: [1] }
    const path = `/sync/group-1/client:${randomUUID()}`
    return (await server.request(path, { method: 'PUT', json, headers })).status
  }

  it('bound a user by their scopes, whether the ApiToken is sent as well or not', async () => {
    const scoped: [string, number, number][] = [
      ['mobile.read,mobile.write', 200, 201],
      ['mobile.read', 200, 403],
      ['mobile.write', 403, 403],
      ['registrations.read', 403, 403],
    ]
    for (const [scopes, reading, writing] of scoped) {
      const { ApiToken } = await key({ scopes: `${scopes},authentication.write` })
      const { ApiUserToken } = await signIn({ ApiToken })
      const Authorization = `Bearer ${ApiUserToken}`
      for (const headers of [{ ApiUserToken }, { ApiToken, ApiUserToken }, { Authorization }]) {
        const told = `${scopes} by ${Object.keys(headers).join()}`
        expect([await read(headers), await write(headers)], told).to.deep.equal([reading, writing])
      }
    }
  })

  it('let who only reads keep checkpoints of the database and its collections, and write under no other name', async () => {
    const { ApiToken } = await key({ scopes: 'mobile.read,authentication.write' })
    const { ApiUserToken } = await signIn({ ApiToken })
    const put = async (place: string): Promise<number> => {
      const asked = { method: 'PUT', json: { at: 1 }, headers: { ApiUserToken } }
      return (await server.request(`/sync/group-1/${place}/mark`, asked)).status
    }
    for (const place of ['_local', 'clients/_local']) expect(await put(place), place).to.equal(201)
    const id = randomUUID()
    for (const place of [`client:${id}/_local`, `clients/${id}/_local`])
      expect(await put(place), place).to.equal(403)
  })

  it('bound a user who signed in by an access token of fewer scopes than its key has', async () => {
    const { account, keyId } = await key()
    const { tokens } = server.context
    const claims = { sub: account, client_id: account, key: keyId, scope: 'authentication.write mobile.read' }
    const { token } = tokens.issueAccessToken(claims)
    const { ApiUserToken } = await signIn({ ApiToken: '' }, `Bearer ${token}`)
    expect([await read({ ApiUserToken }), await write({ ApiUserToken })]).to.deep.equal([200, 403])
  })

  it('end with every user token that was made by them, and the feeds of those', async () => {
    const ours = await key()
    const { ApiUserToken } = await signIn(ours)
    expect(await read({ ApiUserToken })).to.equal(200)
    const feed = await fetch(`${server.url}/sync/group-1/_changes?feed=continuous&since=now&heartbeat=1000`, {
      headers: { ApiUserToken },
    })
    await revoke(ours)
    expect(await read({ ApiUserToken })).to.equal(401)
    expect(await read({ ApiUserToken, ApiToken: ours.ApiToken })).to.equal(401)
    const ended = await Promise.race([feed.text(), sleep(6000, 'goes on', { ref: false })])
    expect(ended).to.include('last_seq')
  })

  it('hand their sessions on to other keys of the account when they are renewed, and to no other account', async () => {
    const old = await key()
    const { refreshToken } = await signIn(old)
    const next = await key({ account: old.account, scopes: 'mobile.read,authentication.write' })
    await revoke(old)
    expect((await refresh(old, refreshToken)).status, 'by the revoked key').to.equal(401)
    const foreign = await refresh(await key(), refreshToken)
    expect([foreign.status, foreign.body['code']]).to.deep.equal([401, 'TOKEN_INVALID'])
    const { status, body } = await refresh(next, refreshToken)
    expect(status).to.equal(200)
    const ApiUserToken = String(body['userToken'])
    expect([await read({ ApiUserToken }), await write({ ApiUserToken })]).to.deep.equal([200, 403])
  })

  it('are looked at wherever their ApiToken is sent: for their groups, their purpose, and whether they are any', async () => {
    const { ApiUserToken } = await signIn(await key())
    const agent = await server.login('demo-agent-key')
    const bad: Record<string, string> = {
      'another group': (await key({ groups: '2' })).ApiToken,
      junk: 'junk',
      'a user token': ApiUserToken,
      'a page': server.context.tokens.issueApiToken(pageKey(1, 'registrations')).token,
      'an agent': agent,
    }
    for (const [what, ApiToken] of Object.entries(bad))
      for (const headers of [{ ApiUserToken }, { Authorization: basic('amelia.vet') }])
        expect(await read({ ...headers, ApiToken }), what).to.equal(401)
    const { ApiToken } = await key()
    expect(await read({ ApiToken, Authorization: basic('amelia.vet') })).to.equal(200)
    expect(await read({ ApiToken, ApiUserToken }), 'another key of the group').to.equal(200)
  })

  it('bind a session from before keys were noted once it is renewed', async () => {
    const ours = await key({ scopes: 'registrations.read,authentication.write' })
    const { ApiUserToken, refreshToken } = await signIn(ours)
    const db = await server.context.store.database('accounts')
    const session = await db.get(sessionDocId(refreshToken.split('.')[0] ?? ''))
    if (!session) throw new Error('There is no such session')
    const { apiKey, ...before } = session
    expect(apiKey).to.include({ keyId: ours.keyId })
    await db.write([before])
    expect(await read({ ApiUserToken })).to.equal(200)
    expect((await refresh(ours, refreshToken)).status).to.equal(200)
    expect(await read({ ApiUserToken })).to.equal(403)
  })
})
