import { expect } from 'chai'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

interface MemoryState {
  documents: Map<string, unknown>
}

/** Everything that a device keeps, in all its collections, as text. */
const keptBy = (device: DeviceHere): string => {
  const { collectionStates } = getRxStorageMemory() as unknown as {
    collectionStates: Map<string, MemoryState>
  }
  const mine = [...collectionStates].filter(([name]) => name.includes(device.databaseName))
  return JSON.stringify(mine.map(([, state]) => [...state.documents.values()]))
}

describe('The client library, what leaves the scope', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let clientId: string
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server, 'amelia.vet')
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    clientId = await practice.create('Client', { lastName: 'Marsh-of-site-one', siteIds: [1] })
    device = new DeviceHere(server.url, { username: 'ben.vet' })
    await device.open()
    await device.client.sync.syncNow()
    expect(keptBy(device)).to.include('Marsh-of-site-one')
  })
  afterEach(() => device.close())

  const moveAway = async () => await practice.edit('Client', clientId, { siteIds: { from: [1], to: [2] } })

  it('leaves the device, and nothing of it stays behind (I7)', async () => {
    const at = (await device.client.collections.clients.count().exec()) - 1
    await moveAway()
    await device.client.sync.syncNow()
    expect(await device.get('clients', clientId)).to.equal(null)
    expect(await device.client.collections.clients.count().exec()).to.equal(at)
    expect(keptBy(device)).to.not.include('Marsh-of-site-one')
  })

  it('leaves it also where it was changed there; the change is among the rejected, with the reason', async () => {
    await device.patch('clients', clientId, { title: 'Dr' })
    const edit = ((await device.get('clients', clientId))?.['pendingEdits'] as { clientItemId: string }[])[0]
    await moveAway()
    await device.client.sync.syncNow()
    expect(await device.get('clients', clientId)).to.equal(null)
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 1 })
    const rejected = await device.get('rejected', edit?.clientItemId ?? '')
    expect(rejected?.['errors']).to.have.nested.property('[0].code', 'SITE_NOT_ALLOWED')
    expect(keptBy(device)).to.not.include('Marsh-of-site-one')
  })

  it('comes back whole when it comes back', async () => {
    await moveAway()
    await device.client.sync.syncNow()
    await practice.edit('Client', clientId, { siteIds: { from: [2], to: [1, 2] } })
    await device.client.sync.syncNow()
    expect(await device.get('clients', clientId)).to.include({ lastName: 'Marsh-of-site-one' })
  })

  it('is not what another user of the device has left there', async () => {
    await device.client.signOut()
    await device.client.signIn({ username: 'amelia.vet', password: 'Demo-Practice-2026' })
    expect(await device.client.collections.clients.count().exec()).to.equal(0)
    await device.client.signIn({ username: 'ben.vet', password: 'Demo-Practice-2026' })
    expect(await device.client.collections.clients.count().exec()).to.be.greaterThan(0)
  })

  it('is everything, when the device is cut off', async () => {
    const wiped = new Promise<void>((resolve) => {
      device.client.sync.status$.subscribe(({ phase, error }) => {
        if (phase === 'ended' && error?.code === 'DEVICE_CUT_OFF') resolve()
      })
    })
    device.network.answer('/sync/', () => problem(403, 'DEVICE_CUT_OFF'), 100)
    const failed: unknown = await device.client.sync.syncNow().catch((error: unknown) => error)
    expect(failed).to.have.property('code', 'DEVICE_CUT_OFF')
    await wiped
    await device.client.wiped()
    expect(device.client.user).to.equal(null)
    expect(keptBy(device)).to.not.include('Marsh-of-site-one').and.not.include('verifier')
  })
})
