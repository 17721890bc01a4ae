import { expect } from 'chai'
import { newId } from '../../../mobile-client-lib/src/index.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

describe('The client library, what the server refuses', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let clientId: string
  let animalId: string
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server)
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble' })
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
  })
  afterEach(() => device.close())

  const treatment = (more: object = {}) => ({
    id: newId(),
    animalId,
    code: 'NO-SUCH-CODE',
    quantity: '1',
    treatedAt: new Date().toISOString(),
    ...more,
  })
  const good = () =>
    treatment({ code: null, description: 'Hoof trim', unitPrice: 2000, currency: 'GBP', vatRate: 2000 })
  const treatmentsThere = async () =>
    (await practice.all('treatments')).filter((one) => one['animalId'] === animalId).map(({ id }) => id)

  it('holds nothing else back, and reaches the user with the reason (I4)', async () => {
    const { collections, sync } = device.client
    const [bad, better] = [treatment(), good()]
    await collections.treatments.bulkInsert([bad, better])
    const report = await sync.syncNow()
    expect(report).to.include({ pushed: 1, rejected: 1 })
    expect(sync.status$.value).to.include({ pending: 0, rejected: 1 })
    expect(await treatmentsThere()).to.deep.equal([better.id])
    expect(await device.get('treatments', bad.id), 'it is not among the treatments').to.equal(null)
    const rejected = await device.get('rejected', bad.id)
    expect(rejected).to.deep.include({ collectionName: 'treatments', recordId: bad.id, retryable: false })
    expect(rejected?.['errors']).to.have.nested.property('[0].code', 'UNKNOWN_TREATMENT_CODE')
    expect(rejected?.['item']).to.have.nested.property('data.code', 'NO-SUCH-CODE')
  })

  it('goes out mended, as the same record', async () => {
    const bad = treatment()
    await device.client.collections.treatments.insert(bad)
    await device.client.sync.syncNow()
    const mend = { code: null, description: 'Hoof trim', unitPrice: 2000, currency: 'GBP', vatRate: 2000 }
    await device.client.rejected.retry(bad.id, mend)
    expect(device.client.sync.status$.value).to.include({ pending: 1, rejected: 0 })
    expect(await device.get('treatments', bad.id)).to.include({ description: 'Hoof trim' })
    await device.client.sync.syncNow()
    expect(await treatmentsThere()).to.deep.equal([bad.id])
  })

  it('is dropped for good, when the user says so', async () => {
    const bad = treatment()
    await device.client.collections.treatments.insert(bad)
    await device.client.sync.syncNow()
    await device.client.rejected.discard(bad.id)
    expect((await device.client.sync.syncNow()).rejected).to.equal(0)
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
    expect(await treatmentsThere()).to.deep.equal([])
  })

  it('is tried again by itself where it referred to what was not known yet', async () => {
    const [newAnimal, waiting] = [newId(), good()]
    await device.client.collections.treatments.insert({ ...waiting, animalId: newAnimal })
    await device.client.sync.syncNow()
    expect(await device.get('rejected', waiting.id)).to.include({ retryable: true })
    await device.client.sync.syncNow()
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 1 })
    await device.client.collections.animals.insert({ id: newAnimal, clientId, name: 'Rook' })
    await device.client.sync.syncNow()
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
    expect((await practice.record('Treatment', waiting.id))['animalId']).to.equal(newAnimal)
  })

  it('of an edit leaves the record as the server has it, and can be mended', async () => {
    await device.patch('animals', animalId, { name: 'x'.repeat(300), weightGrams: 500_000 })
    const [edit] = (await device.get('animals', animalId))?.['pendingEdits'] as { clientItemId: string }[]
    await device.client.sync.syncNow()
    expect(await device.get('animals', animalId)).to.include({ name: 'Bramble', weightGrams: null })
    const id = edit?.clientItemId ?? ''
    expect((await device.get('rejected', id))?.['errors']).to.have.nested.property(
      '[0].path',
      'changes.name.to',
    )
    await device.client.rejected.retry(id, { name: 'Bracken' })
    expect(await device.get('animals', animalId)).to.include({ name: 'Bracken', weightGrams: 500_000 })
    await device.client.sync.syncNow()
    expect(await practice.record('Animal', animalId)).to.include({ name: 'Bracken', weightGrams: 500_000 })
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
  })

  it('of an edit does not take the edits after it along', async () => {
    await device.patch('animals', animalId, { name: 'x'.repeat(300) })
    await device.restart()
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 1, rejected: 1 })
    expect(await device.get('animals', animalId)).to.include({ name: 'Bramble', weightGrams: 500_000 })
  })

  it('as a whole batch is found out item by item', async () => {
    const made = [good(), good(), good(), good()]
    await device.client.collections.treatments.bulkInsert(made)
    device.network.answer('uploadTreatmentItems', () => problem(400, 'INVALID_REQUEST'))
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 4, rejected: 0 })
    expect(await treatmentsThere()).to.have.members(made.map(({ id }) => id))
  })

  it('to handle at all, an item that makes it fail, holds nothing back either', async () => {
    const made = [good(), good(), good()]
    const poison = made[1]?.id ?? ''
    await device.client.collections.treatments.bulkInsert(made)
    await device.client.collections.payments.insert({
      ...{ id: newId(), clientId, method: 'CARD', amount: 100, currency: 'GBP' },
      takenAt: new Date().toISOString(),
    })
    device.network.poison = poison
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 3, rejected: 1 })
    expect(await device.get('rejected', poison)).to.include({ retryable: true })
    device.network.poison = null
    await device.client.sync.syncNow()
    expect(await treatmentsThere()).to.have.members(made.map(({ id }) => id))
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
  })
})
