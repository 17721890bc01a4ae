/** Prospects: they book, hold appointments and nothing else, and are registered or merged. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { DocumentClient, filesOf, photo } from '../support/document-client.ts'
import { codeOf, forgetAnswers, type Headers, type Json } from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'
import { metadataText, uploadsPath } from '../support/tus.ts'

const amelia = '6f1c8f0e-0000-4000-8000-000000000011'
/** A week beyond the demo's diaries. */
const [from, to] = ['2026-07-20', '2026-07-24']

describe('Prospect bookings', () => {
  let server: TestServer
  let app: Headers
  let key: Headers
  let vet: Headers
  let reasonId: string
  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-06-15T08:00:00Z') } })
    app = { ApiToken: await server.login('demo-app-key') }
    key = { ApiToken: await server.login() }
    vet = (await server.signIn('amelia.vet', { apiKey: 'demo-app-key' })).headers
    const { body } = await ask('GET', 'reasons?groupId=1')
    reasonId = String((body['reasons'] as Json[]).find(({ name }) => name === 'Consultation')?.['reasonId'])
  })
  after(() => server[Symbol.asyncDispose]())

  const ask = (method: string, path: string, json?: unknown, headers = app): Promise<Answer> =>
    server.request(`/v2/prospectBookings/${path}`, {
      method,
      headers,
      ...(json === undefined ? {} : { json }),
    })
  const slots = async (): Promise<Json[]> => {
    const query = `groupId=1&siteId=1&from=${from}&to=${to}&practitionerId=${amelia}&reasonId=${reasonId}`
    return (await ask('GET', `availability?${query}`)).body['slots'] as Json[]
  }
  const paths = ({ body }: Answer): unknown[] => (body['errors'] as Json[]).map(({ path }) => path)

  let people = 0
  const somebody = async (more: Json = {}): Promise<Json> => {
    const n = (people += 1)
    const [slot] = await slots()
    return {
      ...{ groupId: 1, siteId: 1, practitionerId: amelia, startsAt: slot?.['startsAt'], reasonId },
      prospect: {
        ...{ firstName: 'Dorothy', lastName: `Prospect${'abcdefghijklmnopqrstuvwxyz'[n]}` },
        ...{ phones: [`01632 9900${10 + n}`], emails: [`prospect${n}@example.org`] },
      },
      animals: [{ name: 'Biscuit', species: 'Dog' }],
      ...more,
    }
  }
  const booked = async (more: Json = {}): Promise<Json & { reference: string; prospectId: string }> => {
    const answer = await ask('POST', 'bookings', await somebody(more))
    expect(answer.status, answer.text).to.equal(201)
    return answer.body as Json & { reference: string; prospectId: string }
  }
  const clientOf = async (id: string): Promise<Json> =>
    (await server.request(`/v2/mobile/clients/${id}`, { headers: vet })).body
  const dayOf = async (startsAt: unknown): Promise<Json[]> => {
    const url = `/v2/mobile/retrieveFullList?siteId=1&date=${String(startsAt).slice(0, 10)}`
    return (await server.request(url, { headers: vet })).body['items'] as Json[]
  }
  const inDiary = async ({ startsAt }: Json): Promise<Json | undefined> =>
    (await dayOf(startsAt)).find(
      (one) => Date.parse(String(one['startsAt'])) === Date.parse(String(startsAt)),
    )
  const upload = async (call: string, item: Json): Promise<Json> => {
    const now = new Date(server.clock.now).toISOString()
    const items = [{ clientItemId: randomUUID(), editedAt: now, ...item }]
    const json = { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items }
    const { body } = await server.request(`/v2/mobile/${call}`, { json, headers: vet })
    return (body['results'] as Json[])[0] ?? {}
  }
  const refusal = (result: Json): unknown => ((result['errors'] ?? []) as Json[])[0]?.['code']
  const named = ({ id, revision }: Json): Json => ({ id, baseRevision: revision })
  const animals = async (): Promise<Json[]> => {
    const json = { deviceId: 'phone', collection: 'animals', checkpoint: null, limit: 10_000 }
    const { body } = await server.request('/v2/mobile/sync/pull', { json, headers: vet })
    return body['documents'] as Json[]
  }
  const animalOfAClient = async (): Promise<Json> =>
    (await animals()).find(({ prospect }) => prospect !== true) ?? {}
  const animalOf = async (id: string): Promise<string> =>
    String((await animals()).find(({ clientId }) => clientId === id)?.['id'])
  const register = (prospectId: string, json: Json = {}, headers = vet): Promise<Answer> =>
    ask('POST', `prospects/${prospectId}/register`, json, headers)
  const merge = (prospectId: string, json: Json, headers = vet): Promise<Answer> =>
    ask('POST', `prospects/${prospectId}/merge`, json, headers)

  it('book what is free, and stand in the diary as prospects', async () => {
    const made = await booked({ notes: 'Limps since yesterday' })
    expect(made).to.include({ status: 'BOOKED', groupId: 1, siteId: 1, reasonId })
    expect(made['animals']).to.deep.equal([{ name: 'Biscuit', species: 'Dog' }])
    const entry = await inDiary(made)
    expect(entry).to.include({ onlineBooking: true, notes: 'Limps since yesterday', clash: null })
    expect(entry?.['client']).to.include({ id: made.prospectId, prospect: true })
    expect(await clientOf(made.prospectId)).to.include({ prospect: true, firstName: 'Dorothy' })
    expect((await slots()).map(({ startsAt }) => startsAt)).to.not.include(made['startsAt'])
  })

  it('leave nothing behind where the slot is taken, and are told what is free', async () => {
    const { startsAt } = await booked()
    const before = await server.context.groups.get(1)
    const count = async (): Promise<number> =>
      (await before.db.range({ from: 'client:', to: 'client:\uffff' })).length
    const clients = await count()
    const answer = await ask('POST', 'bookings', await somebody({ startsAt }))
    expect(codeOf(answer)).to.equal('409 SLOT_TAKEN')
    expect(answer.body['alternatives']).to.have.length.greaterThan(0)
    expect(await count()).to.equal(clients)
  })

  it('see, move and cancel their own booking by a reference that nobody can guess', async () => {
    const made = await booked()
    expect(made.reference).to.match(/^1-[0-9a-z]{26}$/)
    const { prospectId: _id, ...shown } = made
    const path = `bookings/${made.reference}`
    const seen = await ask('GET', path)
    expect(seen.body).to.deep.equal(shown)
    expect(seen.text).to.not.contain('Dorothy').and.not.contain('01632')
    const [later] = (await slots()).slice(-1)
    const moved = await ask('PUT', path, { startsAt: later?.['startsAt'] })
    expect(moved.body).to.include({ startsAt: later?.['startsAt'], endsAt: later?.['endsAt'] })
    expect((await slots()).map(({ startsAt }) => startsAt)).to.include(made['startsAt'])
    expect((await ask('DELETE', path)).body).to.include({ status: 'CANCELLED' })
    expect((await ask('DELETE', path)).body).to.include({ status: 'CANCELLED' })
    expect(codeOf(await ask('PUT', path, { startsAt: made['startsAt'] }))).to.equal('422 APPOINTMENT_CLOSED')
    const db = (await server.context.groups.get(1)).db
    const kept = JSON.stringify(await db.range({ from: 'prospectBooking:', to: 'prospectBooking:\uffff' }))
    expect(kept).to.not.contain(made.reference.slice(2))
  })

  it('say something new without taking away what the practice wrote', async () => {
    const { reference, prospectId } = await booked({ notes: 'Limps' })
    const group = await server.context.groups.get(1)
    const [[, id] = []] = await group.index.lookup(['client.appointments', prospectId])
    const notes = async (): Promise<unknown> => (await group.db.get(`appointment:${id}`))?.['notes']
    const say = async (text: string | null): Promise<void> => {
      expect((await ask('PUT', `bookings/${reference}`, { notes: text })).status).to.equal(200)
    }
    await say('Limps badly')
    expect(await notes()).to.equal('Limps badly')
    const write = { method: 'PUT', headers: vet, json: { groupId: 1, notes: 'Bites: muzzle' } }
    const path = `/v2/managedBookings/updateAppointment/${id}`
    expect((await server.request(path, write)).status).to.equal(200)
    await say('Ring me')
    expect(await notes()).to.match(/^Bites: muzzle\n\n--- also written .*Z ---\nRing me$/)
    await say('Ring me at six')
    expect(await notes()).to.match(/^Bites: muzzle\n\n--- also written .*Z ---\nRing me at six$/)
    await say(null)
    expect(await notes()).to.match(/^Bites: muzzle/)
  })

  it('change nothing any more once they have arrived, and move no animal that has died', async () => {
    const made = await booked()
    const path = `bookings/${made.reference}`
    const register = { groupId: 1, overrideDuplicate: true }
    const registered = await ask('POST', `prospects/${made.prospectId}/register`, register, vet)
    expect(registered.status, registered.text).to.equal(200)
    const group = await server.context.groups.get(1)
    const [[, id] = []] = await group.index.lookup(['client.appointments', made.prospectId])
    const [later] = (await slots()).slice(-1)
    const [animalId] = (await group.db.get(`appointment:${id}`))?.['animalIds'] as string[]
    const edit = async (call: string, record: unknown, changes: Json): Promise<void> => {
      const now = new Date(server.clock.now).toISOString()
      const item = { clientItemId: randomUUID(), id: record, editedAt: now, changes }
      const json = { deviceId: 'd', batchId: randomUUID(), sentAt: now, items: [item] }
      const { body } = await server.request(`/v2/mobile/${call}`, { json, headers: vet })
      expect((body['results'] as Json[])[0]?.['outcome']).to.equal('UPDATED')
    }
    await edit('uploadAppointmentItems', id, { status: { from: 'BOOKED', to: 'ARRIVED' } })
    for (const change of [{ startsAt: later?.['startsAt'] }, { notes: 'thanks' }])
      expect(codeOf(await ask('PUT', path, change))).to.equal('422 APPOINTMENT_CLOSED')
    await edit('uploadAppointmentItems', id, { status: { from: 'ARRIVED', to: 'BOOKED' } })
    await edit('uploadAnimalItems', animalId, { deceasedAt: { from: null, to: '2026-06-14' } })
    const move = { startsAt: later?.['startsAt'] }
    expect(codeOf(await ask('PUT', path, move))).to.equal('422 ANIMAL_DECEASED')
    const staffMove = { method: 'PUT', headers: vet, json: { groupId: 1, ...move } }
    const moved = await server.request(`/v2/managedBookings/updateAppointment/${id}`, staffMove)
    expect(codeOf(moved)).to.equal('422 ANIMAL_DECEASED')
  })

  it('get the time that another reason takes, and can move their booking whatever it is for', async () => {
    const { body } = await ask('GET', 'reasons?groupId=1')
    const longer = (body['reasons'] as Json[]).find(({ durationMinutes }) => durationMinutes === 30)
    const minutes = ({ startsAt, endsAt }: Json): number =>
      (Date.parse(String(endsAt)) - Date.parse(String(startsAt))) / 60_000
    const made = await booked()
    const path = `bookings/${made.reference}`
    const longSlots = async (): Promise<Json[]> => {
      const query = `groupId=1&siteId=1&from=${from}&to=${to}&practitionerId=${amelia}`
      const answer = await ask('GET', `availability?${query}&reasonId=${String(longer?.['reasonId'])}`)
      return answer.body['slots'] as Json[]
    }
    const changed = await ask('PUT', path, { reasonId: longer?.['reasonId'] })
    expect(changed.body, changed.text).to.include({ reasonId: longer?.['reasonId'], status: 'BOOKED' })
    expect(minutes(changed.body)).to.equal(30)
    expect((await inDiary(made))?.['clash']).to.equal(null)
    const [free] = (await longSlots()).slice(-1)
    const moved = await ask('PUT', path, { startsAt: free?.['startsAt'] })
    expect(moved.body, moved.text).to.include({ startsAt: free?.['startsAt'], endsAt: free?.['endsAt'] })
    // Shortened by the practice, it moves to time that is long enough.
    const { id } = (await inDiary(moved.body)) ?? {}
    const endsAt = new Date(Date.parse(String(free?.['startsAt'])) + 15 * 60_000).toISOString()
    const shortened = await server.request(`/v2/managedBookings/updateAppointment/${String(id)}`, {
      ...{ method: 'PUT', json: { endsAt }, headers: vet },
    })
    expect(minutes(shortened.body), shortened.text).to.equal(15)
    const [first] = await longSlots()
    const again = await ask('PUT', path, { startsAt: first?.['startsAt'] })
    expect(again.body, again.text).to.include({ startsAt: first?.['startsAt'], endsAt: first?.['endsAt'] })
  })

  it('change or cancel only what they have seen, where they say which revision that was', async () => {
    const made = await booked()
    const path = `/v2/prospectBookings/bookings/${made.reference}`
    const send = (method: string, json: unknown, revision: unknown): Promise<Answer> =>
      server.request(path, { method, json, headers: { ...app, 'If-Match': String(revision) } })
    const moved = await send('PUT', { notes: 'By bus' }, made['revision'])
    expect(moved.status, moved.text).to.equal(200)
    for (const late of [
      await send('PUT', { notes: 'By car' }, made['revision']),
      await send('DELETE', undefined, made['revision']),
    ]) {
      expect(codeOf(late)).to.equal('409 STALE_REVISION')
      expect(late.body['record']).to.deep.equal(moved.body)
    }
    expect((await send('DELETE', undefined, moved.body['revision'])).body).to.include({ status: 'CANCELLED' })
  })

  it('are not found by a reference that is none', async () => {
    const { reference } = await booked()
    const other = reference.slice(0, -1) + (reference.endsWith('0') ? '1' : '0')
    for (const wrong of [
      other,
      reference.replace('1-', '2-'),
      reference.slice(2),
      `77-${reference.slice(2)}`,
      'x',
    ])
      expect(codeOf(await ask('GET', `bookings/${wrong}`)), wrong).to.equal('404 NOT_FOUND')
    expect(codeOf(await ask('PUT', `bookings/${other}`, { notes: 'x' }))).to.equal('404 NOT_FOUND')
    expect(codeOf(await ask('DELETE', `bookings/${other}`))).to.equal('404 NOT_FOUND')
    expect(codeOf(await ask('GET', `bookings/${reference}`, undefined, {}))).to.equal('401 TOKEN_MISSING')
  })

  it('are given no client’s animal, which would be treated and charged to them, and are sent no invoice', async () => {
    const { prospectId } = await booked()
    const animal = await animalOfAClient()
    const given = { ...named(animal), changes: { clientId: { from: animal['clientId'], to: prospectId } } }
    expect(refusal(await upload('uploadAnimalItems', given))).to.equal('PROSPECT_NOT_REGISTERED')
    const clientId = animal['clientId']
    const come = {
      ...{ siteId: 1, practitionerId: amelia, clientId, animalIds: [await animalOf(prospectId)] },
      ...{ startsAt: '2026-06-15T07:00:00Z', endsAt: '2026-06-15T07:15:00Z', status: 'ARRIVED' },
    }
    expect(refusal(await upload('uploadAppointmentItems', { data: come }))).to.equal(
      'PROSPECT_NOT_REGISTERED',
    )
    const { headers } = await server.signIn('rita.reception')
    const json = { clientId: prospectId, siteId: 1 }
    const invoice = await server.request('/v2/clinicalPortal/invoices', { json, headers })
    expect(codeOf(invoice)).to.equal('422 PROSPECT_NOT_REGISTERED')
  })

  it('give an animal to a client, where it is treated like any other', async () => {
    const { prospectId } = await booked()
    const { clientId } = await animalOfAClient()
    const id = await animalOf(prospectId)
    const animal = (await server.request(`/v2/mobile/animals/${id}`, { headers: vet })).body
    const given = { ...named(animal), changes: { clientId: { from: prospectId, to: clientId } } }
    expect((await upload('uploadAnimalItems', given))['outcome']).to.equal('UPDATED')
    expect((await server.request(`/v2/mobile/animals/${id}`, { headers: vet })).body).not.to.have.property(
      'prospect',
    )
    const data = {
      ...{ animalId: id, description: 'Consultation', quantity: 1, vatRate: 2000 },
      treatedAt: '2026-06-15T07:00:00Z',
    }
    expect((await upload('uploadTreatmentItems', { data }))['outcome']).to.equal('CREATED')
  })

  it('hold appointments and nothing else until they are registered', async () => {
    const made = await booked()
    const entry = await inDiary(made)
    const appointment = { id: entry?.['id'], baseRevision: entry?.['revision'] }
    const [animal] = entry?.['animals'] as Json[]
    const animalId = animal?.['id']
    const line = {
      animalId,
      description: 'Consultation',
      vatRate: 2000,
      quantity: 1,
      treatedAt: '2026-06-15T07:00:00Z',
    }
    const paid = {
      clientId: made.prospectId,
      method: 'cash',
      amount: 100,
      currency: 'GBP',
      takenAt: line.treatedAt,
    }
    const arrive = { ...appointment, changes: { status: { from: 'BOOKED', to: 'ARRIVED' } } }
    const attempts: [string, Json][] = [
      ['uploadTreatmentItems', { data: line }],
      ['uploadPaymentItems', { data: paid }],
      ['uploadAppointmentItems', arrive],
    ]
    for (const [call, item] of attempts)
      expect(refusal(await upload(call, item)), call).to.equal('PROSPECT_NOT_REGISTERED')
    // An animal that a vet adds is a prospect's too.
    const added = await upload('uploadAnimalItems', { data: { clientId: made.prospectId, name: 'Moss' } })
    const lineOfAdded = { ...line, animalId: added['id'] }
    expect(refusal(await upload('uploadTreatmentItems', { data: lineOfAdded }))).to.equal(
      'PROSPECT_NOT_REGISTERED',
    )
    const medicine = { ...{ siteId: 1, clientId: made.prospectId, animalId }, quantity: '1' }
    const care: [string, Json][] = [
      ['prescriptions', { ...medicine, description: 'Meloxicam' }],
      ['reminders', { ...medicine, quantity: undefined, kind: 'CHECK', text: 'Ring', dueOn: to }],
    ]
    for (const [call, json] of care) {
      const answer = await server.request(`/v2/clinicalPortal/${call}`, { json, headers: vet })
      expect(codeOf(answer), call).to.equal('422 PROSPECT_NOT_REGISTERED')
    }
    const picture = {
      clientItemId: randomUUID(),
      animalId: String(animalId),
      title: 'Paw',
      category: 'photo',
    }
    const files = await filesOf(server)
    const photographed = await new DocumentClient(server, vet).upload(picture, { bytes: photo(1000) })
    expect(codeOf(photographed)).to.equal('422 PROSPECT_NOT_REGISTERED')
    expect(photographed.body['errors']).to.deep.include({
      ...{ path: 'animalId', message: 'They have only booked so far; register them first' },
    })
    expect(await filesOf(server)).to.deep.equal(files)
    const metadata = metadataText({ ...picture, filename: 'paw.jpg', filetype: 'image/jpeg' })
    const begun = await server.request(uploadsPath, {
      method: 'POST',
      headers: { ...vet, 'Tus-Resumable': '1.0.0', 'Upload-Length': '1000', 'Upload-Metadata': metadata },
    })
    expect(codeOf(begun)).to.equal('422 PROSPECT_NOT_REGISTERED')
    // Anything else of the appointment may change.
    const noted = await upload('uploadAppointmentItems', {
      ...appointment,
      changes: { notes: { from: null, to: 'Rang' } },
    })
    expect(noted['outcome']).to.equal('UPDATED')

    expect((await register(made.prospectId)).body).to.include({
      status: 'REGISTERED',
      clientId: made.prospectId,
    })
    for (const [call, item] of [...attempts, ['uploadTreatmentItems', { data: lineOfAdded }] as const])
      expect(await upload(call, item), call)
        .to.have.property('outcome')
        .that.is.oneOf(['CREATED', 'UPDATED'])
    expect(await clientOf(made.prospectId)).to.include({ prospect: false })
    expect((await inDiary(made))?.['client']).to.not.have.property('prospect')
  })

  it('cannot make themselves registered: the mark is the server’s', async () => {
    const { prospectId } = await booked()
    const { revision } = await clientOf(prospectId)
    const edit = { id: prospectId, baseRevision: revision, changes: { prospect: { from: true, to: false } } }
    expect(await upload('uploadClientItems', edit)).to.include({ outcome: 'REJECTED' })
    expect(await upload('uploadClientItems', { data: { lastName: 'X', prospect: true } })).to.include({
      outcome: 'REJECTED',
    })
    expect(await clientOf(prospectId)).to.include({ prospect: true })
  })

  it('are no clients that somebody could be, but are compared with those there are', async () => {
    const body = await somebody()
    const prospect = body['prospect'] as Json
    const person = { groupId: 1, lastName: prospect['lastName'], phones: prospect['phones'] }
    const made = await ask('POST', 'bookings', body)
    const level = await server.request('/v2/registrations/checkClientExists', { json: person, headers: app })
    expect(level.body).to.deep.equal({ matchLevel: 'UNMATCHED' })
    const none = await ask('GET', `prospects/${String(made.body['prospectId'])}/matches`, undefined, vet)
    expect(none.body).to.deep.equal({ items: [], nextCursor: null })
    const carol = await booked({
      prospect: { ...prospect, lastName: 'Mârsh', emails: ['CAROL@example.com'] },
    })
    const { body: found } = await ask('GET', `prospects/${carol.prospectId}/matches`, undefined, vet)
    const [match] = found['items'] as Json[]
    expect(match).to.include({ matchLevel: 'MATCHED' })
    expect(match?.['client']).to.include({ firstName: 'Carol', lastName: 'Marsh' })
    expect(codeOf(await register(carol.prospectId))).to.equal('409 POSSIBLE_DUPLICATE')
    expect((await register(carol.prospectId, { overrideDuplicate: true })).status).to.equal(200)
  })

  it('are merged into a client with their appointments, times and animals', async () => {
    const prospect = {
      firstName: 'Carol',
      lastName: 'Marsh',
      phones: ['01632 960100'],
      emails: ['c@example.com'],
    }
    const animals = [
      { name: 'Clover', species: 'Cattle' },
      { name: 'Newcomer', species: 'Cat' },
    ]
    const made = await booked({ prospect, animals })
    const { body } = await ask('GET', `prospects/${made.prospectId}/matches`, undefined, vet)
    const [match] = body['items'] as Json[]
    const clientId = String((match?.['client'] as Json)['id'])
    const [theirs] = match?.['animals'] as Json[]
    const before = await inDiary(made)
    const [clover, newcomer] = before?.['animals'] as Json[]
    const same = [{ animalId: clover?.['id'], isAnimalId: theirs?.['id'] }]
    const headers = { ...vet, 'Idempotency-Key': randomUUID() }
    const merged = await merge(made.prospectId, { clientId, animals: same }, headers)
    expect(merged.body).to.deep.equal({ prospectId: made.prospectId, status: 'MERGED', clientId })
    const after = await inDiary(made)
    expect(after).to.include({
      id: before?.['id'],
      startsAt: before?.['startsAt'],
      clash: null,
      status: 'BOOKED',
    })
    expect(after?.['client']).to.include({ id: clientId }).and.not.have.property('prospect')
    expect((after?.['animals'] as Json[]).map(({ id }) => id)).to.have.members([
      theirs?.['id'],
      newcomer?.['id'],
    ])
    const moved = await server.request(`/v2/mobile/animals/${String(newcomer?.['id'])}`, { headers: vet })
    expect(moved.body).to.include({ clientId, prospect: false })
    expect(await clientOf(made.prospectId)).to.include({ deactivated: true, prospect: true })
    const found = await server.request('/v2/managedBookings/searchClients?groupId=1&email=c@example.com', {
      headers: key,
    })
    expect(found.body['items']).to.deep.equal([])
    // What they entered themselves, not what the practice knows of the client.
    const { body: own } = await ask('GET', `bookings/${made.reference}`)
    expect(own).to.deep.include({ status: 'BOOKED', animals })

    await forgetAnswers(server)
    expect((await merge(made.prospectId, { clientId, animals: same }, headers)).body).to.deep.equal(
      merged.body,
    )
    expect(codeOf(await register(made.prospectId))).to.equal('409 PROSPECT_CLOSED')
    expect(await inDiary(made)).to.deep.equal(after)

    const now = new Date(server.clock.now).toISOString()
    const paid = { clientId: made.prospectId, method: 'cash', amount: 500, currency: 'GBP', takenAt: now }
    const items = [{ clientItemId: randomUUID(), editedAt: now, data: paid }]
    const json = { deviceId: 'd', batchId: randomUUID(), sentAt: now, items }
    const late = await server.request('/v2/mobile/uploadPaymentItems', { json, headers: vet })
    expect(late.text).to.contain('They were a client already: give this to that client')
  })

  it('are not merged into nobody, into a prospect, or with animals of others', async () => {
    const [one, two] = [await booked(), await booked()]
    const [{ clientId }] = (await dayOf('2026-06-15')) as [Json & { clientId: string }]
    for (const [json, path] of [
      [{ clientId: randomUUID() }, 'clientId'],
      [{ clientId: two.prospectId }, 'clientId'],
      [{ clientId, animals: [{ animalId: randomUUID(), isAnimalId: randomUUID() }] }, 'animals.0.animalId'],
    ] as const) {
      const answer = await merge(one.prospectId, json)
      expect(codeOf(answer)).to.equal('422 UNKNOWN_REFERENCE')
      expect(paths(answer)).to.deep.equal([path])
    }
    const now = new Date(server.clock.now).toISOString()
    const died = { clientItemId: randomUUID(), editedAt: now, data: { clientId, deceasedAt: '2026-06-01' } }
    const batch = { deviceId: 'd', batchId: randomUUID(), sentAt: now, items: [died] }
    await server.request('/v2/mobile/uploadAnimalItems', { json: batch, headers: vet })
    const group = await server.context.groups.get(1)
    const [[animalId] = []] = await group.index.lookup(['client.animals', one.prospectId])
    const animals = [{ animalId, isAnimalId: died.clientItemId }]
    expect(codeOf(await merge(one.prospectId, { clientId, animals }))).to.equal('422 ANIMAL_DECEASED')
    expect(codeOf(await merge(one.prospectId, {}))).to.equal('400 INVALID_REQUEST')
    expect(await clientOf(one.prospectId)).to.include({ prospect: true, deactivated: false })
  })

  it('are the practice’s to see: a server key, or staff of their sites', async () => {
    const { prospectId } = await booked()
    const matches = async (headers: Headers): Promise<string> =>
      codeOf(await ask('GET', `prospects/${prospectId}/matches`, undefined, headers))
    const as = async (name: string): Promise<string> =>
      matches((await server.signIn(name, { apiKey: 'demo-app-key' })).headers)
    expect(await matches(key)).to.equal('200 undefined')
    expect(await matches(app)).to.equal('403 SERVER_KEY_REQUIRED')
    expect(await matches({})).to.equal('401 TOKEN_MISSING')
    expect(await as('sam.seaview')).to.equal('404 NOT_FOUND')
    expect(await as('carol@example.com')).to.equal('403 ROLE_NOT_ALLOWED')
    expect(codeOf(await register(randomUUID()))).to.equal('404 NOT_FOUND')
    expect(codeOf(await register(prospectId, { groupId: 2 }, key))).to.equal('404 NOT_FOUND')
    expect(codeOf(await register(prospectId, { more: 1 }))).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await register('x'))).to.equal('400 INVALID_REQUEST')
  })

  it('book once under an Idempotency-Key, also when the server died before it answered', async () => {
    const headers = { ...app, 'Idempotency-Key': randomUUID() }
    const body = await somebody()
    const first = await ask('POST', 'bookings', body, headers)
    await forgetAnswers(server)
    const after = await ask('POST', 'bookings', body, headers)
    expect([after.status, after.body]).to.deep.equal([201, first.body])
    expect(codeOf(await ask('POST', 'bookings', await somebody(), headers))).to.equal(
      '422 IDEMPOTENCY_KEY_REUSED',
    )
  })

  it('are told what is missing or not right', async () => {
    expect(paths(await ask('POST', 'bookings', {}))).to.include.members([
      ...['groupId', 'siteId', 'practitionerId', 'startsAt', 'reasonId', 'prospect', 'animals'],
    ])
    const wrong: [Json, string][] = [
      [{ animals: [] }, '400 INVALID_REQUEST'],
      [{ animals: [{ name: 'B', species: 'Unicorn' }] }, '422 FIELDS_INVALID'],
      [{ animals: [{ name: 'B\tC', species: 'Dog' }] }, '400 INVALID_REQUEST'],
      [{ siteId: 3 }, '404 UNKNOWN_SITE'],
      [{ groupId: 77 }, '404 UNKNOWN_GROUP'],
      [{ reasonId: randomUUID() }, '422 UNKNOWN_REFERENCE'],
      [{ startsAt: `${from}T03:00:00Z` }, '422 OUTSIDE_HOURS'],
      [{ startsAt: '2026-06-01T09:00:00Z' }, '422 IN_THE_PAST'],
      [{ more: true }, '400 INVALID_REQUEST'],
    ]
    for (const [more, code] of wrong)
      expect(codeOf(await ask('POST', 'bookings', await somebody(more)))).to.equal(code)
    const query = `groupId=1&siteId=1&reasonId=${reasonId}`
    for (const more of [
      '',
      '&from=2026-07-20&to=2026-07-19',
      '&from=2026-01-01&to=2026-12-31',
      '&from=x&to=y',
    ])
      expect(codeOf(await ask('GET', `availability?${query}${more}`)), more).to.equal('400 INVALID_REQUEST')
  })
})
