/** Pulls: what a device is to hold and does not hold yet, a page at a time. A pull costs what it returns (I10). */
import type { Actor } from '../actor.ts'
import type { Checkpoint, PullRequest, PullResponse } from '../contract/pull.ts'
import { collections, type CollectionName } from '../contract/records.ts'
import type { Change, Database, StoredDoc } from '../store/port.ts'
import { bareId, docId, typeOf } from '../write/document.ts'
import type { HistoryDoc } from '../write/edit.ts'
import type { ChangeRow } from './apply-changes.ts'
import { InvalidCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { CheckpointState, Segment } from './checkpoint-state.ts'
import { conflictsOfDoc, groupChannel, siteChannel } from './entries.ts'
import type { Index } from './index-store.ts'
import { changePlace, changesAfter, partsOf, rowsBetween, type ChangePlace } from './keys.ts'
import { firstPullOf, segmentsSince } from './plan.ts'
import { present, removal, type PulledDocument, type Scope } from './present.ts'
import { dayAt, windowAt, type Window, type WindowSettings } from './window.ts'

export interface FeedSource {
  groupId: number
  db: Database
  index: Index
  windows: WindowSettings
  /** ms since the epoch */
  now: () => number
}

export const channelsOfActor = (actor: Pick<Actor, 'siteIds'>): string[] => [
  groupChannel,
  ...actor.siteIds.map(siteChannel),
]

type PulledRow = Pick<ChangeRow, 'id' | 'doc'>

/** One page in the making. */
interface Page {
  scope: Scope
  limit: number
  documents: Map<string, PulledDocument>
  state: CheckpointState
}

const room = (page: Page): number => page.limit - page.documents.size

/**
 * One page of a collection for a user.
 * @returns the documents, and the checkpoint to send next; fewer documents than `limit` means caught up
 * @throws InvalidCheckpoint
 */
export const pull = async (
  source: FeedSource,
  actor: Pick<Actor, 'siteIds'>,
  request: Pick<PullRequest, 'collection' | 'checkpoint' | 'limit'>,
): Promise<PullResponse> => {
  const { collection, limit } = request
  const before =
    request.checkpoint && readCheckpoint(request.checkpoint, { group: source.groupId, collection })
  await source.index.catchUp()
  const state = stateOf(source, actor, collection, before)
  const scope = { collection, actor, window: state.window as Window }
  const page: Page = { scope, limit, documents: new Map(), state }
  await fillFromSegments(source, page)
  if (room(page) > 0 && state.epoch !== source.index.epoch) await fillFromStore(source, page)
  // What a page holds already takes no room again: only a full page may have more behind it.
  for (let more = true; more && room(page) > 0;) more = await fillFromChanges(source, page)
  return { documents: [...page.documents.values()], checkpoint: writeCheckpoint(state) }
}

/** The checkpoint of a device that holds everything up to now; what an event carries. */
export const checkpointNow = (
  source: FeedSource,
  actor: Pick<Actor, 'siteIds'>,
  collection: CollectionName,
): Checkpoint => writeCheckpoint({ ...stateOf(source, actor, collection, null), todo: [] })

const stateOf = (
  source: FeedSource,
  actor: Pick<Actor, 'siteIds'>,
  collection: CollectionName,
  before: CheckpointState | null,
): CheckpointState => {
  const { index, groupId } = source
  const channels = channelsOfActor(actor)
  const window = windowAt(source.windows, collection, source.now())
  const { epoch, position } = before ?? index
  const { store } = index
  // A place in another database (before a move, or ahead of a backup that was put back) means nothing in this one.
  const since = !before ? index.since : before.store === store ? before.since : 0
  const todo = before
    ? segmentsSince(before, channels, window)
    : firstPullOf(collection, channels, { window, day: dayAt(source.now()) })
  const row = before?.row === undefined ? {} : { row: before.row }
  const place = { epoch, position, ...row, store, since }
  return { v: 1, group: groupId, collection, ...place, channels, window, todo }
}

const fillFromSegments = async (source: FeedSource, page: Page): Promise<void> => {
  const { index, db } = source
  const { state } = page
  while (state.todo.length > 0 && room(page) > 0) {
    const segment = state.todo[0] as Segment
    if (segment.booked) {
      await fillFromBooked(source, page, segment)
      continue
    }
    const asked = room(page)
    const range =
      segment.position === undefined
        ? rowsBetween(state.collection, segment.channel, segment as Parameters<typeof rowsBetween>[2])
        : changesAfter(state.collection, segment.channel, { position: segment.position, row: segment.row })
    const found = await index.scan(range, { limit: asked })
    const rows =
      segment.position === undefined ? found.map(dateRow) : found.map(([, v]) => JSON.parse(v) as PulledRow)
    await add(db, page, rows, segment.gone ? 'only-removals' : 'all')
    if (found.length < asked) state.todo.shift()
    else advance(segment, found[found.length - 1]?.[0] ?? '')
  }
}

/** Adds what the appointments of a segment's dates are about. */
const fillFromBooked = async ({ index, db }: FeedSource, page: Page, segment: Segment): Promise<void> => {
  const { collection } = page.scope
  const bounds = { from: segment.from ?? '', to: segment.to ?? '' }
  const booked = await index.scan(rowsBetween('appointments', segment.channel, bounds))
  if (booked.length === 0) return void page.state.todo.shift()
  const appointments = await db.getMany(booked.map(([, doc]) => doc))
  const type = collections[collection]
  const ids = new Set(appointments.flatMap((doc) => (doc ? bookedIds(type, doc) : [])))
  const left = [...ids].sort().filter((id) => id > (segment.after ?? ''))
  const some = left.slice(0, room(page))
  const docs = await db.getMany(some.map((id) => docId(type, id)))
  for (const [i, id] of some.entries()) {
    const document = present(id, docs[i], page.scope)
    if (document) page.documents.set(id, document)
  }
  if (some.length === left.length) page.state.todo.shift()
  else segment.after = some.at(-1) ?? ''
}

const bookedIds = (type: string, { clientId, animalIds }: StoredDoc): string[] => {
  const named = type === 'client' ? [clientId] : Array.isArray(animalIds) ? animalIds : []
  return named.filter((id) => typeof id === 'string')
}

const dateRow = ([key, doc]: [string, string]): PulledRow => ({ id: partsOf(key)[3] ?? '', doc })

const advance = (segment: Segment, lastKey: string): void => {
  if (segment.position === undefined) segment.after = partsOf(lastKey).slice(2).join('\u0000')
  else stand(segment, changePlace(lastKey))
}

/** Makes a segment or a checkpoint stand at a place in the order of changes. */
const stand = (at: { position?: number | undefined; row?: string | undefined }, place: ChangePlace): void => {
  at.position = place.position
  if (place.row === undefined) delete at.row
  else at.row = place.row
}

/** Adds rows as the scope may hold them now; what it may not hold is a removal. */
const add = async (
  db: Database,
  page: Page,
  rows: readonly PulledRow[],
  what: 'all' | 'only-removals',
): Promise<void> => {
  if (rows.length === 0) return
  const docs = await db.getMany(rows.map((row) => row.doc))
  for (const [i, row] of rows.entries()) {
    const document = present(row.id, docs[i], page.scope)
    if (document === undefined) page.documents.set(row.id, removal(row.id))
    else if (what === 'all') page.documents.set(row.id, document)
  }
}

/** Adds changes of the page's channels after its place, in the index's order. Resolves to whether there may be more. */
const fillFromChanges = async ({ index, db }: FeedSource, page: Page): Promise<boolean> => {
  const { state } = page
  const { position, since } = index
  const asked = room(page)
  const rows = new Map<string, { row: PulledRow; place: ChangePlace }>()
  if (position !== state.position || state.row !== undefined)
    for (const channel of state.channels) {
      const range = changesAfter(state.collection, channel, state)
      for (const [key, value] of await index.scan(range, { limit: asked })) {
        const { order, ...place } = changePlace(key)
        // A row of several channels is one row.
        if (!rows.has(order)) rows.set(order, { row: JSON.parse(value) as PulledRow, place })
      }
    }
  const taken = [...rows.keys()].sort().slice(0, asked)
  await add(
    db,
    page,
    taken.flatMap((order) => rows.get(order)?.row ?? []),
    'all',
  )
  const last = rows.get(taken[asked - 1] ?? '')
  stand(state, last?.place ?? { position })
  if (!last) state.since = since
  return last !== undefined
}

/** The rows of a collection that a document's change can have touched. */
const rowsOfChange = (collection: CollectionName, { id, doc }: Change): PulledRow[] => {
  if (collection !== 'conflicts')
    return typeOf(id) === collections[collection] ? [{ id: bareId(id), doc: id }] : []
  if (!doc) return []
  // What a record no longer says, its history does: which conflicts an edit settled.
  if (typeOf(id) !== 'history') return conflictsOfDoc(doc).map((conflict) => ({ id: conflict.id, doc: id }))
  const { settled = [], recordType, recordId } = doc as Partial<HistoryDoc>
  return settled.map((conflict) => ({ id: conflict, doc: docId(String(recordType), String(recordId)) }))
}

/** @throws InvalidCheckpoint for a place that the store never gave */
const changesOf = async (
  db: Database,
  options: Parameters<Database['changes']>[0],
): ReturnType<Database['changes']> => {
  try {
    return await db.changes(options)
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new InvalidCheckpoint('The checkpoint names no place in these changes', { cause })
    throw cause
  }
}

/**
 * The changes since a checkpoint that another index gave (another server's, or one made anew): a position means
 * nothing here, the store's own place does. Repeats what the device may hold already, and misses nothing.
 */
const fillFromStore = async ({ index, db }: FeedSource, page: Page): Promise<void> => {
  const { state } = page
  // Taken before the walk: what comes meanwhile is among the changes after this position.
  const here = { epoch: index.epoch, position: index.position, since: index.since }
  const { collection } = page.scope
  while (room(page) > 0) {
    const asked = room(page)
    const docs = collection === 'conflicts'
    const { changes, lastSeq } = await changesOf(db, { since: state.since, limit: asked, docs })
    const rows = changes.flatMap((change) => rowsOfChange(collection, change))
    await add(db, page, rows, 'all')
    state.since = lastSeq
    if (changes.length < asked) {
      stand(state, here)
      return void Object.assign(state, here)
    }
  }
}
