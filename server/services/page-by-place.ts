/** Pages of a list that is at hand as a whole. */
import { readCursor, writeCursor } from './mobile/cursor.ts'

/** One page of a list; the cursor is the place of its last entry. */
export const pageByPlace = <T>(
  all: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): { items: T[]; nextCursor: string | null } => {
  const last = readCursor(cursor, /^\d{1,9}$/)
  const start = last === '' ? 0 : Number(last) + 1
  const items = all.slice(start, start + limit)
  const more = start + limit < all.length
  return { items, nextCursor: writeCursor(more ? String(start + limit - 1) : undefined) }
}
