/** Appointments of one practitioner that overlap: kept, and shown as a clash (I6). */
import { sortableInstant } from '../feed/entries.ts'
import type { Index } from '../feed/index-store.ts'
import type { Database, StoredDoc } from '../store/port.ts'
import { bareId, docId } from './document.ts'

/** No appointment is longer; bounds the search for one that began before. */
const longestMs = 24 * 3_600_000
const notHeld = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

const overlaps = (a: StoredDoc, b: StoredDoc): boolean =>
  sortableInstant(a['startsAt']) < sortableInstant(b['endsAt']) &&
  sortableInstant(b['startsAt']) < sortableInstant(a['endsAt'])

const held = (doc: StoredDoc): boolean => !notHeld.has(String(doc['status']))

/**
 * Bare ids of the appointments that overlap `appointment` and hold their time, besides itself.
 * @param beside appointments of the same batch, not in the store yet
 */
export const clashesOf = async (
  { db, index }: { db: Database; index: Index },
  appointment: StoredDoc,
  beside: readonly StoredDoc[],
): Promise<string[]> => {
  if (!held(appointment)) return []
  const start = Date.parse(String(appointment['startsAt']))
  const found = await index.lookup(['appointment.practitioner', String(appointment['practitionerId'])], {
    from: new Date(start - longestMs).toISOString(),
    to: sortableInstant(appointment['endsAt']),
  })
  const docs = await db.getMany(found.map((parts) => docId('appointment', parts[1] ?? '')))
  const others = new Map<string, StoredDoc>()
  for (const doc of docs) if (doc) others.set(doc._id, doc)
  for (const doc of beside) others.set(doc._id, doc)
  others.delete(appointment._id)
  return [...others.values()]
    .filter(
      (doc) =>
        held(doc) && doc['practitionerId'] === appointment['practitionerId'] && overlaps(doc, appointment),
    )
    .map((doc) => bareId(doc._id))
    .sort()
}
