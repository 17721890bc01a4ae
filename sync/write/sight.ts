/** What a record knows of edits: which it holds already, and what the one that comes had seen. */
import type { Database } from '../store/port.ts'
import { bareId, generationOf, type RecordDoc } from './document.ts'
import { historyId } from './edit.ts'

/** Whether the record holds this edit already: its own list says so, or, for an old one, the history. */
export const holdsEdit = async (db: Database, doc: RecordDoc, clientItemId: string): Promise<boolean> => {
  const applied = doc.applied ?? []
  if (applied.some((edit) => edit.id === clientItemId)) return true
  const oldest = applied[0]?.generation
  // The first edit makes generation 2: with it in the list, the list is whole.
  if (oldest === undefined || oldest <= 2) return false
  const history = await db.get(historyId(bareId(doc._id), clientItemId))
  // An entry without its commit was written for a generation that something else then took.
  return history !== undefined && Number(history['generation']) < oldest
}

/**
 * The highest generation that an editor at `baseRevision` had seen; 0 where it is no ancestor of ours.
 * @param base.current the record's revision in the store; undefined for one that is not stored yet
 */
export const generationSeen = async (
  db: Database,
  storedId: string,
  base: { baseRevision: string | null; current: string | undefined },
): Promise<number> => {
  const { baseRevision, current } = base
  if (baseRevision === null || current === undefined) return 0
  if (baseRevision === current) return generationOf(current)
  const ancestry = await db.ancestry(storedId, current)
  return ancestry?.includes(baseRevision) === true ? generationOf(baseRevision) : 0
}
