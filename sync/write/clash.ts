/** Appointments of one practitioner that overlap: kept, and shown as a clash (I6). */
import { holdsTime, sortableInstant } from '../feed/entries.ts'
import type { Index } from '../feed/index-store.ts'
import type { StoredDoc } from '../store/port.ts'
import { bareId } from './document.ts'

/** No appointment is longer; bounds the search for one that began before. */
const longestMs = 24 * 3_600_000

/**
 * Bare ids of the appointments that overlap `appointment` and hold their time, besides itself.
 * @param beside appointments of the same batch, not in the store yet
 */
export const clashesOf = async (
  { index }: { index: Index },
  appointment: StoredDoc,
  beside: readonly StoredDoc[],
): Promise<string[]> => {
  if (!holdsTime(appointment)) return []
  const [start, end] = [sortableInstant(appointment['startsAt']), sortableInstant(appointment['endsAt'])]
  const practitioner = String(appointment['practitionerId'])
  const found = await index.lookup(['booking', practitioner], {
    from: new Date(Date.parse(start) - longestMs).toISOString(),
    to: end,
  })
  const others = new Set<string>()
  for (const [, endsAt = '', , id = ''] of found) if (endsAt > start) others.add(id)
  for (const doc of beside) {
    const overlaps = sortableInstant(doc['startsAt']) < end && start < sortableInstant(doc['endsAt'])
    const here = holdsTime(doc) && doc['practitionerId'] === practitioner
    if (overlaps && here) others.add(bareId(doc._id))
    else others.delete(bareId(doc._id))
  }
  others.delete(bareId(appointment._id))
  return [...others].sort()
}
