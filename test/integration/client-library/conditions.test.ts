/** What sync goes by beside the network: the versions on both sides, money, the battery, and what is needed first. */
import { expect } from 'chai'
import { filter, firstValueFrom } from 'rxjs'
import { newId, type SyncStatus } from '../../../mobile-client-lib/src/index.ts'
import { photo } from '../../support/document-client.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { hoofTrim, PracticeApi } from './practice-api.ts'

describe('The client library syncs', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let animalId: string
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server)
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    const clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble' })
    device = new DeviceHere(server.url)
    await device.open()
  })
  afterEach(() => device.close())

  const until = async (wanted: (status: SyncStatus) => boolean): Promise<SyncStatus> =>
    await firstValueFrom(device.client.sync.status$.pipe(filter(wanted)))
  const faultOfSync = async (): Promise<{ code: string; message: string }> =>
    await device.client.sync.syncNow().then(
      () => ({ code: 'no error', message: '' }),
      (error: { code: string; message: string }) => error,
    )

  it('what a diary needs before the rest, the first time', async () => {
    await device.client.sync.syncNow()
    const pulls = device.network.bodies.filter(({ path }) => path.endsWith('/sync/pull'))
    const order = pulls.map(({ body }) => (body as { collection: string }).collection)
    const needed = ['reference', 'appointments', 'clients', 'animals']
    expect(order.slice(0, 4)).to.have.members(needed)
    expect(order.slice(4)).to.include.members([
      'treatments',
      'payments',
      'documents',
      'treatmentCodes',
      'conflicts',
    ])
    expect(await device.client.collections.treatments.count().exec()).to.be.greaterThan(0)
  })

  it('the first time with a count of all documents from the start, also where it was ended in between', async () => {
    const seen: SyncStatus['progress'][] = []
    const watch = () => device.client.sync.status$.subscribe(({ progress }) => void seen.push(progress))
    const here = async (): Promise<number> => {
      const collections = Object.values(device.client.collections) as {
        count(): { exec(): Promise<number> }
      }[]
      const counts = await Promise.all(collections.map((collection) => collection.count().exec()))
      return counts.reduce((sum, count) => sum + count, 0)
    }
    watch()
    device.network.answer('/sync/pull', () => problem(503, 'STORE_UNAVAILABLE'), 1)
    await faultOfSync()
    await device.restart()
    const before = await here()
    watch()
    await device.client.sync.syncNow()
    const all = await here()
    expect(all).to.be.greaterThan(before)
    const counted = seen.filter(({ total }) => total > 0)
    expect(counted.some(({ done, total }) => total === all && done < all)).to.equal(true)
    for (const { done, total } of seen) expect(done).to.be.at.most(total)
    expect(counted.at(-1)).to.deep.equal({ done: all, total: all })
  })

  for (const [status, code] of [
    [404, 'SERVER_TOO_OLD'],
    [426, 'APP_TOO_OLD'],
  ] as const)
    it(`not with a server of another time (${code}): it says so plainly, and loses nothing`, async () => {
      await device.client.sync.syncNow()
      device.network.answer('/sync/', () => problem(status, 'NOT_FOUND'), 18)
      const fault = await faultOfSync()
      expect(fault.code).to.equal(code)
      expect(fault.message).to.include('is kept on the device')
      const treatment = hoofTrim(animalId)
      await device.client.collections.treatments.insert(treatment)
      await device.restart()
      device.network.clear()
      await device.client.sync.syncNow()
      expect(await device.get('treatments', treatment.id)).to.have.property('revision')
    })

  it('files only when data is free, but records at once; and files too when the user asks', async () => {
    const { sync, documents, collections } = device.client
    await sync.syncNow()
    sync.setConditions({ metered: true })
    await sync.start()
    await until(({ phase }) => phase === 'idle')
    const id = await documents.add(photo(5000), { animalId, title: 'Wound', category: 'photo' })
    const treatment = hoofTrim(animalId)
    await collections.treatments.insert(treatment)
    await until(({ pending }) => pending === 1)
    expect(await device.get('treatments', treatment.id)).to.have.property('revision')
    expect(device.network.asked.filter((path) => path.includes('ocument'))).to.deep.equal([])
    await sync.syncNow()
    expect(await device.get('documents', id)).to.not.have.property('pendingEdits')
    const other = await documents.add(photo(6000), { animalId, title: 'Wound', category: 'photo' })
    await until(({ pending }) => pending === 1)
    sync.setConditions({ metered: false })
    await until(({ pending, phase }) => pending === 0 && phase === 'idle')
    expect((await practice.all('documents')).map((one) => one['id'])).to.include(other)
  })

  it('without holding a stream of events, where the battery is to be spared', async () => {
    const { sync, collections } = device.client
    const events = () => device.network.asked.filter((path) => path.endsWith('/events')).length
    sync.setConditions({ saving: true })
    await sync.start()
    await until(({ phase }) => phase === 'idle')
    expect(events()).to.equal(0)
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    sync.wake()
    await firstValueFrom(collections.animals.findOne(animalId).$.pipe(filter((one) => one?.colour === 'bay')))
    sync.setConditions({ saving: false })
    await practice.edit('Animal', animalId, { colour: { from: 'bay', to: 'grey' } })
    await firstValueFrom(
      collections.animals.findOne(animalId).$.pipe(filter((one) => one?.colour === 'grey')),
    )
  })

  it('shows what waits for a refused record, and sends it once that one is mended', async () => {
    const { sync, collections, rejected } = device.client
    await sync.syncNow()
    const [clientId, beast] = [newId(), newId()]
    await collections.clients.insert({ id: clientId, lastName: 'Nowhere', siteIds: [99] })
    await collections.animals.insert({ id: beast, clientId, name: 'Waits' })
    await sync.syncNow()
    const items = await firstValueFrom(rejected.items$)
    expect(items.find(({ id }) => id === clientId)).to.include({ waitsFor: null, retryable: false })
    expect(items.find(({ id }) => id === beast)).to.include({ waitsFor: clientId, retryable: true })
    await rejected.retry(clientId, { siteIds: [1] })
    await sync.syncNow()
    await sync.syncNow()
    expect(await firstValueFrom(rejected.items$)).to.deep.equal([])
    expect(await device.get('animals', beast)).to.have.property('revision')
  })
})
