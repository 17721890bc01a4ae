/** Devices as a group administrator sees them, and a lost one cut off. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { afterContact } from '../../server/auth/devices.ts'
import { codeOf, type Headers, type Json } from '../support/global-caller.ts'
import { DeviceHere } from '../support/device-here.ts'
import { borrowed, startServer, type Answer, type SignedIn, type TestServer } from '../support/server.ts'

const minute = 60_000

describe('Devices', () => {
  let server: TestServer
  let admin: Headers
  before(async () => {
    server = await startServer()
  })
  beforeEach(async () => {
    admin = (await server.signIn('gita.groupadmin')).headers
  })
  after(() => server[Symbol.asyncDispose]())

  const pull = (deviceId: string, headers: Headers, at: TestServer = server): Promise<Answer> =>
    at.request('/v2/mobile/sync/pull', {
      json: { deviceId, collection: 'reference', checkpoint: null, limit: 10 },
      headers,
    })
  const devices = (headers: Headers, query = ''): Promise<Answer> =>
    server.request(`/v2/mobile/devices${query}`, { headers })
  const listed = async (deviceId: string): Promise<Json | undefined> =>
    ((await devices(admin)).body['items'] as Json[]).find((item) => item['deviceId'] === deviceId)
  const cutOff = (deviceId: string, headers = admin): Promise<Answer> =>
    server.request(`/v2/mobile/devices/${encodeURIComponent(deviceId)}`, { method: 'DELETE', headers })
  const restore = (deviceId: string, headers = admin): Promise<Answer> =>
    server.request(`/v2/mobile/devices/${encodeURIComponent(deviceId)}/restore`, { method: 'POST', headers })
  const upload = (deviceId: string, headers: Headers): Promise<Answer> =>
    server.request('/v2/mobile/uploadClientItems', {
      json: { deviceId, batchId: '1', sentAt: new Date(server.clock.now).toISOString(), items: [] },
      headers,
    })
  const refresh = ({ headers, refreshToken }: SignedIn): Promise<Answer> =>
    server.request('/v2/authentication/refreshUserToken', {
      json: { refreshToken },
      headers: { ApiToken: headers.ApiToken },
    })
  /** Ben on a device of his own. */
  const onDevice = async (deviceId: string = randomUUID()): Promise<{ deviceId: string; ben: SignedIn }> => {
    const ben = await server.signIn('ben.vet')
    expect((await pull(deviceId, ben.headers)).status).to.equal(200)
    return { deviceId, ben }
  }

  it('are listed with who was seen on them, first and last, and what their app says of itself', async () => {
    const { deviceId, ben } = await onDevice()
    const begun = new Date(server.clock.now).toISOString()
    server.clock.now += 11 * minute
    const nina = (await server.signIn('nina.nurse')).headers
    await pull(deviceId, { ...nina, 'Client-Version': 'hillside-app/2.3 ' })
    await pull(deviceId, ben.headers)
    const now = new Date(server.clock.now).toISOString()
    const found = await listed(deviceId)
    expect(found).to.include({
      firstSeenAt: begun,
      lastSeenAt: now,
      software: 'hillside-app/2.3',
      cutOff: null,
    })
    expect(found?.['user']).to.include({ username: 'ben.vet', displayName: 'Ben Okafor' })
    expect((found?.['users'] as Json[]).map(({ username }) => username)).to.have.members([
      'ben.vet',
      'nina.nurse',
    ])
  })

  it('are written down once in ten minutes, whatever they call', async () => {
    const { deviceId, ben } = await onDevice()
    const db = await server.context.store.database('accounts')
    const revision = async (): Promise<string | undefined> => (await db.get(`device:1:${deviceId}`))?._rev
    const first = await revision()
    server.clock.now += 9 * minute
    for (let i = 0; i < 5; i += 1) await pull(deviceId, ben.headers)
    expect(await revision()).to.equal(first)
    server.clock.now += minute
    await Promise.all([pull(deviceId, ben.headers), upload(deviceId, ben.headers)])
    expect(await revision()).to.match(/^2-/)
  })

  it('begin with many calls at once and are one', async () => {
    const deviceId = `📱 ${randomUUID()} / of Ben`
    const { headers } = await server.signIn('ben.vet')
    const answers = await Promise.all(Array.from({ length: 9 }, () => pull(deviceId, headers)))
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(9).fill(200))
    expect(await listed(deviceId)).to.have.property('deviceId', deviceId)
    expect((await cutOff(deviceId)).status).to.equal(204)
    expect(codeOf(await pull(deviceId, headers))).to.equal('403 DEVICE_CUT_OFF')
  })

  it('keep the last twenty users', () => {
    const contact = (n: number) => ({
      deviceId: 'shared',
      software: null,
      user: {
        ...{ userId: `${n}`, username: `u${n}`, displayName: '', roles: [], groupId: 1, siteIds: [] },
        ...{ practitionerId: null, sessionId: '' },
      },
    })
    let device = afterContact(undefined, contact(0), 0)
    for (let n = 1; n < 30; n += 1) device = afterContact(device, contact(n), n)
    expect(device?.users.map(({ userId }) => Number(userId))).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => 29 - i),
    )
  })

  it('come in pages', async () => {
    for (let i = 0; i < 3; i += 1) await onDevice(`page-${i}`)
    const ids: unknown[] = []
    for (let cursor = ''; ;) {
      const { status, body } = await devices(admin, `?limit=2${cursor && `&cursor=${cursor}`}`)
      expect(status).to.equal(200)
      ids.push(...(body['items'] as Json[]).map((item) => item['deviceId']))
      if (typeof body['nextCursor'] !== 'string') break
      cursor = body['nextCursor']
    }
    const all = ((await devices(admin)).body['items'] as Json[]).map((item) => item['deviceId'])
    expect(ids).to.deep.equal(all)
  })

  describe('that are cut off', () => {
    it('are refused whatever they call, also calls that name no device, and other devices go on', async () => {
      const { deviceId, ben } = await onDevice()
      const other = await onDevice()
      expect((await cutOff(deviceId)).status).to.equal(204)
      expect(codeOf(await pull(deviceId, ben.headers))).to.equal('403 DEVICE_CUT_OFF')
      expect(codeOf(await upload(deviceId, ben.headers))).to.equal('403 DEVICE_CUT_OFF')
      const events = `/v2/mobile/sync/events?deviceId=${deviceId}`
      expect(codeOf(await server.request(events, { headers: ben.headers }))).to.equal('403 DEVICE_CUT_OFF')
      expect(await server.probe(ben.headers)).to.equal('DEVICE_CUT_OFF')
      expect(codeOf(await pull('another id', ben.headers))).to.equal('403 DEVICE_CUT_OFF')
      expect(codeOf(await refresh(ben))).to.equal('403 DEVICE_CUT_OFF')
      expect((await pull(other.deviceId, other.ben.headers)).status).to.equal(200)
    })

    it('are refused also where their session has named many others, before them or after', async () => {
      const many = async (headers: Headers): Promise<void> => {
        for (let n = 0; n < 25; n += 1) await pull(randomUUID(), headers)
      }
      const last = await server.signIn('ben.vet')
      await many(last.headers)
      const deviceId = randomUUID()
      expect((await pull(deviceId, last.headers)).status).to.equal(200)
      const first = await onDevice()
      await many(first.ben.headers)
      await cutOff(deviceId)
      await cutOff(first.deviceId)
      for (const { headers } of [last, first.ben])
        expect(await server.probe(headers)).to.equal('DEVICE_CUT_OFF')
      expect(codeOf(await refresh(last))).to.equal('403 DEVICE_CUT_OFF')
    })

    it('are refused with a new sign-in as well, until an administrator lets them in', async () => {
      const { deviceId, ben } = await onDevice()
      await cutOff(deviceId)
      server.clock.now += 1000
      const again = await server.signIn('ben.vet')
      expect(codeOf(await pull(deviceId, again.headers))).to.equal('403 DEVICE_CUT_OFF')
      const { status, body } = await restore(deviceId)
      expect(status).to.equal(200)
      expect(body).to.include({ deviceId, cutOff: null })
      server.clock.now += 1000
      const fresh = await server.signIn('ben.vet')
      expect((await pull(deviceId, fresh.headers)).status).to.equal(200)
      expect(codeOf(await pull(deviceId, ben.headers)), 'the session before').to.equal('401 TOKEN_INVALID')
      expect(codeOf(await refresh(ben))).to.equal('401 TOKEN_INVALID')
    })

    it('say when they have heard of it, once', async () => {
      const { deviceId, ben } = await onDevice()
      const at = new Date(server.clock.now).toISOString()
      await cutOff(deviceId)
      server.clock.now += minute
      await cutOff(deviceId)
      expect((await listed(deviceId))?.['cutOff']).to.deep.include({ at, toldAt: null })
      const toldAt = new Date(server.clock.now).toISOString()
      await refresh(ben)
      server.clock.now += minute
      await pull(deviceId, ben.headers)
      const found = (await listed(deviceId))?.['cutOff'] as Json
      expect(found).to.include({ at, toldAt })
      expect(found['by']).to.include({ username: 'gita.groupadmin' })
    })

    it('hear of it also when the user has changed their password, or 40 days later', async () => {
      const { deviceId, ben } = await onDevice()
      const late = await onDevice()
      await cutOff(deviceId)
      await cutOff(late.deviceId)
      const user = await server.context.accounts.user('ben.vet')
      if (!user) throw new Error('No Ben')
      const db = await server.context.store.database('accounts')
      await db.write([{ ...user, tokenEpoch: user.tokenEpoch + 1 }])
      expect(codeOf(await refresh(ben))).to.equal('403 DEVICE_CUT_OFF')
      expect(codeOf(await pull(deviceId, ben.headers))).to.equal('403 DEVICE_CUT_OFF')
      const before = server.clock.now
      server.clock.now += 40 * 24 * 60 * minute
      await server.context.accounts.sessions.sweep()
      const headers = { ApiToken: await server.login(), ApiUserToken: late.ben.headers.ApiUserToken }
      expect(codeOf(await refresh({ ...late.ben, headers }))).to.equal('403 DEVICE_CUT_OFF')
      server.clock.now = before
    })

    it('are so on another server over the same store within a minute', async () => {
      await using second = await startServer({
        openStore: () => Promise.resolve(borrowed(server.context.store)),
        clock: server.clock,
        seed: () => Promise.resolve(),
      })
      const { headers } = await second.signIn('nina.nurse')
      const deviceId = randomUUID()
      expect((await pull(deviceId, headers, second)).status).to.equal(200)
      await cutOff(deviceId)
      server.clock.now += minute
      expect(codeOf(await pull(deviceId, headers, second))).to.equal('403 DEVICE_CUT_OFF')
    })

    it('wipe themselves at their next contact', async () => {
      const device = new DeviceHere(server.url, { username: 'ben.vet' })
      const client = await device.open()
      await client.sync.syncNow()
      expect((await cutOff(client.deviceId)).status).to.equal(204)
      const failed: unknown = await client.sync.syncNow().catch((error: unknown) => error)
      expect(failed).to.have.property('code', 'DEVICE_CUT_OFF')
      await client.wiped()
      expect(client.user).to.equal(null)
      await device.close()
    })
  })

  it('are a group administrator’s to see, and only of their own group', async () => {
    const vet = (await server.signIn('amelia.vet')).headers
    const sam = (await server.signIn('sam.seaview')).headers
    await pull('of-sam', sam)
    await pull('shared-name', sam)
    const { ben } = await onDevice('shared-name')
    expect(await listed('of-sam')).to.equal(undefined)
    expect(codeOf(await cutOff('of-sam'))).to.equal('404 NOT_FOUND')
    expect(codeOf(await restore('of-sam'))).to.equal('404 NOT_FOUND')
    expect(codeOf(await cutOff('unknown'))).to.equal('404 NOT_FOUND')
    for (const answer of [await devices(vet), await cutOff('shared-name', vet), await restore('x', vet)])
      expect(codeOf(answer)).to.equal('403 ROLE_NOT_ALLOWED')
    expect(codeOf(await devices({ ApiToken: admin['ApiToken'] ?? '' }))).to.equal('401 TOKEN_MISSING')
    expect((await cutOff('shared-name')).status).to.equal(204)
    expect((await pull('shared-name', sam)).status).to.equal(200)
    expect(codeOf(await pull('shared-name', ben.headers))).to.equal('403 DEVICE_CUT_OFF')
  })

  it('are refused what they cannot be asked', async () => {
    for (const query of ['?limit=0', '?limit=501', '?cursor=%00', '?cursor=x', '?unknown=1'])
      expect(codeOf(await devices(admin, query)), query).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await cutOff('a\u0007b'))).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await cutOff('x'.repeat(101)))).to.equal('400 INVALID_REQUEST')
  })

  it('are forgotten after a silent year, but for one that is cut off', async () => {
    const [old, lost] = [await onDevice(), await onDevice()]
    await cutOff(lost.deviceId)
    const before = server.clock.now
    server.clock.now += 367 * 24 * 60 * minute
    await server.context.accounts.devices.sweep()
    server.clock.now = before
    expect(await listed(old.deviceId)).to.equal(undefined)
    expect(await listed(lost.deviceId)).to.not.equal(undefined)
  })
})
