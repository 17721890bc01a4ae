/**
 * A group's changes for one user, read through the index (I10): the channels of the user's sites, merged by position.
 * The naive way, the store's changes less what the user may not see, walks the whole database for each client.
 */
import type { ChangeRow } from '../../feed/apply-changes.ts'
import type { Index } from '../../feed/index-store.ts'
import { changesAfter, partsOf } from '../../feed/keys.ts'
import { visible } from '../../feed/present.ts'
import { channelsOfActor } from '../../feed/pull.ts'
import type { Actor } from '../../actor.ts'
import type { Change, ChangesOptions, Database, Seq } from '../../store/port.ts'
import { typeOf } from '../../write/document.ts'
import { shownDoc, type Naming } from './naming.ts'
import { readPlace, scopeOf, writePlace, type ChangesPlace, type PlaceOwner } from './place.ts'

export interface FeedOf {
  groupId: number
  db: Database
  index: Index
  actor: Pick<Actor, 'siteIds'>
  naming: Naming
}

const ownerOf = ({ groupId, naming }: FeedOf): PlaceOwner => ({ groupId, collection: naming.collection })

/** The place of one who has everything up to now. */
export const placeNow = async (feed: FeedOf): Promise<string> => {
  await feed.index.catchUp()
  return writePlace(hereOf(feed), ownerOf(feed))
}

const hereOf = ({ index, actor }: FeedOf): ChangesPlace => ({
  position: index.position,
  epoch: index.epoch,
  scope: scopeOf(channelsOfActor(actor)),
  store: index.store,
  since: index.since,
})

interface Page {
  changes: Change[]
  lastSeq: Seq
}

/** @throws ForeignPlace (a RangeError) for a place of another database */
export const changesFor = async (feed: FeedOf, options: ChangesOptions): Promise<Page> => {
  await feed.index.catchUp()
  const here = hereOf(feed)
  const given = readPlace(options.since ?? 0, ownerOf(feed))
  // Of a user who has other sites now everything is told again: clients fetch only what they lack.
  const known = given?.scope === here.scope ? given : { ...here, position: 0, since: 0 }
  // Of another database (before a move or a backup that was put back) too.
  const start = known.store === here.store ? known : { ...known, store: here.store, since: 0 }
  if (options.limit <= 0) return { changes: [], lastSeq: writePlace(start, ownerOf(feed)) }
  const page =
    start.epoch === here.epoch
      ? await fromIndex(feed, start, here, options.limit)
      : await fromStore(feed, start, here, options.limit)
  if (options.docs) await addDocs(feed, page.changes)
  return page
}

const fromIndex = async (
  feed: FeedOf,
  start: ChangesPlace,
  here: ChangesPlace,
  limit: number,
): Promise<Page> => {
  const owner = ownerOf(feed)
  const changes: Change[] = []
  let at = start.position
  for (;;) {
    const { rows, reached } = await rowsAfter(feed, at, limit - changes.length)
    for (const [position, row] of rows)
      changes.push(changeOf(row, feed.naming, writePlace({ ...start, position }, owner)))
    if (reached === undefined) return { changes, lastSeq: writePlace(here, owner) }
    at = reached
    if (changes.length >= limit) return { changes, lastSeq: writePlace({ ...start, position: at }, owner) }
  }
}

/** The next rows that this user may have, and the position reached; undefined where there is no more. */
const rowsAfter = async (
  { index, actor, naming }: FeedOf,
  after: number,
  limit: number,
): Promise<{ rows: [number, ChangeRow][]; reached: number | undefined }> => {
  const found = new Map<number, ChangeRow>()
  let full = false
  for (const collection of naming.collections)
    for (const channel of channelsOfActor(actor)) {
      const entries = await index.scan(changesAfter(collection, channel, after), { limit })
      full ||= entries.length === limit
      for (const [key, value] of entries) {
        const position = Number.parseInt(partsOf(key)[2] ?? '0', 36)
        const row = JSON.parse(value) as ChangeRow
        // A document that left one of the user's channels may still stand in another.
        if (!found.has(position) || !row.gone) found.set(position, row)
      }
    }
  const taken = [...found].sort(([a], [b]) => a - b).slice(0, limit)
  const reached = full || found.size > taken.length ? taken.at(-1)?.[0] : undefined
  // What is gone is sent no more; a deletion is told to those who may hold what was deleted.
  return { rows: taken.filter(([, row]) => !row.gone || row.deleted), reached }
}

const changeOf = (row: ChangeRow, naming: Naming, seq: Seq): Change => {
  const { doc, rev, deleted = false, leaves = [rev] } = row
  return { id: naming.shown(doc), seq, rev, deleted, leaves }
}

/**
 * The changes since a place that another index gave (another server's, or one made anew): its position means nothing
 * here, the store's own place does. Repeats what the client may have already, and misses nothing.
 */
const fromStore = async (
  feed: FeedOf,
  start: ChangesPlace,
  here: ChangesPlace,
  limit: number,
): Promise<Page> => {
  const { db, actor, naming } = feed
  const owner = ownerOf(feed)
  const types = new Set(naming.types)
  const changes: Change[] = []
  let { since } = start
  for (;;) {
    const asked = limit - changes.length
    const page = await db.changes({ since, limit: asked, docs: true })
    for (const { doc, ...change } of page.changes)
      if (types.has(typeOf(change.id)) && (change.deleted || (doc && visible(doc, actor))))
        changes.push({
          ...change,
          id: naming.shown(change.id),
          seq: writePlace({ ...start, since: change.seq }, owner),
        })
    since = page.lastSeq
    if (page.changes.length < asked) return { changes, lastSeq: writePlace(here, owner) }
    if (changes.length >= limit) return { changes, lastSeq: writePlace({ ...start, since }, owner) }
  }
}

/** Lays the documents beside their changes; one that has changed since is told again at its new place. */
const addDocs = async ({ db, naming, actor }: FeedOf, changes: readonly Change[]): Promise<void> => {
  const stored = changes.map(({ id }) => naming.stored(id) ?? '')
  const docs = await db.getMany(stored)
  for (const [i, change] of changes.entries()) {
    const doc = docs[i]
    if (change.deleted) change.doc = { _id: change.id, _rev: change.rev, _deleted: true }
    else if (doc && visible(doc, actor)) change.doc = shownDoc(doc, naming)
  }
}
