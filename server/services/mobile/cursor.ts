/** Cursors of lists: where the page before ended, opaque to callers. */

export const writeCursor = (place: string | undefined): string | null =>
  place === undefined ? null : Buffer.from(place).toString('base64url')

/** '' for the first page. */
export const readCursor = (cursor: string | undefined): string =>
  cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
