/** A practice with ten vets at a site and full diaries, as many days of them as asked for; in this process. */
import { randomUUID } from 'node:crypto'
import { calendarOf, datePlus, weekdayOf } from '../../sync/bookings/calendar.ts'
import type { LedgerDoc } from '../../sync/bookings/ledger-entry.ts'
import type { Group } from '../../sync/group.ts'
import type { NewDoc } from '../../sync/store/port.ts'
import { demoRecord } from '../../server/demo/records.ts'
import { startServer, type SignedIn, type TestServer } from '../support/server.ts'

export const vets = 10
/** Of the vets, each working day, of a quarter of an hour: a little more than half of the day's slots. */
const bookedADay = 16
const [batch, slotMs] = [2000, 15 * 60_000]
const now = Date.parse('2026-06-15T06:00:00Z')
const calendar = calendarOf('Europe/London')
const stamp = { groupId: 1, at: new Date(now).toISOString() }

export interface LargePractice extends AsyncDisposable {
  server: TestServer
  group: Group
  reception: SignedIn
  /** Some change in the group, so that nothing that was read before is kept. */
  touch(): Promise<void>
}

const site = async (group: Group): Promise<void> => {
  const practitioners = (
    await group.db.range({ from: 'reference:practitioner:', to: 'reference:practitioner:\uffff' })
  ).map((doc) => ({ ...doc, active: false }))
  await group.db.write(practitioners)
}

const vetsOf = (): { id: string; doc: NewDoc }[] =>
  Array.from({ length: vets }, (_, n) => {
    const id = randomUUID()
    const fields = {
      kind: 'practitioner',
      practitionerId: id,
      name: `Vet ${n + 1}`,
      active: true,
      onlineBooking: true,
    }
    return {
      id,
      doc: demoRecord('reference', `practitioner:${id}`, stamp, { siteIds: [1], ...fields, rota: null }),
    }
  })

interface Patient {
  clientId: string
  animalId: string
}

/** A vet's day: appointments with a slot free here and there, and the ledger that booking them left. */
const dayOf = (practitionerId: string, date: string, patients: readonly Patient[]) => {
  const opens = calendar.at(date, '09:00')
  const free = (n: number): boolean => n >= 14 && n < 16
  const appointments = Array.from({ length: bookedADay }, (_, n) => {
    const from = opens + (n * 2 + (n % 3 === 0 ? 1 : 0)) * slotMs + (free(n) ? slotMs : 0)
    const { clientId, animalId } = patients[(n * 7 + Number(date.slice(8))) % patients.length] ?? {
      clientId: '',
      animalId: '',
    }
    const times = { startsAt: new Date(from).toISOString(), endsAt: new Date(from + slotMs).toISOString() }
    const id = randomUUID()
    return {
      entry: { appointmentId: id, from, to: from + slotMs, bookings: 1 },
      doc: demoRecord('appointment', id, stamp, {
        ...{ siteIds: [1], siteId: 1, practitionerId, clientId, animalIds: [animalId], ...times },
        ...{ status: 'BOOKED', reasonId: null, reasonText: 'Consultation', notes: null },
        ...{ statusTimes: { BOOKED: stamp.at }, onlineBooking: true, clash: null, bookings: 1 },
      }),
    }
  })
  const _id = `ledger:${practitionerId}:${date}`
  const entries = appointments.map(({ entry }) => entry)
  const ledger: Omit<LedgerDoc, '_rev'> = { _id, type: 'ledger', practitionerId, date, entries }
  return { appointments: appointments.map(({ doc }) => doc), ledger: ledger as NewDoc }
}

/** @param appointments how many there are, beginning two weeks before the first day that is free to search */
const diaries = async (group: Group, ids: readonly string[], appointments: number): Promise<void> => {
  const found = await group.db.range({ from: 'animal:', to: 'animal:\uffff', limit: 60 })
  const patients = found.map((doc) => ({ clientId: String(doc['clientId']), animalId: doc._id.slice(7) }))
  const ledger = await group.ledger()
  let [docs, ledgers]: [NewDoc[], NewDoc[]] = [[], []]
  const write = async (): Promise<void> => {
    await Promise.all([group.db.write(docs), ledger.write(ledgers)])
    ;[docs, ledgers] = [[], []]
  }
  for (let made = 0, date = '2026-06-01'; made < appointments; date = datePlus(date, 1)) {
    if (weekdayOf(date) > 5) continue
    for (const id of ids) {
      const day = dayOf(id, date, patients)
      docs.push(...day.appointments.slice(0, appointments - made))
      ledgers.push(day.ledger)
      made += day.appointments.length
      if (made >= appointments) break
    }
    if (docs.length >= batch) await write()
  }
  await write()
}

export const openLargePractice = async (appointments: number): Promise<LargePractice> => {
  const server = await startServer({ clock: { now }, env: { CHECK_RESPONSES: '0' } })
  const group = await server.context.groups.get(1)
  await site(group)
  const all = vetsOf()
  await group.db.write(all.map(({ doc }) => doc))
  await diaries(
    group,
    all.map(({ id }) => id),
    appointments,
  )
  await group.index.catchUp()
  const reception = await server.signIn('rita.reception')
  return {
    ...{ server, group, reception },
    async touch() {
      await group.db.write([demoRecord('treatmentCode', `touch-${randomUUID()}`, stamp, { siteIds: [] })])
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
