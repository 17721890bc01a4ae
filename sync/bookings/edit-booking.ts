/** What changing and cancelling a booking have in common: an edit of exactly the revision that was looked at. */
import { visible } from '../feed/present.ts'
import type { Group } from '../group.ts'
import { StoreUnavailable } from '../store/port.ts'
import { bareId, docId, type RecordDoc } from '../write/document.ts'
import type { Booked } from './book.ts'
import { ledgerDay, releaseEntry } from './ledger.ts'
import type { WholeBooking } from './ledger-entry.ts'
import { practitionerOf } from './references.ts'
import { refused, type Refused } from './refusal.ts'
import { ledgerOf, type BookingFor, type Setting } from './setting.ts'
import { writeBooking } from './settle.ts'

const maxTries = 20

export interface Addressed {
  appointmentId: string
  /** A UUID of the edit's own: the same again changes nothing a second time. */
  editId: string
  /** The revisions of which the caller has seen one (`If-Match`); without it the change is laid on whatever stands. */
  expected?: readonly string[] | undefined
}

export type Changed =
  | Booked
  | Refused
  /** Somebody else wrote it since `expected`. */
  | { outcome: 'stale'; appointment: RecordDoc }
  /** There is none, or the actor may not see it. */
  | { outcome: 'missing' }

/** Tries until nobody writes in between; the caller's revision is looked at each time. */
export const withCurrent = async (
  group: Group,
  who: BookingFor,
  { appointmentId, editId, expected }: Addressed,
  attempt: (doc: RecordDoc) => Promise<'again' | Booked | Refused>,
): Promise<Changed> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const doc = await read(group, appointmentId)
    if (!doc || !visible(doc, who.actor)) return { outcome: 'missing' }
    if (doc.applied?.some(({ id }) => id === editId)) return { outcome: 'booked', appointment: doc }
    if (expected?.includes(doc._rev) === false) return { outcome: 'stale', appointment: doc }
    const done = await attempt(doc)
    if (done !== 'again') return done
  }
  throw new StoreUnavailable('An appointment is written too often to change it')
}

const read = async (group: Group, id: string): Promise<RecordDoc | undefined> =>
  (await group.db.get(docId('appointment', id))) as RecordDoc | undefined

/** Writes the edit on exactly the revision that it was made for. */
export const write = async (
  group: Group,
  doc: RecordDoc,
  booking: WholeBooking,
): Promise<'again' | Booked | Refused> => {
  const result = await writeBooking(group, booking, (standing) => standing._rev === doc._rev)
  const [error] = result?.outcome === 'REJECTED' ? (result.errors ?? []) : []
  if (error?.code === 'STALE_REVISION') return 'again'
  if (error) return refused('UNKNOWN_REFERENCE', error.message, error.path)
  const appointment = await read(group, bareId(doc._id))
  return appointment ? { outcome: 'booked', appointment } : 'again'
}

export interface Edit {
  editId: string
  values: Record<string, unknown>
  served: Record<string, unknown>
}

export const editOf = (group: Group, { actor }: BookingFor, doc: RecordDoc, edit: Edit): WholeBooking => {
  const changes = Object.fromEntries(
    Object.entries(edit.values).map(([field, to]) => [field, { from: doc[field] ?? null, to }]),
  )
  const { userId, siteIds, practitionerId } = actor
  const times = { baseRevision: doc._rev, editedAt: new Date(group.now()).toISOString() }
  return {
    actor: { userId, siteIds, practitionerId },
    item: { clientItemId: edit.editId, id: bareId(doc._id), ...times, changes },
    served: edit.served,
  }
}

const over = new Set(['CANCELLED', 'FAILED_TO_SHOW', 'TREATED', 'PAID'])

/** Whether nothing is to come of an appointment any more. */
export const isOver = (doc: RecordDoc): boolean => over.has(String(doc['status']))

/** Lets go of the entry that an appointment had, unless it is the one that it has now. */
export const releaseOf = async (
  group: Group,
  sites: Setting['sites'],
  doc: RecordDoc,
  now?: { practitionerId: string; date: string },
): Promise<void> => {
  const practitioner = await practitionerOf(group, String(doc['practitionerId']))
  if (!practitioner) return
  const time = { from: Date.parse(String(doc['startsAt'])), to: Date.parse(String(doc['endsAt'])) }
  const date = ledgerDay(ledgerOf(sites, practitioner), time)
  const { practitionerId } = practitioner
  if (date === undefined || (practitionerId === now?.practitionerId && date === now.date)) return
  const appointmentId = bareId(doc._id)
  await releaseEntry(group, { practitionerId, date, appointmentId, before: (doc.bookings ?? 0) + 1 })
}
