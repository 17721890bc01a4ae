/** Feeds that are open when their client loses rights: nothing more is sent, and they end. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { runCommand } from '../../server/cli/run.ts'
import { demoAccountId } from '../../server/demo/practice.ts'
import { borrowed, fewDays, startServer } from '../support/server.ts'
import { basic, openSyncPractice, type SyncPractice } from '../support/sync-practice.ts'

type Headers = Record<string, string>

interface Feed {
  text: string
  ended: boolean
}

const password = 'Three-Grey-Mares-9'

describe('A feed whose client loses rights', () => {
  let practice: SyncPractice
  let username: string
  let leaving: AbortController
  let begun: number
  before(async () => {
    practice = await openSyncPractice(fewDays)
    begun = practice.server.clock.now
  })
  beforeEach(async () => {
    leaving = new AbortController()
    username = `vet.${randomUUID().slice(0, 8)}`
    const who = { username, password, name: 'Vet', roles: 'vet', group: '1', sites: '1,2' }
    await operator('users create', who)
  })
  afterEach(() => {
    leaving.abort()
    practice.server.clock.now = begun
  })
  after(() => practice[Symbol.asyncDispose]())

  const operator = (name: string, options: Record<string, string>) =>
    runCommand({ name, options }, practice.server.context)
  const takeSite = () => operator('users set-sites', { username, sites: '1' })
  const follow = async (headers: Headers, kind = 'continuous', url = practice.server.url): Promise<Feed> => {
    const query = `feed=${kind}&include_docs=true&since=now&heartbeat=1000`
    const { signal } = leaving
    const { status, body } = await fetch(`${url}/sync/group-1/_changes?${query}`, { headers, signal })
    expect(status).to.equal(200)
    const feed: Feed = { text: '', ended: false }
    const read = async (): Promise<void> => {
      for await (const chunk of body ?? []) feed.text += Buffer.from(chunk as Uint8Array).toString()
      feed.ended = true
    }
    read().catch(() => undefined)
    return feed
  }
  const animal = (name: string, siteIds = [2]) =>
    practice.create('uploadAnimalItems', { clientId: practice.clientId, name, siteIds })
  const until = async (what: () => boolean): Promise<void> => {
    for (const end = Date.now() + 6000; !what() && Date.now() < end;) await sleep(20)
  }
  const signIn = async () => (await practice.server.signIn(username, { password })).headers

  const logins: Record<string, () => Promise<Headers>> = {
    ApiUserToken: async () => ({ ApiUserToken: (await signIn()).ApiUserToken }),
    Bearer: async () => ({ Authorization: `Bearer ${(await signIn()).ApiUserToken}` }),
    Basic: () => Promise.resolve({ Authorization: basic(username, password) }),
  }
  for (const kind of ['continuous', 'eventsource', 'longpoll'])
    for (const [name, login] of Object.entries(logins))
      it(`${kind} by ${name}: is sent nothing of a site that was taken away, and ends`, async () => {
        const feed = await follow(await login(), kind)
        if (kind !== 'longpoll') {
          await animal('Before')
          await until(() => feed.text.includes('Before'))
          expect(feed.text).to.include('Before')
        }
        await takeSite()
        await animal('After')
        await until(() => feed.ended)
        expect(feed.text).not.to.include('After')
        expect(feed.ended).to.equal(true)
      })

  const endings: Record<string, (headers: Headers) => Promise<unknown>> = {
    'the user logs out': (headers) =>
      practice.server.request('/v2/authentication/logout', { method: 'POST', headers }),
    'the user is disabled': () => operator('users disable', { username }),
    'the roles are taken away': () => operator('users set-roles', { username, roles: 'groupAdmin' }),
    'the token expires': () => Promise.resolve((practice.server.clock.now += 2 * 3_600_000)),
    'the device is cut off': async (headers) => {
      const json = { deviceId: username, collection: 'reference', checkpoint: null, limit: 1 }
      await practice.server.request('/v2/mobile/sync/pull', { json, headers })
      const admin = (await practice.server.signIn('gita.groupadmin')).headers
      await practice.server.request(`/v2/mobile/devices/${username}`, { method: 'DELETE', headers: admin })
    },
  }
  for (const [what, happens] of Object.entries(endings))
    it(`ends, also while nothing changes, when ${what}`, async () => {
      const headers = await signIn()
      const feed = await follow({ ApiUserToken: headers.ApiUserToken })
      await sleep(1500)
      expect(feed.ended, 'while the user has the rights').to.equal(false)
      await happens(headers)
      await until(() => feed.ended)
      expect(feed.ended).to.equal(true)
    })

  it('ends by access token when the grant is revoked', async () => {
    const { tokens, accounts } = practice.server.context
    const user = await accounts.user(username)
    if (!user) throw new Error('There is no such user')
    const grant = { clientId: demoAccountId, keyId: 'demo-server', scopes: ['mobile.read'] }
    const { sessionId } = await accounts.sessions.start(user, { oauth: grant, sessionId: randomUUID() })
    const { token } = tokens.issueAccessToken({
      ...{ sub: user.userId, usr: username, sid: sessionId },
      ...{ client_id: demoAccountId, key: 'demo-server', scope: 'mobile.read' },
    })
    const feed = await follow({ Authorization: `Bearer ${token}` })
    await accounts.sessions.end(sessionId)
    await animal('Revoked')
    await until(() => feed.ended)
    expect(feed).to.include({ ended: true }).and.to.have.property('text').that.does.not.include('Revoked')
  })

  it('ends by name and password when the password is another, which is not asked for meanwhile', async () => {
    const feed = await follow({ Authorization: basic(username, password) })
    let asked = 0
    const { signIn: guard } = practice.server.context.accounts
    const verify = guard.verify.bind(guard)
    guard.verify = (request) => {
      asked += 1
      return verify(request)
    }
    practice.server.clock.now += 120_000
    await animal('Still here')
    await until(() => feed.text.includes('Still here'))
    expect([asked, feed.text.includes('Still here')]).to.deep.equal([0, true])
    guard.verify = verify
    await operator('users set-password', { username, password: 'Another-Password-7' })
    await until(() => feed.ended)
    expect(feed.ended).to.equal(true)
  })

  it('is sent nothing more by another server over the same store either', async () => {
    const store = borrowed(practice.server.context.store)
    await using other = await startServer({
      ...{ ...fewDays, clock: practice.server.clock, openStore: () => Promise.resolve(store) },
    })
    const feed = await follow({ Authorization: basic(username, password) }, 'continuous', other.url)
    await animal('Shown there')
    await until(() => feed.text.includes('Shown there'))
    expect(feed.text).to.include('Shown there')
    await takeSite()
    await animal('Kept back there')
    await until(() => feed.ended)
    expect(feed.text).not.to.include('Kept back there')
    expect(feed.ended).to.equal(true)
  })
})
