import { expect } from 'chai'
import { newId, type PendingChange } from '../../../mobile-client-lib/src/index.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { cardPayment, hoofTrim, PracticeApi } from './practice-api.ts'

describe('The client library, what is entered', () => {
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
    animalId = await practice.create('Animal', { clientId, name: 'Bramble', allergies: ['Penicillin'] })
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
  })
  afterEach(() => device.close())

  const pendingOf = async (id: string): Promise<PendingChange[]> =>
    ((await device.get('animals', id))?.['pendingEdits'] ?? []) as PendingChange[]
  const payment = () => cardPayment(clientId)
  const treatment = () => hoofTrim(animalId)

  it('goes out in the order in which it refers to each other, whatever the order it was made in', async () => {
    const { collections, sync, documents } = device.client
    const [newClient, newAnimal] = [newId(), newId()]
    await documents.add(new Uint8Array([1, 2, 3]), { animalId: newAnimal, title: 'Wound', category: 'photo' })
    await collections.payments.insert({ ...payment(), clientId: newClient })
    await collections.treatments.insert({ ...treatment(), animalId: newAnimal })
    await collections.animals.insert({ id: newAnimal, clientId: newClient, name: 'Rook' })
    await collections.clients.insert({ id: newClient, lastName: 'Farrier', siteIds: [1] })
    expect(sync.status$.value.pending).to.equal(5)
    const report = await sync.syncNow()
    expect(report).to.include({ pushed: 5, rejected: 0 })
    const uploads = device.network.asked.filter((path) => path.includes('/upload'))
    expect(uploads.map((path) => path.replace('/v2/mobile/upload', ''))).to.deep.equal([
      ...['ClientItems', 'AnimalItems', 'TreatmentItems', 'PaymentItems', '/v2/mobile/documents/uploads'],
    ])
    expect(sync.status$.value).to.include({ pending: 0, rejected: 0 })
  })

  it('of one record is one edit until it may have been sent, and its own afterwards', async () => {
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    await device.patch('animals', animalId, { weightGrams: 510_000, notes: 'Thin.' })
    const [first, ...rest] = await pendingOf(animalId)
    expect(rest).to.deep.equal([])
    expect(first?.changes).to.deep.equal({
      weightGrams: { from: null, to: 510_000 },
      notes: { from: null, to: 'Thin.' },
    })
    await device.restart()
    await device.patch('animals', animalId, { weightGrams: 520_000 })
    expect(await pendingOf(animalId), 'an earlier run of the app may have sent it').to.have.length(2)
    await device.client.sync.syncNow()
    expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 520_000, notes: 'Thin.' })
  })

  it('and taken back before it was sent is nothing to send', async () => {
    await device.patch('animals', animalId, { name: 'Bracken' })
    await device.patch('animals', animalId, { name: 'Bramble' })
    expect((await device.get('animals', animalId))?.['pendingEdits']).to.equal(undefined)
    expect((await device.client.sync.syncNow()).pushed).to.equal(0)
  })

  it('is one record though the answers are lost, and the app is started anew between', async () => {
    const [made, paid] = [treatment(), payment()]
    const { collections } = device.client
    await collections.treatments.insert(made)
    await collections.payments.insert(paid)
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    for (const call of ['uploadAnimalItems', 'uploadTreatmentItems', 'uploadPaymentItems']) {
      device.network.loseAnswers(call)
      const failed: unknown = await device.client.sync.syncNow().catch((error: unknown) => error)
      expect(failed).to.have.property('code', 'OFFLINE')
      await device.restart()
    }
    await device.client.sync.syncNow()
    const sent = device.network.items('uploadPaymentItems')
    expect(sent).to.have.length(2)
    expect(sent[1]).to.deep.equal(sent[0])
    const mine = (list: Record<string, unknown>[]) => list.filter((record) => record['clientId'] === clientId)
    expect(mine(await practice.all('payments'))).to.have.length(1)
    expect((await practice.all('treatments')).filter((one) => one['animalId'] === animalId)).to.have.length(1)
    expect(device.client.sync.status$.value.pending).to.equal(0)
  })

  it('after a creation went out whose answer was lost is kept, as an edit of it', async () => {
    const made = treatment()
    await device.client.collections.treatments.insert(made)
    device.network.loseAnswers('uploadTreatmentItems')
    await device.client.sync.syncNow().catch(() => undefined)
    await device.patch('treatments', made.id, { notes: 'Sore afterwards.' })
    await device.client.sync.syncNow()
    expect(await practice.record('Treatment', made.id)).to.include({ notes: 'Sore afterwards.' })
    expect(await device.get('treatments', made.id)).to.include({ notes: 'Sore afterwards.' })
  })

  it('while it is being sent is kept, and sent next', async () => {
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    device.network.holdAnswer('uploadAnimalItems', async () => {
      await device.patch('animals', animalId, { weightGrams: 505_000, notes: 'Lame.' })
    })
    await device.client.sync.syncNow()
    expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 505_000, notes: 'Lame.' })
    expect(await device.get('animals', animalId)).to.include({ weightGrams: 505_000, notes: 'Lame.' })
    expect((await practice.all('conflicts')).filter((one) => one['recordId'] === animalId)).to.deep.equal([])
  })

  it('stands beside what others entered in other fields, and the lists are joined', async () => {
    await device.patch('animals', animalId, { weightGrams: 500_000, allergies: ['Penicillin', 'Latex'] })
    await practice.edit('Animal', animalId, {
      colour: { from: null, to: 'bay' },
      allergies: { from: ['Penicillin'], to: ['Penicillin', 'Iodine'] },
    })
    await device.client.sync.syncNow()
    const animal = await device.get('animals', animalId)
    expect(animal).to.include({ weightGrams: 500_000, colour: 'bay' })
    expect(animal?.['allergies']).to.have.members(['Penicillin', 'Latex', 'Iodine'])
    const { recentEdits: _applied, _deleted, ...server_ } = await practice.record('Animal', animalId)
    expect(animal).to.deep.equal(server_)
  })

  it('of a treatment that was just made can be its voiding', async () => {
    const made = treatment()
    await device.client.collections.treatments.insert(made)
    await device.patch('treatments', made.id, { voided: { reason: 'Wrong animal' } })
    await device.client.sync.syncNow()
    const voided = (await device.get('treatments', made.id))?.['voided']
    expect(voided).to.include({ reason: 'Wrong animal' })
    expect(voided).to.have.keys('at', 'by', 'reason')
  })

  it('is refused at once where the server would refuse it in any case', async () => {
    const { collections, sync } = device.client
    const paid = payment()
    await collections.payments.insert(paid)
    await device.patch('payments', paid.id, { amount: 5000 })
    await sync.syncNow()
    expect(await practice.record('Payment', paid.id), 'mended before it was sent').to.include({
      amount: 5000,
    })
    const refusal = async (attempt: Promise<unknown>): Promise<unknown> =>
      await attempt.then(
        () => 'done',
        (error: { code?: unknown }) => error.code,
      )
    expect(await refusal(device.patch('payments', paid.id, { amount: 6000 }))).to.equal('APPEND_ONLY')
    expect(await refusal(device.patch('animals', animalId, { revision: '9-x' }))).to.equal('FIELD_FIXED')
    expect(await refusal(device.patch('animals', animalId, { wings: 2 }))).to.equal('UNKNOWN_FIELD')
    const animal = await collections.animals.findOne(animalId).exec()
    expect(await refusal(animal?.remove() ?? Promise.resolve())).to.equal('REMOVE_REFUSED')
    expect(await refusal(collections.treatmentCodes.insert({ id: 'X' } as never))).to.equal('READ_ONLY')
    expect((await sync.syncNow()).pushed).to.equal(0)
  })

  it('step by step is sent step by step, each with its time, for a new appointment too', async () => {
    const id = newId()
    const practitionerId = '6f1c8f0e-0000-4000-8000-000000000011'
    const [startsAt, endsAt] = [9, 10].map((hour) => new Date(Date.UTC(2027, 0, 4, hour)).toISOString()) as [
      string,
      string,
    ]
    const booking = { id, siteId: 1, practitionerId, clientId, animalIds: [animalId], startsAt, endsAt }
    await device.client.collections.appointments.insert(booking)
    for (const status of ['ARRIVED', 'IN_TREATMENT', 'TREATED'])
      await device.patch('appointments', id, { status, notes: `Now ${status}.` })
    await device.client.sync.syncNow()
    await device.patch('appointments', id, { status: 'PAID' })
    await device.client.sync.syncNow()
    const appointment = await device.get('appointments', id)
    expect(appointment).to.include({ status: 'PAID', notes: 'Now TREATED.' })
    expect(appointment?.['statusTimes']).to.have.all.keys(
      ...['BOOKED', 'ARRIVED', 'IN_TREATMENT', 'TREATED', 'PAID'],
    )
  })

  it('and dropped before it was sent never reaches the server, nor stays on the device', async () => {
    const made = treatment()
    await device.client.collections.treatments.insert(made)
    await (await device.client.collections.treatments.findOne(made.id).exec())?.remove()
    expect(device.client.sync.status$.value.pending).to.equal(0)
    expect((await device.client.sync.syncNow()).pushed).to.equal(0)
    expect(await practice.all('treatments')).to.satisfy((all: { id: string }[]) =>
      all.every(({ id }) => id !== made.id),
    )
  })

  it('in hundreds goes out in batches of at most 500, once each', async () => {
    const made = Array.from({ length: 1200 }, treatment)
    await device.client.collections.treatments.bulkInsert(made)
    await device.client.sync.syncNow()
    const batches = device.network.bodies.filter(({ path }) => path.includes('uploadTreatmentItems'))
    for (const { body } of batches) expect((body as { items: unknown[] }).items.length).to.be.at.most(500)
    expect(device.network.items('uploadTreatmentItems')).to.have.length(1200)
    expect((await practice.all('treatments')).filter((one) => one['animalId'] === animalId)).to.have.length(
      1200,
    )
    expect(device.client.sync.status$.value.pending).to.equal(0)
  })
})
