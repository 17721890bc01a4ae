/**
 * What the ledger and the appointments say together, and the repair that every reader of the ledger does. An entry
 * that is newer than its appointment, or has none, is a booking whose server died before it wrote the appointment: it
 * is written now. Of any other entry the appointment tells what became of it.
 */
import { holdsTime } from '../feed/entries.ts'
import type { Group } from '../group.ts'
import type { StoredDoc } from '../store/port.ts'
import { clashing, mendClashesOf } from '../write/mend-clashes.ts'
import { docId, type RecordDoc } from '../write/document.ts'
import type { Interval } from './calendar.ts'
import { heldBy, type Held } from './held.ts'
import { overlap } from './intervals.ts'
import type { LedgerEntry, WholeBooking } from './ledger-entry.ts'

interface Question {
  practitionerId: string
  time: Interval
  /** What the ledger says of this time; read before this is asked. */
  entries: readonly LedgerEntry[]
}

const sameTime = (a: Held, b: Held | undefined): boolean =>
  a.from === b?.from && a.to === b.to && a.bookings === b.bookings

/** The time that a practitioner's appointments hold, each once. */
export const standingTime = async (
  group: Group,
  { practitionerId, time, entries }: Question,
): Promise<Held[]> => {
  const held = new Map<string, Held>()
  for (const one of await heldBy(group, practitionerId, time)) held.set(one.appointmentId, one)
  const doubtful = entries.filter((entry) => !sameTime(entry, held.get(entry.appointmentId)))
  const docs = await group.db.getMany(doubtful.map((entry) => docId('appointment', entry.appointmentId)))
  for (const [i, entry] of doubtful.entries()) {
    const doc = await settled(group, entry, docs[i] as RecordDoc | undefined)
    const now = doc && heldAt(doc, practitionerId)
    if (now && overlap(now, time)) held.set(entry.appointmentId, now)
    else held.delete(entry.appointmentId)
  }
  const taken = [...held.values()].sort((a, b) => a.from - b.from)
  await markClashes(group, taken)
  return taken
}

const heldAt = (doc: RecordDoc, practitionerId: string): Held | undefined =>
  holdsTime(doc) && doc['practitionerId'] === practitionerId
    ? {
        appointmentId: doc._id.slice('appointment:'.length),
        from: Date.parse(String(doc['startsAt'])),
        to: Date.parse(String(doc['endsAt'])),
        bookings: doc.bookings ?? 0,
      }
    : undefined

/** The entry's appointment, written where it was not yet. */
const settled = async (
  group: Group,
  { appointmentId, bookings, booking }: LedgerEntry,
  doc: RecordDoc | undefined,
): Promise<RecordDoc | undefined> => {
  if (!booking || (doc && (doc.bookings ?? 0) >= bookings)) return doc
  await writeBooking(group, booking, (standing) => (standing.bookings ?? 0) < bookings)
  return (await group.db.get(docId('appointment', appointmentId))) as RecordDoc | undefined
}

/** Writes a booking's appointment by the one write path. Whoever repeats it writes nothing a second time. */
export const writeBooking = async (
  group: Group,
  { actor, item, served }: WholeBooking,
  guard: (standing: RecordDoc) => boolean,
) => {
  const receivedAt = group.now()
  const [result] = await group.upload({
    ...{ type: 'appointment', actor, deviceId: null, sentAt: receivedAt, receivedAt, items: [item] },
    ...{ served: { [item.clientItemId]: served }, guard },
  })
  return result
}

/** Appointments that came by replication passed no write path, which would have shown their clashes. */
const markClashes = async (group: Group, taken: readonly Held[]): Promise<void> => {
  const pairs = new Map<string, string[]>()
  for (const [i, one] of taken.entries())
    for (const other of taken.slice(i + 1)) {
      if (other.from >= one.to) break
      for (const [a, b] of [
        [one, other],
        [other, one],
      ] as const)
        pairs.set(a.appointmentId, [...(pairs.get(a.appointmentId) ?? []), b.appointmentId])
    }
  if (pairs.size === 0) return
  const ids = [...pairs.keys()]
  const docs: (StoredDoc | undefined)[] = await group.db.getMany(ids.map((id) => docId('appointment', id)))
  const unmarked = ids.filter((id, i) => {
    const shown = clashing(docs[i])
    return pairs.get(id)?.some((other) => !shown.includes(other))
  })
  if (unmarked.length > 0) await mendClashesOf(group, unmarked, group.now())
}
