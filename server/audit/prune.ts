/**
 * Removes the oldest blocks when their time of keeping is over. An entry of the chain says up to where before anything
 * is removed, so that a sealed block vouches for what is not there any more.
 */
import type { Database } from '../../sync/store/port.ts'
import { blockPrefix, blocksFrom } from './block.ts'
import type { NewEntry } from './entry.ts'

const page = 500

export interface Pruning {
  db: Database
  /** ISO 8601: blocks of earlier times go. */
  before: string
  /** Resolves when the entry is on disk. */
  told: (entry: NewEntry) => Promise<unknown>
}

/** How many blocks were removed. */
export const prune = async ({ db, before, told }: Pruning): Promise<number> => {
  const range = { from: blockPrefix, to: blocksFrom(before) }
  const [newest] = await db.range({ ...range, limit: 1, descending: true })
  if (!newest) return 0
  await told({ kind: 'AUDIT_PRUNED', actor: { kind: 'server' }, detail: { upTo: newest._id } })
  let removed = 0
  for (let more = true; more;) {
    const old = await db.range({ ...range, limit: page })
    if (old.length > 0) await db.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
    removed += old.length
    more = old.length === page
  }
  return removed
}
