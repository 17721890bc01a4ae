/** Whose an animal was: it may be sold, and what was done before is the seller's. */
import { sortableInstant } from '../feed/entries.ts'
import type { Group } from '../group.ts'
import type { HistoryDoc } from '../write/edit.ts'

/** An animal's going from one client to another. */
export interface Move {
  /** UTC instant */
  at: string
  from: string
  to: string
}

/** Oldest first. */
export const movesOf = async (
  { db, index }: Pick<Group, 'db' | 'index'>,
  animalId: string,
): Promise<Move[]> => {
  const keys = await index.lookup(['record.history', animalId])
  const edits = (await db.getMany(keys.map((parts) => parts[1] ?? ''))) as (HistoryDoc | undefined)[]
  const moves = edits.flatMap((edit) => {
    const from = edit?.replaced['clientId']
    const to = edit?.changes['clientId']?.to
    return edit && typeof from === 'string' && typeof to === 'string' && from !== to
      ? [{ at: sortableInstant(edit.at), from, to }]
      : []
  })
  return moves.sort((a, b) => (a.at < b.at ? -1 : 1))
}

/**
 * The client whose an animal was at a time.
 * @param moves oldest first
 * @param now whose it is
 * @param at an instant
 */
export const ownerAt = <T extends string | undefined>(
  moves: readonly Move[],
  now: T,
  at: unknown,
): string | T => {
  const then = sortableInstant(at)
  return moves.find((move) => move.at > then)?.from ?? now
}
