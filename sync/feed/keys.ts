/**
 * The index's keys. Text that sorts: parts are joined by U+0000, which no id holds.
 *   m                                    meta
 *   e·docId                              what a document has in the index
 *   c·collection·channel·position        the channel's order of changes → row
 *   w·collection·channel·date·rowId      the channel's live rows by date → document id
 *   k·name·parts…·id                     lookups
 */
const sep = '\u0000'
const last = '\uffff'

/** A position in the order of changes: a whole number, as text that sorts. */
export const position = (n: number): string => n.toString(36).padStart(9, '0')

export const metaKey = 'm'
export const entryKey = (docId: string): string => `e${sep}${docId}`
export const changeKey = (collection: string, channel: string, at: number): string =>
  ['c', collection, channel, position(at)].join(sep)
export const rowKey = (collection: string, channel: string, date: string, rowId: string): string =>
  ['w', collection, channel, date, rowId].join(sep)
export const lookupKey = (parts: readonly string[]): string => ['k', ...parts].join(sep)

/** The lookup of documents that the resolver is to look at, by position; also what a batch with such has touched. */
export const unsettledLookup = ['unsettled'] as const

/** Names a channel of a collection in a set. */
export const touchedKey = (collection: string, channel: string): string => `${collection} ${channel}`

/** Parts of a key behind its first letter. */
export const partsOf = (key: string): string[] => key.split(sep).slice(1)

export interface KeyRange {
  gt?: string
  gte?: string
  lt?: string
  lte?: string
}

/** A place in the order of changes: behind all of a position, or behind one of several rows that share it. */
export interface ChangePlace {
  position: number
  /** Conflicts of one document share its position: the id of the last one taken. */
  row?: string | undefined
}

/** The place of a change's key, and a text in the order of such places. */
export const changePlace = (key: string): ChangePlace & { order: string } => {
  const [, , at = '', row] = partsOf(key)
  return { position: Number.parseInt(at || '0', 36), row, order: `${at}${sep}${row ?? ''}` }
}

/** Changes of a channel after a position, or after a place. */
export const changesAfter = (collection: string, channel: string, after: number | ChangePlace): KeyRange => ({
  gt:
    typeof after === 'number'
      ? changeKey(collection, channel, after) + sep + last
      : changeKey(collection, channel, after.position) + sep + (after.row ?? last),
  lt: ['c', collection, channel, last].join(sep),
})

/** Live rows of a channel with `from` ≤ date < `to` (absent: open), after a key of the same range. */
export const rowsBetween = (
  collection: string,
  channel: string,
  bounds: { from?: string; to?: string; after?: string },
): KeyRange => ({
  ...(bounds.after
    ? { gt: ['w', collection, channel, bounds.after].join(sep) }
    : { gte: ['w', collection, channel, bounds.from ?? ''].join(sep) }),
  lt: ['w', collection, channel, bounds.to ?? last].join(sep),
})

/** Live rows of a collection, in all channels. */
export const rowsOf = (collection: string): KeyRange => ({
  gte: ['w', collection, ''].join(sep),
  lt: ['w', collection, last].join(sep),
})

/** Lookups under `prefix` whose next part is `from` ≤ part < `to`. */
export const lookupsBetween = (prefix: readonly string[], from = '', to = last): KeyRange => ({
  gte: ['k', ...prefix, from].join(sep),
  lt: ['k', ...prefix, to].join(sep),
})
