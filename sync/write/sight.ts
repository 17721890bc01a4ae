/** What a record knows of edits: which it holds already, and what the one that comes had seen. */
import type { Database } from '../store/port.ts'
import { bareId, generationOf, type RecordDoc } from './document.ts'
import { historyId } from './edit.ts'

/**
 * The mark of this edit where the record holds it already: its own list says so, or, for an old one, the history.
 * undefined where it does not.
 */
export const markOfHeld = async (
  db: Database,
  doc: RecordDoc,
  clientItemId: string,
): Promise<string | undefined> => {
  const applied = doc.applied ?? []
  const held = applied.find((edit) => edit.id === clientItemId)
  if (held) return held.mark
  const oldest = applied[0]?.generation
  // The first edit makes generation 2: with it in the list, the list is whole.
  if (oldest === undefined || oldest <= 2) return undefined
  const history = await db.get(historyId(bareId(doc._id), clientItemId))
  // An entry without its commit was written for a generation that something else then took.
  return history && Number(history['generation']) < oldest ? String(history['mark']) : undefined
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
