import { expect } from 'chai'
import type { ConflictDoc } from '../../../mobile-client-lib/src/index.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

describe('The client library, conflicts', () => {
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
    animalId = await practice.create('Animal', { clientId, name: 'Bramble', weightGrams: 480_000 })
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
  })
  afterEach(() => device.close())

  const conflictsHere = async (): Promise<ConflictDoc[]> => {
    const found = await device.client.collections.conflicts.find().exec()
    return found.map((one) => one.toMutableJSON()).filter((one) => one.recordId === animalId)
  }
  /** The device and the practice weigh the same animal, neither knowing of the other. */
  const twoWeights = async (): Promise<ConflictDoc> => {
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    await practice.edit('Animal', animalId, { weightGrams: { from: 480_000, to: 510_000 } })
    const report = await device.client.sync.syncNow()
    expect(report.conflicts).to.equal(1)
    const [conflict, ...others] = await conflictsHere()
    expect(others).to.deep.equal([])
    if (!conflict) throw new Error('There is no conflict')
    return conflict
  }

  it('reach the device with both values, who wrote them and which one is shown, and are counted', async () => {
    const conflict = await twoWeights()
    expect(conflict).to.include({ field: 'weightGrams', recordType: 'animal' })
    expect(conflict.values.map(({ value }) => value)).to.have.members([500_000, 510_000])
    const names = Object.fromEntries(conflict.values.map(({ value, byName }) => [String(value), byName]))
    expect(names).to.deep.equal({ 500000: 'Amelia Hart', 510000: 'Rita Lloyd' })
    expect((await device.get('animals', animalId))?.['weightGrams']).to.equal(conflict.shown)
    expect(device.client.sync.status$.value.conflicts).to.be.at.least(1)
  })

  for (const [what, wanted] of [
    ['the value that is not shown', 'other'],
    ['the value that is shown', 'shown'],
    ['a value of the user’s own', 505_000],
  ] as const)
    it(`are settled by ${what}, offline too`, async () => {
      const conflict = await twoWeights()
      device.network.offline = true
      const index = conflict.values.findIndex(
        ({ value }) => (value === conflict.shown) === (wanted === 'shown'),
      )
      const value = typeof wanted === 'number' ? wanted : conflict.values[index]?.value
      const open = device.client.sync.status$.value.conflicts
      await device.client.conflicts.resolve(conflict.id, typeof wanted === 'number' ? { value } : { index })
      expect(await device.get('animals', animalId)).to.include({ weightGrams: value })
      expect(device.client.sync.status$.value).to.include({ pending: 1, conflicts: open - 1 })
      device.network.offline = false
      await device.client.sync.syncNow()
      expect(await practice.record('Animal', animalId)).to.include({ weightGrams: value })
      expect(await conflictsHere(), 'and are gone from the device').to.deep.equal([])
      expect((await practice.all('conflicts')).filter((one) => one['recordId'] === animalId)).to.deep.equal(
        [],
      )
    })

  it('do not arise where an answer was lost and the edit came again', async () => {
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    device.network.loseAnswers('uploadAnimalItems')
    await device.client.sync.syncNow().catch(() => undefined)
    await device.patch('animals', animalId, { weightGrams: 501_000 })
    await device.client.sync.syncNow()
    expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 501_000 })
    expect(await conflictsHere()).to.deep.equal([])
  })

  it('of texts keep both, on the device as at the server', async () => {
    await device.patch('animals', animalId, { notes: 'Lame on the near fore.' })
    await practice.edit('Animal', animalId, { notes: { from: null, to: 'Bites.' } })
    await device.client.sync.syncNow()
    const notes = String((await device.get('animals', animalId))?.['notes'])
    expect(notes).to.include('Lame on the near fore.').and.include('Bites.')
    expect((await practice.record('Animal', animalId))['notes']).to.equal(notes)
  })
})

describe('The client library, beside what comes from elsewhere', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let animalId: string
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server)
    const clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble' })
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
  })
  after(async () => {
    await device.close()
    await server[Symbol.asyncDispose]()
  })

  it('misses no change that comes while the answer to its own is under way', async () => {
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    // Were the pull not to wait for the push, or the push for it, this is when it would bring the change.
    device.network.slow('/sync/', 300, 9)
    device.network.holdAnswer('uploadAnimalItems', async () => {
      await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
      await new Promise((resolve) => setTimeout(resolve, 500))
    })
    await device.client.sync.start()
    await device.client.sync.syncNow()
    expect(await device.get('animals', animalId)).to.include({ weightGrams: 500_000, colour: 'bay' })
    await device.client.sync.stop()
  })

  it('and none that comes while a record is being changed again and again', async () => {
    await device.client.sync.start()
    for (let n = 1; n <= 20; n += 1) {
      await device.patch('animals', animalId, { weightGrams: 500_000 + n })
      const { alerts } = await practice.record('Animal', animalId)
      const to = [...(alerts as string[]), `Alert ${n}`]
      await practice.edit('Animal', animalId, { alerts: { from: alerts, to } })
    }
    await device.client.sync.syncNow()
    const { recentEdits: _applied, _deleted, ...there } = await practice.record('Animal', animalId)
    expect(there['alerts']).to.have.length(20)
    expect(there['weightGrams']).to.equal(500_020)
    expect(await device.get('animals', animalId)).to.deep.equal(there)
    await device.client.sync.stop()
  })
})
