/** What a record's fields were when it was made, from its history. */
import type { Database } from '../store/port.ts'
import { bareId, type RecordDoc } from './document.ts'
import type { HistoryDoc } from './edit.ts'

/**
 * The first values of `fields`: what the earliest edit of each replaced, or the present value where none did.
 * Entries without a commit (of a generation that something else took) say the same, as they replaced the same.
 */
export const firstValues = async (
  db: Database,
  doc: RecordDoc,
  fields: readonly string[],
): Promise<Record<string, unknown>> => {
  const prefix = `history:${bareId(doc._id)}:`
  const entries = (await db.range({ from: prefix, to: `${prefix}\uffff` })) as unknown as HistoryDoc[]
  entries.sort((a, b) => a.generation - b.generation)
  return Object.fromEntries(
    fields.map((field) => {
      const earliest = entries.find((entry) => Object.hasOwn(entry.replaced, field))
      return [field, earliest ? earliest.replaced[field] : (doc[field] ?? null)]
    }),
  )
}
