/** Pages of a list that is at hand as a whole. */
import { placeIn } from './list-place.ts'

/** One page of a list; the next begins behind the place of its last entry. */
export const pageByPlace = <T>(
  all: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): { items: T[]; nextCursor: string | null } => {
  const last = placeIn(cursor, /^\d{1,9}$/)
  const start = last === '' ? 0 : Number(last) + 1
  const items = all.slice(start, start + limit)
  const more = start + limit < all.length
  return { items, nextCursor: more ? String(start + limit - 1) : null }
}
