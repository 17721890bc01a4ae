import { expect } from 'chai'
import { newId, type VetspaceError } from '../../../mobile-client-lib/src/index.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { html, problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'

const hour = 3_600_000

/** The code of the error that `attempt` ends in. */
const codeOf = async (attempt: Promise<unknown>): Promise<string> =>
  await attempt.then(
    () => 'no error',
    (error: VetspaceError) => error.code,
  )

describe('The client library signs in', () => {
  let server: TestServer
  let device: DeviceHere
  before(async () => void (server = await startServer(fewDays)))
  after(() => server[Symbol.asyncDispose]())
  beforeEach(() => void (device = new DeviceHere(server.url)))
  afterEach(() => device.close())

  it('with name and password, and opens the ten collections', async () => {
    const client = await device.open()
    expect(client.user).to.include({ username: 'amelia.vet', groupId: 1 })
    expect(Object.keys(client.collections)).to.have.members([
      ...['appointments', 'treatments', 'payments', 'documents', 'clients', 'animals'],
      ...['treatmentCodes', 'reference', 'rejected', 'conflicts'],
    ])
  })

  it('offline, once signed in on this device, but not with another password', async () => {
    await device.open()
    await device.client.sync.syncNow()
    const animals = await device.client.collections.animals.count().exec()
    await device.close()
    device.network.offline = true
    const client = await device.start()
    expect(await codeOf(device.signIn('Another-Word-2026'))).to.equal('WRONG_PASSWORD')
    expect(() => client.collections).to.throw('Sign in first')
    const signedIn = await client.signIn({ username: device.username, password: 'Demo-Practice-2026' })
    expect(signedIn.offline).to.equal(true)
    expect(await client.collections.animals.count().exec()).to.equal(animals)
    expect(await codeOf(client.sync.syncNow())).to.equal('OFFLINE')
    device.network.offline = false
    const report = await client.sync.syncNow()
    expect(report.rejected, 'the session goes on by its refresh token').to.equal(0)
  })

  it('offline no longer after wrong passwords, for longer each time, and not by an app that is started anew', async () => {
    let now = Date.now()
    device = new DeviceHere(server.url, { now: () => now })
    await device.open()
    await device.close()
    device.network.offline = true
    await device.start()
    const wrong = () => codeOf(device.signIn('Another-Word-2026'))
    for (let i = 0; i < 5; i += 1) expect(await wrong()).to.equal('WRONG_PASSWORD')
    expect(await codeOf(device.signIn()), 'the right one neither').to.equal('LOCKED')
    await device.close()
    await device.start()
    expect(await codeOf(device.signIn())).to.equal('LOCKED')
    now += 31_000
    expect(await wrong()).to.equal('WRONG_PASSWORD')
    now += 31_000
    expect(await codeOf(device.signIn()), 'twice as long').to.equal('LOCKED')
    now -= 20 * 24 * hour
    expect(await codeOf(device.signIn()), 'a clock set back').to.equal('LOCKED')
    now += 20 * 24 * hour + 30_000
    await device.signIn()
    await device.client.signOut()
    expect(await wrong(), 'counted anew').to.equal('WRONG_PASSWORD')
    await device.signIn()
  })

  it('with a connection also where it is locked without one', async () => {
    await device.open()
    await device.close()
    device.network.offline = true
    await device.start()
    for (let i = 0; i < 6; i += 1) await codeOf(device.signIn('Another-Word-2026'))
    device.network.offline = false
    await device.signIn()
    await device.client.signOut()
    device.network.offline = true
    await device.signIn()
  })

  it('offline no longer, once the device has heard that the server ended the user’s access', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    const id = newId()
    await client.collections.clients.insert({ id, lastName: 'Unsent', siteIds: [1] })
    server.clock.now += 2 * hour
    device.network.answer('/refreshUserToken', () => problem(401, 'TOKEN_INVALID'), 2)
    expect(await codeOf(client.sync.syncNow())).to.equal('SIGN_IN_AGAIN')
    await device.close()
    device.network.offline = true
    await device.start()
    expect(await codeOf(device.signIn())).to.equal('NOT_KNOWN_ON_THIS_DEVICE')
    device.network.offline = false
    await device.signIn()
    expect(await device.get('clients', id), 'what was unsent is still there').to.include({
      lastName: 'Unsent',
    })
    await device.client.sync.syncNow()
  })

  it('two users on one device, who do not see each other’s data', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    const id = newId()
    await client.collections.clients.insert({ id, lastName: 'Amelia’s own', siteIds: [2] })
    const other = { username: 'sam.seaview', password: 'Demo-Practice-2026' }
    await client.signIn(other)
    expect(await client.collections.animals.count().exec()).to.equal(0)
    expect(client.sync.status$.value).to.include({ pending: 0, lastSyncedAt: null })
    await client.sync.syncNow()
    expect(await device.get('clients', id)).to.equal(null)
    await client.signOut({ wipe: true })
    device.network.offline = true
    await device.signIn()
    expect(await device.get('clients', id), 'the first one’s work is still there').to.include({
      lastName: 'Amelia’s own',
    })
  })

  it('not offline for somebody who has never signed in on this device', async () => {
    device.network.offline = true
    await device.start()
    expect(await codeOf(device.signIn())).to.equal('NOT_KNOWN_ON_THIS_DEVICE')
  })

  it('behind a captive portal as offline', async () => {
    await device.open()
    await device.close()
    await device.start()
    device.network.answer('/login', html)
    await device.signIn()
    expect(device.client.user?.username).to.equal('amelia.vet')
  })

  it('keeps no password and no token on the device that could be read', async () => {
    await device.open()
    const kept = device.stored()
    expect(kept).to.include('verifier')
    expect(kept).to.not.include('Demo-Practice-2026')
    for (const secret of ['refreshToken', 'userToken', 'eyJ']) expect(kept).to.not.include(secret)
  })

  it('drops a password that the server no longer takes', async () => {
    await device.open()
    await device.close()
    const refused = (): Response =>
      new Response(JSON.stringify({ code: 'INVALID_CREDENTIALS', status: 401, title: 'Sign-in failed' }), {
        status: 401,
        headers: { 'Content-Type': 'application/problem+json' },
      })
    await device.start()
    device.network.answer('/verifyUser', refused)
    expect(await codeOf(device.signIn())).to.equal('INVALID_CREDENTIALS')
    device.network.offline = true
    expect(await codeOf(device.signIn())).to.equal('NOT_KNOWN_ON_THIS_DEVICE')
  })

  it('renews an expired user token without anybody noticing', async () => {
    const client = await device.open()
    server.clock.now += 2 * hour
    await client.sync.syncNow()
    const refreshes = device.network.asked.filter((path) => path.endsWith('/refreshUserToken'))
    expect(refreshes, 'nine collections, one renewal').to.have.length(1)
  })

  it('renews an expired API token as well', async () => {
    const client = await device.open()
    server.clock.now += 30 * hour
    await client.sync.syncNow()
    expect(device.network.asked.filter((path) => path.endsWith('/login'))).to.have.length(2)
  })

  it('is not signed out by the lost answer of a renewal', async () => {
    const client = await device.open()
    server.clock.now += 2 * hour
    device.network.loseAnswers('/refreshUserToken', 2)
    expect(await codeOf(client.sync.syncNow())).to.equal('OFFLINE')
    expect(await codeOf(client.sync.syncNow())).to.equal('OFFLINE')
    await client.sync.syncNow()
    await device.close()
    device.network.loseAnswers('/login')
    await device.open()
    server.clock.now += 2 * hour
    await device.client.sync.syncNow()
  })

  it('says so when only a new sign-in helps, and goes on after it', async () => {
    const client = await device.open()
    server.clock.now += 40 * 24 * hour
    expect(await codeOf(client.sync.syncNow())).to.equal('SIGN_IN_AGAIN')
    expect(client.sync.status$.value).to.deep.include({ phase: 'ended' })
    expect(client.sync.status$.value.error?.code).to.equal('SIGN_IN_AGAIN')
    await device.signIn()
    await client.sync.syncNow()
  })

  it('out, and with `wipe` takes everything off the device', async () => {
    const client = await device.open()
    await client.sync.syncNow()
    await client.signOut({ wipe: true })
    expect(client.user).to.equal(null)
    device.network.offline = true
    expect(await codeOf(device.signIn())).to.equal('NOT_KNOWN_ON_THIS_DEVICE')
    device.network.offline = false
    await device.signIn()
    expect(await client.collections.animals.count().exec()).to.equal(0)
  })
})
