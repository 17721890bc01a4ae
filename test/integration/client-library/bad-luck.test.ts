/** Bad luck with clocks, tokens, deletions and a second phone: nothing that a vet entered is lost by it. */
import { expect } from 'chai'
import { firstValueFrom } from 'rxjs'
import { DeviceHere } from '../../support/device-here.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { hoofTrim, PracticeApi } from './practice-api.ts'

const [hour, day] = [3_600_000, 86_400_000]

describe('The client library loses nothing', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let animalId: string
  beforeEach(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server)
    const clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble', colour: 'bay' })
  })
  afterEach(async () => {
    await device.close()
    await server[Symbol.asyncDispose]()
  })

  /** Lets time pass; the front desk signs in again where its token has expired meanwhile. */
  const later = async (ms: number): Promise<void> => {
    server.clock.now += ms
    practice = await PracticeApi.signIn(server)
  }
  const treatments = async () =>
    (await practice.all('treatments')).filter((treatment) => treatment['animalId'] === animalId)
  const animal = () => practice.record('Animal', animalId)

  for (const [what, apart] of [
    ['nine days behind', -9 * day],
    ['nine days ahead', 9 * day],
  ] as const)
    it(`with a clock ${what} of the server's: neither wins nor is refused by it`, async () => {
      device = new DeviceHere(server.url, { now: () => server.clock.now + apart })
      await device.open()
      await device.client.sync.syncNow()
      device.network.offline = true
      await device.patch('animals', animalId, { colour: 'grey', weightGrams: 500_000 })
      await device.client.collections.treatments.insert(hoofTrim(animalId))
      await later(hour)
      await practice.edit('Animal', animalId, { colour: { from: 'bay', to: 'roan' } })
      await later(hour)
      device.network.offline = false
      await device.client.sync.syncNow()
      expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0, conflicts: 1 })
      // The front desk wrote an hour after the vet, whatever the vet's phone says.
      expect(await animal()).to.include({ colour: 'roan', weightGrams: 500_000 })
      expect(await device.get('animals', animalId)).to.include({ colour: 'roan', weightGrams: 500_000 })
      expect(await treatments()).to.have.length(1)
    })

  it('when the tokens expire during days without signal, and the clock is set meanwhile', async () => {
    let apart = 0
    device = new DeviceHere(server.url, { now: () => server.clock.now + apart })
    await device.open()
    await device.client.sync.syncNow()
    device.network.offline = true
    await device.client.collections.treatments.insert(hoofTrim(animalId))
    await later(6 * day)
    await device.restart()
    apart = -3 * day
    await device.client.collections.treatments.insert(hoofTrim(animalId))
    device.network.offline = false
    await device.client.sync.syncNow()
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
    expect(await treatments()).to.have.length(2)
  })

  it('of a record that the practice deletes while it is being edited', async () => {
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
    device.network.offline = true
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    const treatment = hoofTrim(animalId)
    await device.client.collections.treatments.insert(treatment)
    // The API deletes no clinical record; an operator's hand in the store may.
    const { db } = await server.context.groups.get(1)
    const stored = await db.get(`animal:${animalId}`)
    await db.write([{ _id: `animal:${animalId}`, _rev: stored?._rev ?? '', _deleted: true }])
    device.network.offline = false
    await device.client.sync.syncNow()
    expect(await device.get('animals', animalId)).to.equal(null)
    const refused = await firstValueFrom(device.client.rejected.items$)
    const [edit, line] = ['animals', 'treatments'].map((name) =>
      refused.find(({ collectionName }) => collectionName === name),
    )
    expect(edit?.item['changes']).to.deep.equal({ weightGrams: { from: null, to: 500_000 } })
    expect(line?.item['data']).to.include({ description: 'Hoof trim', animalId })
    expect(refused.flatMap(({ errors }) => errors)).to.have.lengthOf.at.least(2)
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 2 })
    await device.restart()
    expect(device.client.sync.status$.value).to.include({ rejected: 2 })
  })

  it('of the same user on two phones, one of which was away for days', async () => {
    const [first, second] = [new DeviceHere(server.url), new DeviceHere(server.url)]
    device = first
    await first.open()
    await first.client.sync.syncNow()
    first.network.offline = true
    await first.client.collections.treatments.insert(hoofTrim(animalId))
    await first.patch('animals', animalId, { weightGrams: 500_000, alerts: ['Kicks'] })
    await first.close()
    await later(3 * day)
    device = second
    await second.open()
    await second.client.sync.syncNow()
    await second.client.collections.treatments.insert(hoofTrim(animalId))
    await second.patch('animals', animalId, { colour: 'grey', alerts: ['Bites'] })
    await second.client.sync.syncNow()
    await second.close()
    device = first
    first.network.offline = false
    await first.open()
    await first.client.sync.syncNow()
    expect(await treatments()).to.have.length(2)
    const both = { weightGrams: 500_000, colour: 'grey' }
    expect(await animal()).to.include(both)
    expect((await animal())['alerts']).to.have.members(['Kicks', 'Bites'])
    expect(await first.get('animals', animalId)).to.include(both)
    await first.close()
    device = second
    await second.open()
    await second.client.sync.syncNow()
    expect(await second.get('animals', animalId)).to.include(both)
    expect(await second.client.collections.treatments.find({ selector: { animalId } }).exec()).to.have.length(
      2,
    )
  })
})
