/** Cursors of lists: where the page before ended, opaque to callers. */
import { fail } from '../../http/problem.ts'

/** The instant of an entry, or '' where it has none, then the id of its document. */
export const instantAndDoc = /^([+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)?\0[A-Za-z]+:.+$/s
/** A UUID. */
export const uuidPlace = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const writeCursor = (place: string | undefined): string | null =>
  place === undefined ? null : Buffer.from(place).toString('base64url')

/** '' for the first page. Fails with INVALID_REQUEST where the place is none of the list's. */
export const readCursor = (cursor: string | undefined, shape: RegExp): string => {
  if (cursor === undefined) return ''
  const place = Buffer.from(cursor, 'base64url').toString()
  return shape.test(place) && writeCursor(place) === cursor
    ? place
    : fail('INVALID_REQUEST', { errors: [{ path: 'query.cursor', message: 'is not a cursor of ours' }] })
}
