import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { startServer, type Answer, type SignedIn, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>
type Slot = { siteId: number; practitionerId: string; startsAt: string; endsAt: string }

const amelia = '6f1c8f0e-0000-4000-8000-000000000011'
/** Beyond the demo's diaries: a Monday on which nothing is booked. */
const free = '2026-07-20'

describe('Managed Bookings', () => {
  let server: TestServer
  let key: Record<string, string>
  let rita: SignedIn
  let ben: SignedIn
  let sam: SignedIn
  let reasons: Json[]
  let clientId: string
  let animalIds: string[]
  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-06-15T08:00:00Z') } })
    key = { ApiToken: await server.login() }
    rita = await server.signIn('rita.reception')
    ben = await server.signIn('ben.vet')
    sam = await server.signIn('sam.seaview')
    reasons = (await get('reasons?siteId=1')).body['reasons'] as Json[]
    const found = await get('searchClients?groupId=1&siteId=1&surname=Marsh&limit=1')
    const [client] = found.body['items'] as Json[]
    clientId = String(client?.['id'])
    animalIds = (client?.['animals'] as Json[]).slice(0, 1).map((animal) => String(animal['id']))
  })
  after(async () => await server[Symbol.asyncDispose]())

  /** At another time than the suite's: with tokens of that time. */
  const whenIt = async (now: string, work: () => Promise<void>): Promise<void> => {
    const [before, tokens, staff] = [server.clock.now, key, rita]
    server.clock.now = Date.parse(now)
    key = { ApiToken: await server.login() }
    rita = await server.signIn('rita.reception')
    await work()
    ;[server.clock.now, key, rita] = [before, tokens, staff]
  }
  const get = async (path: string, headers: Record<string, string> = key) =>
    await server.request(`/v2/managedBookings/${path}`, { headers })
  const search = async (query: string, headers: Record<string, string> = key): Promise<Slot[]> =>
    (await get(`searchAvailability?siteId=1&${query}`, headers)).body['slots'] as Slot[]
  const reason = (name: string): string => String(reasons.find((one) => one['name'] === name)?.['reasonId'])
  const wanted = (fields: Json = {}): Json => ({
    ...{ siteId: 1, practitionerId: amelia, clientId, animalIds, reasonId: reason('Consultation') },
    ...fields,
  })
  const send = async (
    method: string,
    path: string,
    json: unknown,
    headers: Record<string, string> = key,
  ): Promise<Answer> => await server.request(`/v2/managedBookings/${path}`, { method, json, headers })
  const create = (fields: Json, headers?: Record<string, string>) =>
    send('POST', 'createAppointment', wanted(fields), headers)
  const at = (time: string, date = free): string => `${date}T${time}:00+01:00`
  const expectCode = ({ status, body }: Answer, expected: number, code: string): void => {
    expect(`${status} ${String(body['code'])}`).to.equal(`${expected} ${code}`)
  }

  describe('searchAvailability', () => {
    it('offers the slots of the rota in order of time, and each can be booked', async () => {
      const slots = await search(`from=${free}&to=${free}&practitionerId=${amelia}`)
      expect(slots).to.have.length(14)
      expect(slots[0]).to.include({ startsAt: `${free}T08:00:00.000Z`, endsAt: `${free}T08:15:00.000Z` })
      expect(slots.map(({ startsAt }) => startsAt)).to.deep.equal(
        slots.map(({ startsAt }) => startsAt).sort(),
      )
      for (const { startsAt, endsAt } of slots.slice(-2)) {
        const made = await create({ startsAt, endsAt })
        expect(made.status, made.text).to.equal(201)
        expect(made.body).to.include({ startsAt, endsAt, onlineBooking: true, status: 'BOOKED' })
      }
      const left = await search(`from=${free}&to=${free}&practitionerId=${amelia}`)
      expect(left).to.deep.equal(slots.slice(0, -2))
    })

    it('finds time that is long enough for the reason, over days and practitioners', async () => {
      const slots = await search(`from=2026-07-21&to=2026-07-22&reasonId=${reason('Lameness examination')}`)
      expect(new Set(slots.map(({ practitionerId }) => practitionerId)).size).to.equal(3)
      expect(new Set(slots.map(({ startsAt }) => startsAt.slice(0, 10))).size).to.equal(2)
      for (const { startsAt, endsAt } of slots)
        expect(Date.parse(endsAt) - Date.parse(startsAt)).to.equal(30 * 60_000)
    })

    it('leaves out what is blocked, and what is too soon for an online booking', async () => {
      const wednesday = '2026-07-01'
      const blocked = (await search(`from=${wednesday}&to=${wednesday}`)).filter(
        ({ startsAt, practitionerId }) =>
          practitionerId.endsWith('12') && startsAt >= `${wednesday}T15:30:00.000Z`,
      )
      expect(blocked).to.deep.equal([])
      await whenIt('2026-08-03T08:20:00Z', async () => {
        const day = 'from=2026-08-03&to=2026-08-03'
        expect((await search(day))[0]?.startsAt).to.equal('2026-08-03T09:30:00.000Z')
        expect((await search(day, rita.headers))[0]?.startsAt).to.equal('2026-08-03T08:15:00.000Z')
      })
    })

    it('keeps to the clock on the wall around a DST night, and knows 29 February', async () => {
      const first = async (date: string) => (await search(`from=${date}&to=${date}`))[0]?.startsAt
      await whenIt('2027-03-01T08:00:00Z', async () => {
        expect(await first('2027-03-27')).to.equal('2027-03-27T09:00:00.000Z')
        expect(await first('2027-03-28')).to.equal('2027-03-28T08:00:00.000Z')
        expect(await first('2027-03-29')).to.equal('2027-03-29T08:00:00.000Z')
      })
      await whenIt('2028-02-28T18:00:00Z', async () => {
        expect(await first('2028-02-29')).to.equal('2028-02-29T09:00:00.000Z')
      })
      expectCode(
        await get('searchAvailability?siteId=1&from=2027-02-29&to=2027-03-01'),
        400,
        'INVALID_REQUEST',
      )
    })

    it('names each thing that is wrong with a search', async () => {
      const ask = async (query: string, headers?: Record<string, string>) =>
        await get(`searchAvailability?${query}`, headers)
      const day = `from=${free}&to=${free}`
      expectCode(await ask(`siteId=99&${day}`), 404, 'UNKNOWN_SITE')
      expectCode(await ask(`siteId=2&${day}`, ben.headers), 404, 'UNKNOWN_SITE')
      expectCode(await ask(`siteId=1&${day}`, sam.headers), 404, 'UNKNOWN_SITE')
      expectCode(await ask(`siteId=1&${day}&groupId=9`), 404, 'UNKNOWN_GROUP')
      expectCode(await ask(`siteId=1&groupId=2&${day}`), 404, 'UNKNOWN_SITE')
      expectCode(await ask(`siteId=1&${day}&reasonId=${randomUUID()}`), 422, 'UNKNOWN_REFERENCE')
      expectCode(await ask(`siteId=1&${day}&practitionerId=${randomUUID()}`), 422, 'UNKNOWN_REFERENCE')
      expectCode(await ask(`siteId=1&${day}&durationMinutes=20`), 422, 'DURATION_NOT_SLOT_MULTIPLE')
      const byPhone = `reasonId=${reason('Farm visit')}`
      expectCode(await ask(`siteId=1&${day}&${byPhone}`), 422, 'ONLINE_BOOKING_DISALLOWED')
      expect((await ask(`siteId=1&${day}&${byPhone}`, rita.headers)).status).to.equal(200)
      const long = `reasonId=${reason('Lameness examination')}&durationMinutes=15`
      expectCode(await ask(`siteId=1&${day}&${long}`), 422, 'DURATION_TOO_SHORT')
      for (const bad of [
        `siteId=1&from=${free}`,
        `siteId=1&from=2026-07-20&to=2026-07-19`,
        'siteId=1&from=2026-07-01&to=2026-09-01',
        `siteId=0&${day}`,
        `siteId=1&${day}&durationMinutes=0`,
        `siteId=1&${day}&colour=red`,
      ])
        expectCode(await ask(bad), 400, 'INVALID_REQUEST')
      const { body } = await ask(`${day}&durationMinutes=soon`)
      expect(body['errors']).to.deep.equal([
        { path: 'query.siteId', message: 'is required' },
        { path: 'query.durationMinutes', message: 'must be a number' },
      ])
    })
  })

  describe('who may call', () => {
    it('is a server key, or staff; not an app key, a customer or nobody', async () => {
      const query = `searchAvailability?siteId=1&from=${free}&to=${free}`
      const appKey = { ApiToken: await server.login('demo-app-key') }
      const carol = await server.signIn('carol@example.com')
      expectCode(await get(query, {}), 401, 'TOKEN_MISSING')
      expectCode(await get(query, { ApiToken: 'nonsense' }), 401, 'TOKEN_INVALID')
      expectCode(await get(query, appKey), 403, 'SERVER_KEY_REQUIRED')
      expectCode(await get(query, carol.headers), 403, 'ROLE_NOT_ALLOWED')
      for (const [method, path] of [
        ['POST', 'createAppointment'],
        ['PUT', `updateAppointment/${randomUUID()}`],
        ['POST', `cancelAppointment/${randomUUID()}`],
      ] as const)
        expectCode(await send(method, path, wanted({ startsAt: at('10:00') }), {}), 401, 'TOKEN_MISSING')
      expect((await get(query, { ...rita.headers, ...appKey })).status).to.equal(200)
    })
  })

  describe('createAppointment', () => {
    it('makes one appointment of a request that is repeated under its key', async () => {
      const headers = { ...key, 'Idempotency-Key': randomUUID() }
      const first = await create({ startsAt: at('09:00') }, headers)
      const again = await create({ startsAt: at('09:00') }, headers)
      expect(first.status, first.text).to.equal(201)
      expect(again.body['id']).to.equal(first.body['id'])
      expectCode(await create({ startsAt: at('09:15') }, headers), 422, 'IDEMPOTENCY_KEY_REUSED')
      expectCode(await create({ startsAt: at('09:00') }), 409, 'SLOT_TAKEN')
    })

    it('offers the nearest free times where somebody has this one', async () => {
      expect((await create({ startsAt: at('10:00') })).status).to.equal(201)
      const { status, body } = await create({ startsAt: at('10:00') })
      expect(status).to.equal(409)
      const alternatives = body['alternatives'] as Slot[]
      expect(alternatives).to.have.length(6)
      const now = Date.parse(at('10:00'))
      const distances = alternatives.map(({ startsAt }) => Math.abs(Date.parse(startsAt) - now))
      expect(distances).to.deep.equal([...distances].sort((a, b) => a - b))
      const [nearest] = alternatives
      expect((await create({ ...nearest, practitionerName: undefined })).status).to.equal(201)
    })

    it('sees what was booked by an upload, and at another site', async () => {
      const startsAt = new Date(Date.parse(at('11:00'))).toISOString()
      const endsAt = new Date(Date.parse(at('11:15'))).toISOString()
      const editedAt = new Date(server.clock.now).toISOString()
      const data = { siteId: 2, practitionerId: amelia, clientId, animalIds, startsAt, endsAt }
      const { body } = await server.request('/v2/mobile/uploadAppointmentItems', {
        json: {
          ...{ deviceId: 'd', batchId: 'b', sentAt: editedAt },
          items: [{ clientItemId: randomUUID(), editedAt, data }],
        },
        headers: rita.headers,
      })
      expect((body['results'] as Json[])[0]?.['outcome']).to.equal('CREATED')
      expectCode(await create({ startsAt: at('11:00') }), 409, 'SLOT_TAKEN')
    })

    it('takes the reason in words from staff, and the slot that runs', async () => {
      const own = { reasonId: undefined, reasonText: 'Ate a sock' }
      await whenIt(at('10:36', '2026-07-21'), async () => {
        const startsAt = at('10:30', '2026-07-21')
        expectCode(await create({ ...own, startsAt }), 422, 'REASON_REQUIRED')
        expectCode(await create({ startsAt }), 422, 'IN_THE_PAST')
        const blank = await create({ ...own, startsAt, reasonText: '  ' }, rita.headers)
        expectCode(blank, 422, 'REASON_REQUIRED')
        const made = await create({ ...own, startsAt }, rita.headers)
        expect(made.status, made.text).to.equal(201)
        expect(made.body).to.include({ onlineBooking: false, reasonText: 'Ate a sock' })
      })
    })

    it('names the rule that is broken', async () => {
      const date = '2026-07-22'
      const time = (from: string, to?: string) => ({
        startsAt: at(from, date),
        ...(to === undefined ? {} : { endsAt: at(to, date) }),
      })
      expectCode(await create(time('08:45')), 422, 'OUTSIDE_HOURS')
      expectCode(await create(time('12:30')), 422, 'OUTSIDE_HOURS')
      expectCode(await create(time('12:15', '13:45')), 422, 'OUTSIDE_HOURS')
      expectCode(await create(time('14:00')), 422, 'OUTSIDE_HOURS')
      expectCode(await create(time('09:00', '09:20')), 422, 'DURATION_NOT_SLOT_MULTIPLE')
      expectCode(await create(time('09:05')), 422, 'DURATION_NOT_SLOT_MULTIPLE')
      const backwards = await create(time('09:15', '09:00'))
      expectCode(backwards, 422, 'DURATION_NOT_SLOT_MULTIPLE')
      expect(backwards.body['detail']).to.equal('The end is before the start.')
      const lameness = { reasonId: reason('Lameness examination') }
      expectCode(await create({ ...time('09:00', '09:15'), ...lameness }), 422, 'DURATION_TOO_SHORT')
      expectCode(await create({ ...time('09:00'), reasonId: null }), 422, 'REASON_REQUIRED')
      expectCode(
        await create({ ...time('09:00'), reasonId: reason('Farm visit') }),
        422,
        'ONLINE_BOOKING_DISALLOWED',
      )
      expectCode(await create({ startsAt: '2026-06-15T09:30:00+01:00' }), 422, 'ONLINE_BOOKING_DISALLOWED')
      expectCode(await create({ startsAt: '2027-06-15T09:30:00+01:00' }), 422, 'ONLINE_BOOKING_DISALLOWED')
      expectCode(await create({ startsAt: '2026-06-14T10:30:00+01:00' }), 422, 'IN_THE_PAST')
      for (const field of ['reasonId', 'clientId', 'practitionerId'])
        expectCode(await create({ ...time('09:00'), [field]: randomUUID() }), 422, 'UNKNOWN_REFERENCE')
      expectCode(await create({ ...time('09:00'), animalIds: [randomUUID()] }), 422, 'UNKNOWN_REFERENCE')
      expectCode(await create({ ...time('09:00'), siteId: 99 }), 404, 'UNKNOWN_SITE')
    })

    it('books nobody who has left, and no animal that has died or is another client’s', async () => {
      const group = await server.context.groups.get(1)
      const others = await group.db.range({ from: 'client:', to: 'client:\uffff', limit: 10 })
      const other = others.find((doc) => doc._id !== `client:${clientId}`)
      const theirs = await group.index.lookup(['client.animals', other?._id.slice(7) ?? ''])
      const startsAt = at('09:00', '2026-07-23')
      const foreign = await create({ startsAt, animalIds: [theirs[0]?.[0]] })
      expectCode(foreign, 422, 'UNKNOWN_REFERENCE')
      const change = async (id: string, fields: Json) => {
        const doc = await group.db.get(id)
        if (doc) await group.db.write([{ ...doc, ...fields }])
      }
      await change(`animal:${animalIds[0]}`, { deceasedAt: '2026-06-01' })
      expectCode(await create({ startsAt }), 422, 'ANIMAL_DECEASED')
      await change(`animal:${animalIds[0]}`, { deceasedAt: null })
      await change(`client:${clientId}`, { deactivated: true })
      expectCode(await create({ startsAt }), 422, 'CLIENT_DEACTIVATED')
      await change(`client:${clientId}`, { deactivated: false })
      expect((await create({ startsAt })).status).to.equal(201)
    })

    it('refuses each required field that is missing, each out of range, and any unknown one', async () => {
      const startsAt = at('09:00', '2026-07-24')
      for (const field of ['siteId', 'practitionerId', 'clientId', 'startsAt'])
        expectCode(await create({ startsAt, [field]: undefined }), 400, 'INVALID_REQUEST')
      for (const fields of [
        { siteId: 0 },
        { siteId: '1' },
        { practitionerId: 'amelia' },
        { startsAt: '2026-07-24' },
        { startsAt: '2026-02-29T09:00:00Z' },
        { endsAt: 'later' },
        { notes: 'x'.repeat(20_001) },
        { reasonText: 'x'.repeat(201) },
        { animalIds: Array.from({ length: 51 }, () => randomUUID()) },
        { status: 'ARRIVED' },
        { onlineBooking: 'yes' },
      ])
        expectCode(await create({ startsAt, ...fields }), 400, 'INVALID_REQUEST')
    })

    it('takes an animal that is named twice as one', async () => {
      const twice = [...animalIds, ...animalIds]
      const made = await create({ startsAt: at('09:30', '2026-07-24'), animalIds: twice })
      expect(made.status, made.text).to.equal(201)
      expect(made.body['animalIds']).to.deep.equal(animalIds)
    })

    it('keeps names and notes in any writing', async () => {
      const notes = `${'ن'.repeat(5000)}${'🐎'.repeat(2500)}`
      const made = await create({ startsAt: at('09:15', '2026-07-24'), notes })
      expect(made.status).to.equal(201)
      expect(made.body['notes']).to.equal(notes)
    })
  })

  describe('updateAppointment', () => {
    const date = '2026-07-27'
    const update = (id: unknown, json: Json, headers: Record<string, string> = key) =>
      send('PUT', `updateAppointment/${String(id)}`, json, headers)
    const starts = async () =>
      (await search(`from=${date}&to=${date}&practitionerId=${amelia}`)).map(({ startsAt }) =>
        Date.parse(startsAt),
      )

    it('moves to a free time, keeps the length, and frees the old time', async () => {
      const { body } = await create({ startsAt: at('09:00', date), endsAt: at('09:30', date) })
      expect(await starts()).not.to.include(Date.parse(at('09:00', date)))
      const moved = await update(body['id'], { startsAt: at('09:15', date) })
      expect(moved.status, moved.text).to.equal(200)
      expect(Date.parse(String(moved.body['endsAt']))).to.equal(Date.parse(at('09:45', date)))
      const now = await starts()
      expect(now).to.include(Date.parse(at('09:00', date)))
      expect(now).not.to.include(Date.parse(at('09:30', date)))
      const gone = await update(body['id'], { startsAt: at('10:00', '2026-07-28') })
      expect(gone.status).to.equal(200)
      expect(await starts()).to.include(Date.parse(at('09:15', date)))
    })

    it('changes nothing where the time is taken or outside the hours', async () => {
      const { body: one } = await create({ startsAt: at('11:00', date) })
      const { body: two } = await create({ startsAt: at('11:15', date) })
      const refused = await update(one['id'], { startsAt: two['startsAt'] })
      expectCode(refused, 409, 'SLOT_TAKEN')
      expect(refused.body['alternatives']).to.be.an('array').that.is.not.empty
      expectCode(await update(one['id'], { startsAt: at('20:00', date) }), 422, 'OUTSIDE_HOURS')
      const { body } = await update(one['id'], { notes: 'Nervous' })
      expect(body).to.include({ startsAt: one['startsAt'], notes: 'Nervous' })
    })

    it('takes the time that a new reason needs, by the rules by which it would be booked', async () => {
      const day = '2026-08-04'
      const lameness = reason('Lameness examination')
      const booked = async (time: string, headers?: Record<string, string>) => {
        const made = await create({ startsAt: at(time, day) }, headers)
        expect(made.status, made.text).to.equal(201)
        return made.body
      }
      const endOf = ({ body, text }: Answer) => {
        expect(body['reasonId'], text).to.equal(lameness)
        return Date.parse(String(body['endsAt']))
      }
      for (const [time, end, headers] of [
        ['09:00', '09:30', key],
        ['10:00', '10:30', rita.headers],
      ] as const) {
        const { id } = await booked(time)
        const changed = await update(id, { groupId: 1, reasonId: lameness }, headers)
        expect(endOf(changed)).to.equal(Date.parse(at(end, day)))
        expectCode(await create({ startsAt: at(`${time.slice(0, 2)}:15`, day) }), 409, 'SLOT_TAKEN')
        const moved = await update(id, { startsAt: at(`${time.slice(0, 2)}:15`, day) }, headers)
        expect(endOf(moved)).to.equal(Date.parse(at(end, day)) + 15 * 60_000)
      }
      const { body: next } = await create({ startsAt: at('11:15', day) })
      const { id } = await booked('11:00')
      const taken = await update(id, { reasonId: lameness })
      expectCode(taken, 409, 'SLOT_TAKEN')
      for (const { startsAt, endsAt } of taken.body['alternatives'] as Slot[])
        expect(Date.parse(endsAt) - Date.parse(startsAt)).to.equal(30 * 60_000)
      const short = { reasonId: lameness, endsAt: next['startsAt'] }
      expectCode(await update(id, short), 422, 'DURATION_TOO_SHORT')
      expect((await update(id, { notes: 'Asked' })).body).to.include({ reasonId: reason('Consultation') })
      expect(endOf(await update(id, short, rita.headers))).to.equal(Date.parse(at('11:15', day)))
      expect(endOf(await update(id, { notes: 'Short' }))).to.equal(Date.parse(at('11:15', day)))
    })

    it('keeps the time where the new reason needs no more of it, or staff say it afterwards', async () => {
      const day = '2026-08-05'
      const long = { startsAt: at('09:00', day), reasonId: reason('Lameness examination') }
      const { body } = await create(long)
      const changed = await update(body['id'], { reasonId: reason('Consultation') })
      expect(changed.body).to.include({ reasonId: reason('Consultation'), endsAt: body['endsAt'] })
      const short = await create({ startsAt: at('10:00', day) })
      await whenIt(at('10:05', day), async () => {
        const late = await update(short.body['id'], { reasonId: long.reasonId }, rita.headers)
        expect(late.body, late.text).to.include({ reasonId: long.reasonId, endsAt: short.body['endsAt'] })
      })
    })

    it('answers a stale revision, where none of those sent is the present one, with the record as it is', async () => {
      const { body } = await create({ startsAt: at('11:45', date) })
      const ifMatch = { ...key, 'If-Match': `"1-aa", "${String(body['revision'])}"` }
      expect((await update(body['id'], { notes: 'First' }, ifMatch)).status).to.equal(200)
      const late = await update(body['id'], { startsAt: at('12:00', date) }, ifMatch)
      expectCode(late, 409, 'STALE_REVISION')
      expect(late.body['record']).to.include({ id: body['id'], notes: 'First' })
      expect(await starts()).to.include(Date.parse(at('12:00', date)))
    })

    it('finds nothing of another group, and refuses what is none of its fields', async () => {
      const { body } = await create({ startsAt: at('09:45', '2026-07-28') })
      expectCode(await update(body['id'], { notes: 'Mine' }, sam.headers), 404, 'NOT_FOUND')
      expectCode(await update(body['id'], { notes: 'Mine', groupId: 2 }), 404, 'NOT_FOUND')
      expectCode(await update(randomUUID(), { notes: 'Mine' }), 404, 'NOT_FOUND')
      for (const json of [{}, { status: 'PAID' }, { startsAt: 'soon' }, { groupId: 1 }])
        expectCode(await update(body['id'], json), 400, 'INVALID_REQUEST')
      expectCode(await update('not-a-uuid', { notes: 'x' }), 400, 'INVALID_REQUEST')
    })
  })

  describe('cancelAppointment', () => {
    const date = '2026-07-29'
    const cancel = (id: unknown, json: Json = {}, headers: Record<string, string> = key) =>
      send('POST', `cancelAppointment/${String(id)}`, json, headers)

    it('frees the time, says why, and does it once', async () => {
      const { body } = await create({ startsAt: at('09:00', date) })
      const headers = { ...key, 'Idempotency-Key': randomUUID() }
      const { body: list } = await get('reasons?siteId=1')
      const [why] = list['cancellationReasons'] as Json[]
      const json = { reasonId: why?.['reasonId'], note: 'Better' }
      const first = await cancel(body['id'], json, headers)
      expect(first.status, first.text).to.equal(200)
      expect(first.body).to.include({ status: 'CANCELLED' })
      expect(first.body['cancellation']).to.include({ note: 'Better', reasonId: why?.['reasonId'] })
      expect((await cancel(body['id'], json, headers)).body).to.deep.equal(first.body)
      expect((await cancel(body['id'])).body['revision']).to.equal(first.body['revision'])
      expect((await create({ startsAt: at('09:00', date) })).status).to.equal(201)
      expectCode(
        await send('PUT', `updateAppointment/${String(body['id'])}`, { startsAt: at('10:00', date) }),
        422,
        'APPOINTMENT_CLOSED',
      )
    })

    it('refuses what has begun, a stale revision, an unknown reason and another group', async () => {
      const { body } = await create({ startsAt: at('10:30', date) })
      expectCode(await cancel(body['id'], { reasonId: randomUUID() }), 422, 'UNKNOWN_REFERENCE')
      expectCode(await cancel(body['id'], { why: 'x' }), 400, 'INVALID_REQUEST')
      expectCode(await cancel(body['id'], {}, sam.headers), 404, 'NOT_FOUND')
      const sentAt = new Date(server.clock.now).toISOString()
      const changes = { status: { from: 'BOOKED', to: 'IN_TREATMENT' } }
      const edit = { id: body['id'], baseRevision: body['revision'], editedAt: sentAt, changes }
      await server.request('/v2/mobile/uploadAppointmentItems', {
        json: {
          ...{ deviceId: 'd', batchId: 'b', sentAt },
          items: [{ clientItemId: randomUUID(), ...edit }],
        },
        headers: rita.headers,
      })
      const stale = { ...key, 'If-Match': String(body['revision']) }
      expectCode(await cancel(body['id'], {}, stale), 409, 'STALE_REVISION')
      expectCode(await cancel(body['id']), 422, 'APPOINTMENT_CLOSED')
    })
  })
})
