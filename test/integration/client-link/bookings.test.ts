import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { customerOf, put, type Customer } from '../../support/customer.ts'
import { codeOf, type Headers, type Json } from '../../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const amelia = '6f1c8f0e-0000-4000-8000-000000000011'
/** Beyond the demo's diaries: a Monday on which nothing is booked. */
const free = '2026-07-20'

describe('ClientLink, booking', () => {
  let server: TestServer
  let carol: Customer
  let app: Headers
  let vet: Headers
  let reasonId: string
  let animalId: string

  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-06-15T08:00:00Z') } })
    carol = await customerOf(server)
    app = { ApiToken: await server.login('demo-app-key') }
    vet = (await server.signIn('amelia.vet')).headers
    const reasons = await server.request('/v2/prospectBookings/reasons?groupId=1', { headers: app })
    const consultation = (reasons.body['reasons'] as Json[]).find((one) => one['name'] === 'Consultation')
    reasonId = String(consultation?.['reasonId'])
    const animals = await carol.items('myAnimals')
    animalId = String(animals.find((one) => one['groupId'] === 1 && one['deceasedAt'] === null)?.['id'])
  })
  after(() => server[Symbol.asyncDispose]())

  const surgeons = async (query: string, headers: Headers = app): Promise<Answer> =>
    await server.request(`/v2/clientLink/surgeonAvailability?${query}`, { headers })
  const slotsOf = async (more = '', day = free): Promise<string[]> => {
    const { body } = await surgeons(`siteId=1&from=${day}&to=${day}&practitionerId=${amelia}${more}`)
    const [only] = body['surgeons'] as { slots: Json[] }[]
    return (only?.slots ?? []).map(({ startsAt }) => String(startsAt))
  }
  const wanted = async (more: Json = {}): Promise<Json> => ({
    ...{ siteId: 1, practitionerId: amelia, startsAt: (await slotsOf())[0], reasonId },
    ...{ animalIds: [animalId], ...more },
  })
  const book = async (more: Json = {}, headers: Headers = {}): Promise<Answer> =>
    await carol.send('POST', 'bookAppointment', await wanted(more), headers)
  const booked = async (more: Json = {}): Promise<Json> => {
    const answer = await book(more)
    expect(answer.status, answer.text).to.equal(201)
    return answer.body
  }
  const cancel = (json: Json, headers: Headers = {}): Promise<Answer> =>
    carol.send('POST', 'cancelAppointment', json, headers)
  const paths = ({ body }: Answer): unknown[] => ((body['errors'] ?? []) as Json[]).map(({ path }) => path)
  const inDiary = async (id: unknown): Promise<Json | undefined> => {
    const url = `/v2/mobile/retrieveFullList?siteId=1&date=${free}`
    const { body } = await server.request(url, { headers: vet })
    return (body['items'] as Json[]).find((one) => one['id'] === id)
  }

  it('takes what surgeonAvailability offers, and stands in the diary and among the customer’s own', async () => {
    const offered = await slotsOf(`&reasonId=${reasonId}`)
    const note = 'עברית, Ünïcode — she limps 🐄'
    const made = await booked({ startsAt: offered.at(-1), note })
    expect(made).to.include({ startsAt: offered.at(-1), status: 'BOOKED', onlineBooking: true, siteId: 1 })
    expect(made).to.include({ reason: 'Consultation', practitionerName: 'Amelia Hart', groupId: 1 })
    expect(await slotsOf(`&reasonId=${reasonId}`)).to.deep.equal(offered.slice(0, -1))
    expect(await inDiary(made['id'])).to.deep.include({ notes: note, clientId: carol.clientIds[1] })
    const mine = await carol.items(`myAppointments?from=${free}T00:00:00Z`)
    expect(mine).to.deep.include(made)
  })

  it('tells the nearest free times where somebody was faster', async () => {
    const { startsAt } = await booked()
    const answer = await book({ startsAt })
    expect(codeOf(answer)).to.equal('409 SLOT_TAKEN')
    expect(answer.body['alternatives']).to.have.length.greaterThan(0)
  })

  it('gives a slot to one of many who want it at once', async () => {
    const [startsAt] = (await slotsOf()).slice(-2)
    const answers = await Promise.all(Array.from({ length: 6 }, () => book({ startsAt })))
    expect(answers.map(codeOf).sort()).to.deep.equal([
      '201 undefined',
      ...Array.from({ length: 5 }, () => '409 SLOT_TAKEN'),
    ])
  })

  it('books once under an Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': randomUUID() }
    const json = await wanted()
    const first = await carol.send('POST', 'bookAppointment', json, headers)
    const again = await carol.send('POST', 'bookAppointment', json, headers)
    expect([again.status, again.body]).to.deep.equal([201, first.body])
    const other = await carol.send('POST', 'bookAppointment', { ...json, note: 'Another' }, headers)
    expect(codeOf(other)).to.equal('422 IDEMPOTENCY_KEY_REUSED')
  })

  it('refuses other people’s animals as those that there are not, and names no reason that is the practice’s', async () => {
    const group = await server.context.groups.get(1)
    const pet = { ...{ siteIds: [1], name: 'Rex', deceasedAt: null }, clientId: randomUUID() }
    const others = await put(group, 'animal', pet)
    const dead = await put(group, 'animal', {
      ...{ ...pet, clientId: carol.clientIds[1], name: 'Old Rex', deceasedAt: '2026-01-05T10:00:00Z' },
    })
    const said = await Promise.all([others, randomUUID()].map((id) => book({ animalIds: [id] })))
    for (const answer of said) {
      expect(codeOf(answer)).to.equal('422 UNKNOWN_REFERENCE')
      expect(answer.body['detail']).to.equal(said[0]?.body['detail'])
    }
    expect(codeOf(await book({ animalIds: [dead] }))).to.equal('422 ANIMAL_DECEASED')
    const secret = randomUUID()
    const reason = { kind: 'reason', reasonId: secret, name: 'Owner does not pay', durationMinutes: 15 }
    await group.db.write([
      {
        ...{ _id: `reference:reason:${secret}`, type: 'reference', groupId: 1, siteIds: [] },
        ...{ ...reason, onlineBooking: false },
      },
    ])
    const refused = await book({ reasonId: secret })
    expect(codeOf(refused)).to.equal('422 ONLINE_BOOKING_DISALLOWED')
    expect(refused.text).to.not.contain('does not pay')
    const listed = await surgeons(`siteId=1&reasonId=${secret}`)
    expect(codeOf(listed)).to.equal('422 ONLINE_BOOKING_DISALLOWED')
    expect(listed.text).to.not.contain('does not pay')
  })

  it('says what is missing, out of range or unknown', async () => {
    const all = await wanted()
    for (const field of Object.keys(all)) {
      const { [field]: _left, ...rest } = all
      const answer = await carol.send('POST', 'bookAppointment', rest)
      expect(codeOf(answer), field).to.equal('400 INVALID_REQUEST')
      expect(paths(answer)).to.deep.equal([field])
    }
    const wrong: [Json, string][] = [
      [{ siteId: 0 }, '400 INVALID_REQUEST'],
      [{ siteId: 99 }, '404 UNKNOWN_SITE'],
      [{ groupId: 77 }, '404 UNKNOWN_SITE'],
      [{ groupId: 2 }, '404 UNKNOWN_SITE'],
      [{ practitionerId: 'amelia' }, '400 INVALID_REQUEST'],
      [{ practitionerId: randomUUID() }, '422 UNKNOWN_REFERENCE'],
      [{ reasonId: randomUUID() }, '422 UNKNOWN_REFERENCE'],
      [{ reasonId: null }, '400 INVALID_REQUEST'],
      [{ animalIds: [] }, '400 INVALID_REQUEST'],
      [{ animalIds: [animalId, animalId] }, '400 INVALID_REQUEST'],
      [{ startsAt: '2026-07-20' }, '400 INVALID_REQUEST'],
      [{ startsAt: '2027-02-29T10:00:00Z' }, '400 INVALID_REQUEST'],
      [{ startsAt: `${free}T03:00:00Z` }, '422 OUTSIDE_HOURS'],
      [{ startsAt: '2026-06-01T09:00:00Z' }, '422 IN_THE_PAST'],
      [{ startsAt: `${free}T10:07:00Z` }, '422 DURATION_NOT_SLOT_MULTIPLE'],
      [{ startsAt: '2029-07-20T09:00:00Z' }, '422 ONLINE_BOOKING_DISALLOWED'],
      [{ note: 'x'.repeat(10_001) }, '400 INVALID_REQUEST'],
      [{ clientId: carol.clientIds[1] }, '400 INVALID_REQUEST'],
    ]
    for (const [more, code] of wrong)
      expect(codeOf(await book(more)), JSON.stringify(more).slice(0, 80)).to.equal(code)
    await booked({ note: 'é'.repeat(10_000) })
  })

  it('is for customers', async () => {
    const json = await wanted()
    for (const [headers, code] of [
      [{}, '401 TOKEN_MISSING'],
      [app, '401 TOKEN_MISSING'],
      [vet, '403 ROLE_NOT_ALLOWED'],
    ] as const)
      for (const path of ['bookAppointment', 'cancelAppointment']) {
        const answer = await server.request(`/v2/clientLink/${path}`, { json, headers })
        expect(codeOf(answer)).to.equal(code)
      }
  })

  it('cancels the customer’s own, whoever booked it, and frees its time', async () => {
    const { id, revision, startsAt } = await booked()
    expect(await slotsOf()).to.not.include(startsAt)
    const note = 'She is well again'
    const stale = await cancel({ appointmentId: id }, { 'If-Match': '1-0' })
    expect(codeOf(stale)).to.equal('409 STALE_REVISION')
    expect(stale.body['record']).to.include({ id, revision, status: 'BOOKED' }).and.not.have.property('notes')
    const done = await cancel({ appointmentId: id, note }, { 'If-Match': String(revision) })
    expect(done.status, done.text).to.equal(200)
    expect(done.body).to.include({ id, status: 'CANCELLED' })
    expect(done.text).to.not.contain(note)
    expect((await cancel({ appointmentId: id })).body).to.deep.equal(done.body)
    expect(await slotsOf()).to.include(startsAt)
    expect(await inDiary(id)).to.deep.include({ status: 'CANCELLED' })
  })

  it('does not cancel what has begun, or is somebody else’s', async () => {
    const { id } = await booked()
    const now = new Date(server.clock.now).toISOString()
    const edit = {
      clientItemId: randomUUID(),
      id,
      editedAt: now,
      baseRevision: (await inDiary(id))?.['revision'],
    }
    const items = [{ ...edit, changes: { status: { from: 'BOOKED', to: 'ARRIVED' } } }]
    const json = { deviceId: 'desk', batchId: randomUUID(), sentAt: now, items }
    await server.request('/v2/mobile/uploadAppointmentItems', { json, headers: vet })
    expect(codeOf(await cancel({ appointmentId: id }))).to.equal('422 APPOINTMENT_CLOSED')
    const list = await server.request('/v2/mobile/retrieveFullList?siteId=1&date=2026-06-15', {
      headers: vet,
    })
    const others = (list.body['items'] as Json[]).find((one) => one['clientId'] !== carol.clientIds[1])
    for (const appointmentId of [others?.['id'], randomUUID()])
      expect(codeOf(await cancel({ appointmentId }))).to.equal('404 NOT_FOUND')
    for (const wrong of [{}, { appointmentId: 'x' }, { appointmentId: id, more: 1 }, { appointmentId: null }])
      expect(codeOf(await cancel(wrong))).to.equal('400 INVALID_REQUEST')
  })

  describe('surgeonAvailability', () => {
    it('names every surgeon of the site whom customers may book, with the week that begins today', async () => {
      const { status, body } = await surgeons('siteId=1')
      expect(status).to.equal(200)
      expect(body).to.include({ siteId: 1, from: '2026-06-15', to: '2026-06-21' })
      const found = body['surgeons'] as (Json & { slots: Json[] })[]
      const names = found.map(({ practitionerName }) => String(practitionerName))
      expect(names)
        .to.deep.equal([...names].sort())
        .and.have.length.greaterThan(1)
      expect(found.some(({ slots }) => slots.length > 0)).to.equal(true)
    })

    it('keeps to the clock on the wall on a DST night, and knows 29 February', async () => {
      const first = async (now: string, day: string): Promise<string | undefined> => {
        server.clock.now = Date.parse(now)
        app = { ApiToken: await server.login('demo-app-key') }
        return (await slotsOf('', day))[0]
      }
      const before = [server.clock.now, app] as const
      expect(await first('2027-03-20T08:00:00Z', '2027-03-26')).to.equal('2027-03-26T09:00:00.000Z')
      expect(await first('2027-03-20T08:00:00Z', '2027-03-29')).to.equal('2027-03-29T08:00:00.000Z')
      expect(await first('2028-02-28T08:00:00Z', '2028-02-29')).to.equal('2028-02-29T09:00:00.000Z')
      ;[server.clock.now, app] = before
    })

    it('refuses what is not as described', async () => {
      for (const [query, code] of [
        ['', '400 INVALID_REQUEST'],
        ['siteId=x', '400 INVALID_REQUEST'],
        ['siteId=99', '404 UNKNOWN_SITE'],
        ['siteId=3&groupId=1', '404 UNKNOWN_SITE'],
        ['siteId=1&groupId=77', '404 UNKNOWN_SITE'],
        ['siteId=1&from=2026-07-20&to=2026-07-19', '400 INVALID_REQUEST'],
        ['siteId=1&from=2026-07-20&to=2026-12-19', '400 INVALID_REQUEST'],
        ['siteId=1&from=2027-02-29', '400 INVALID_REQUEST'],
        [`siteId=1&practitionerId=${randomUUID()}`, '422 UNKNOWN_REFERENCE'],
        [`siteId=1&reasonId=${randomUUID()}`, '422 UNKNOWN_REFERENCE'],
        ['siteId=1&more=1', '400 INVALID_REQUEST'],
      ] as const)
        expect(codeOf(await surgeons(query)), query).to.equal(code)
      expect(codeOf(await surgeons('siteId=1', {}))).to.equal('401 TOKEN_MISSING')
    })
  })
})
