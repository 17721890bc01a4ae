/** What a foreign client's edit is based on: the newest of its revisions that stands here, and what was shown there. */
import { fieldsOf } from '../../merge/policy.ts'
import type { Database, Leaf } from '../../store/port.ts'
import { fieldsOfDoc } from '../../write/edit.ts'
import { generationOf, type RecordDoc } from '../../write/document.ts'
import type { WritableType } from '../../write/items.ts'
import { revsOf } from '../../store/winning.ts'
import { valuesAt } from '../../write/values-at.ts'

export interface Base {
  values: Record<string, unknown>
  /** The revision up to which the client had seen what others wrote, as the write path takes it. */
  revision: string | null
  /** The client had seen everything that the record is now. */
  current: boolean
}

/**
 * @param line the client's revision and those it came from, newest first
 * @returns undefined where none of them stands here
 */
export const baseOf = async (
  db: Database,
  { type, doc, leaves }: { type: WritableType; doc: RecordDoc; leaves: readonly Leaf[] },
  line: readonly string[],
): Promise<Base | undefined> => {
  const winning = new Set(
    leaves.flatMap(({ doc: { _rev }, revisions }) => (_rev === doc._rev ? revsOf(revisions) : [])),
  )
  const known = new Set(leaves.flatMap(({ revisions }) => revsOf(revisions)))
  const rev = line.find((one) => known.has(one))
  if (rev === undefined) return undefined
  const kept = doc.replicated?.bases.find((base) => base.rev === rev)
  const saw = kept?.saw ?? line.find((one) => winning.has(one)) ?? null
  const fields = Object.keys(fieldsOf(type))
  const there = winning.has(rev) ? rev : saw
  const values =
    there === doc._rev
      ? fieldsOfDoc(doc)
      : there !== null && winning.has(there)
        ? await valuesAt(db, doc, fields, generationOf(there))
        : {}
  return {
    values: { ...values, ...kept?.showed },
    revision: saw === '' ? null : saw,
    current: rev === doc._rev,
  }
}
