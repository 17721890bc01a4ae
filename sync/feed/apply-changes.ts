/** How a batch of the store's changes becomes a batch of the index. */
import type { ClassicLevel } from 'classic-level'
import type { Change } from '../store/port.ts'
import { entriesOf, type ChannelRow, type Entries } from './entries.ts'
import { isAsItCame } from '../write/document.ts'
import { changeKey, entryKey, lookupKey, position, rowKey, touchedKey, unsettledLookup } from './keys.ts'

type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string }

export interface IndexBatch {
  operations: Operation[]
  touched: Set<string>
  position: number
}

/** What `e·docId` keeps: the position of the document's change rows, the rows, the lookups' keys. */
export interface Kept {
  at: number
  rows: [collection: string, channel: string, date: string, id: string][]
  keys: string[]
}

/** A row of a channel's order of changes: the row's id, and its document's where that is another. */
export interface ChangeRow {
  id: string
  doc: string
  /** The document's winning revision at this change. */
  rev: string
  deleted?: true
  /** All leaf revisions, the winner first, where there are several. */
  leaves?: string[]
  /** The row left this channel with this change. */
  gone?: true
}

const nothing: Entries = { rows: [], keys: [] }

/** What a change says to the resolver: leaves to merge, or a body that is its client's. */
const unsettled = ({ doc, leaves }: Change): boolean =>
  leaves.length > 1 || (doc !== undefined && isAsItCame(doc))

const entriesOfChange = (change: Change, at: number): Entries => {
  const entries = change.doc ? entriesOf(change.doc) : nothing
  if (!unsettled(change)) return entries
  return { rows: entries.rows, keys: [...entries.keys, [...unsettledLookup, position(at), change.id]] }
}

/** Adds the operations for `changes` to `batch`; each change takes the next position. */
export const applyChanges = async (
  level: ClassicLevel,
  changes: readonly Change[],
  batch: IndexBatch,
): Promise<void> => {
  const kept = await level.getMany(changes.map((change) => entryKey(change.id)))
  // A document stands once in a batch: the store lists each at its latest change.
  for (const [i, change] of changes.entries()) {
    const before = kept[i] === undefined ? undefined : (JSON.parse(kept[i]) as Kept)
    const after = entriesOfChange(change, batch.position + 1)
    if (!before && after.rows.length === 0 && after.keys.length === 0) continue
    batch.position += 1
    replace({ change, before, after, at: batch.position }, batch)
  }
}

const put = (key: string, value: string): Operation => ({ type: 'put', key, value })
const del = (key: string): Operation => ({ type: 'del', key })

interface Replacement {
  change: Change
  before: Kept | undefined
  after: Entries
  at: number
}

const replace = ({ change, before, after, at }: Replacement, { operations, touched }: IndexBatch): void => {
  const docId = change.id
  const keys = after.keys.map(lookupKey)
  const rows = after.rows.map((row): Kept['rows'][number] => [row.collection, row.channel, row.date, row.id])
  if (before) removeKept(before, { keys, at, change, after: after.rows }, operations, touched)
  for (const key of keys) operations.push(put(key, ''))
  if (after.keys.some(([name]) => name === unsettledLookup[0])) touched.add(unsettledLookup[0])
  for (const row of after.rows) {
    touched.add(touchedKey(row.collection, row.channel))
    operations.push(
      put(changeKey(row.collection, row.channel, at) + suffix(row), changeRow(row.id, change)),
      put(rowKey(row.collection, row.channel, row.date, row.id), docId),
    )
  }
  const value: Kept = { at, rows, keys }
  const empty = rows.length === 0 && keys.length === 0
  operations.push(empty ? del(entryKey(docId)) : put(entryKey(docId), JSON.stringify(value)))
}

/** Several conflicts of one document share its position: each has a place of its own behind it. */
const suffix = (row: Pick<ChannelRow, 'collection' | 'id'>): string =>
  row.collection === 'conflicts' ? `\u0000${row.id}` : ''

const changeRow = (id: string, { id: doc, rev, deleted, leaves }: Change, gone = false): string => {
  const row: ChangeRow = { id, doc, rev }
  if (deleted) row.deleted = true
  if (leaves.length > 1) row.leaves = leaves
  if (gone) row.gone = true
  return JSON.stringify(row)
}

/** Takes a document's former rows and keys out; a row that left its channel stays as a change, so that devices hear. */
const removeKept = (
  before: Kept,
  now: { keys: string[]; at: number; change: Change; after: ChannelRow[] },
  operations: Operation[],
  touched: Set<string>,
): void => {
  const keys = new Set(now.keys)
  for (const key of before.keys) if (!keys.has(key)) operations.push(del(key))
  for (const [collection, channel, date, id] of before.rows) {
    const row = { collection, id } as Pick<ChannelRow, 'collection' | 'id'>
    operations.push(del(changeKey(collection, channel, before.at) + suffix(row)))
    const same = now.after.find((r) => r.collection === collection && r.channel === channel && r.id === id)
    if (same?.date !== date) operations.push(del(rowKey(collection, channel, date, id)))
    if (same) continue
    touched.add(touchedKey(collection, channel))
    operations.push(
      put(changeKey(collection, channel, now.at) + suffix(row), changeRow(id, now.change, true)),
    )
  }
}
