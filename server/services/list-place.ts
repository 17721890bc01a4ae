/** Where a page of a list begins, as the cursor that came with the request says (http/cursor.ts reads and writes those). */
import type { z } from 'zod'
import { notOurs } from '../http/cursor.ts'

/** The instant of an entry, or '' where it has none, then the id of its document. */
export const instantAndDoc = /^([+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)?\0[A-Za-z]+:.+$/s
/** A UUID. */
export const uuidPlace = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** '' for the first page. Fails with INVALID_REQUEST where the place is none of the list's. */
export const placeIn = (place: string | undefined, shape: RegExp): string =>
  place === undefined ? '' : shape.test(place) ? place : notOurs()

/** A place of several parts; undefined for the first page. Fails with INVALID_REQUEST where it is none of the list's. */
export const placeOf = <T extends z.ZodType>(
  place: string | undefined,
  shape: T,
): z.output<T> | undefined => {
  if (place === undefined) return undefined
  const found = shape.safeParse(parsed(place))
  return found.success ? found.data : notOurs()
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
