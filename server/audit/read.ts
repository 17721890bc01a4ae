/** Entries of the audit record, newest first. */
import type { AuditKind } from '../contract/audit-kinds.ts'
import type { Database } from '../../sync/store/port.ts'
import { blocksFrom, blocksUpTo, type BlockDoc } from './block.ts'
import type { Entry } from './entry.ts'

const page = 100
/** Blocks that one page looks at; it then ends early, with a place to go on from. */
const maxLooked = 2000
/** An entry may stand in a block that was written so much later. */
const lagMs = 3_600_000

export interface EntryQuery {
  /** ISO 8601, inclusive */
  from: string | undefined
  /** ISO 8601, exclusive */
  to: string | undefined
  kinds: readonly AuditKind[]
  /** A user's or a key's id. */
  actor: string | undefined
  /** Ids of which one has to be among an entry's subjects. */
  subjects: readonly string[]
  /** Where the page before ended. */
  after: EntryPlace | undefined
  limit: number
}

export interface EntryPlace {
  block: string
  /** Of the last entry told. */
  index: number
}

export interface EntryPage {
  entries: Entry[]
  /** Undefined where there are no more. */
  next: EntryPlace | undefined
}

const fits = (entry: Entry, { from, to, kinds, actor, subjects }: EntryQuery): boolean =>
  (from === undefined || entry.at >= from) &&
  (to === undefined || entry.at < to) &&
  (kinds.length === 0 || kinds.includes(entry.kind)) &&
  (actor === undefined || entry.actor.userId === actor || entry.actor.keyId === actor) &&
  (subjects.length === 0 || (entry.subjects ?? []).some(({ id }) => subjects.includes(id)))

const upperEnd = ({ to, after }: EntryQuery): string => {
  if (after) return after.block
  return to === undefined ? blocksUpTo('9') : blocksUpTo(new Date(Date.parse(to) + lagMs).toISOString())
}

export const readEntries = async (db: Database, query: EntryQuery): Promise<EntryPage> => {
  const entries: Entry[] = []
  const low = blocksFrom(query.from ?? '')
  let high = upperEnd(query)
  for (let looked = 0; looked < maxLooked; looked += page) {
    const blocks = (await db.range({ from: low, to: high, limit: page, descending: true })) as BlockDoc[]
    for (const block of blocks) {
      const end = block._id === query.after?.block ? query.after.index : block.entries.length
      for (let index = end - 1; index >= 0; index -= 1) {
        const entry = block.entries[index]
        if (entry && fits(entry, query)) entries.push(entry)
        if (entries.length === query.limit) return { entries, next: { block: block._id, index } }
      }
    }
    const last = blocks.at(-1)
    if (blocks.length < page || !last) return { entries, next: undefined }
    // Just below: the range's ends both count, and an id ends in a digit.
    high = `${last._id.slice(0, -1)}${String.fromCharCode((last._id.at(-1) ?? '0').charCodeAt(0) - 1)}\uffff`
    if (looked + page >= maxLooked) return { entries, next: { block: last._id, index: 0 } }
  }
  return { entries, next: undefined }
}
