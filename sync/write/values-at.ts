/** What a record's fields were at an earlier revision, from its history. */
import type { Database } from '../store/port.ts'
import { bareId, type RecordDoc } from './document.ts'
import type { HistoryDoc } from './edit.ts'

/**
 * The values of `fields` as of a generation: what the earliest edit behind it replaced, or the present value where
 * none did. Entries without a commit (of a generation that something else took) say the same, as they replaced
 * the same.
 * @param generation 1: as the record was made
 */
export const valuesAt = async (
  db: Database,
  doc: RecordDoc,
  fields: readonly string[],
  generation: number,
): Promise<Record<string, unknown>> => {
  const prefix = `history:${bareId(doc._id)}:`
  const entries = (await db.range({ from: prefix, to: `${prefix}\uffff` })) as unknown as HistoryDoc[]
  const later = entries
    .filter((entry) => entry.generation > generation)
    .sort((a, b) => a.generation - b.generation)
  return Object.fromEntries(
    fields.map((field) => {
      const earliest = later.find((entry) => Object.hasOwn(entry.replaced, field))
      return [field, earliest ? earliest.replaced[field] : (doc[field] ?? null)]
    }),
  )
}
