/**
 * A veterinary group as one user's foreign clients replicate it: with the rights of the API. Reading goes by what the
 * user may see and devices hold; writing ends in the one write path.
 */
import type { Actor } from '../../actor.ts'
import { touchedKey } from '../../feed/keys.ts'
import { visible } from '../../feed/present.ts'
import { channelsOfActor } from '../../feed/pull.ts'
import type { Database, Leaf, RangeOptions, StoredDoc } from '../../store/port.ts'
import type { WriteTarget } from '../../write/context.ts'
import type { Incoming } from '../incoming.ts'
import type { Replica } from '../replica.ts'
import { countRows } from './count.ts'
import { changesFor, placeNow, type FeedOf } from './feed.ts'
import { namingOf, shownDoc, type Naming, type ReplicatedCollection } from './naming.ts'
import { writeToGroup } from './write.ts'

export interface GroupReplicaOptions {
  target: WriteTarget
  actor: Actor
  /** One collection's database; absent: the whole group's. */
  collection: ReplicatedCollection | undefined
  /** ms since the epoch */
  now: () => number
}

const last = '\u{10ffff}'

export const openGroupReplica = ({ target, actor, collection, now }: GroupReplicaOptions): Replica => {
  const { groupId, db, index } = target
  const naming = namingOf(collection)
  const feed: FeedOf = { groupId, db, index, actor, naming }
  const local = (id: string): string => `sync:${actor.userId}:${collection ?? ''}:${id}`
  const touching = naming.collections.flatMap((name) =>
    channelsOfActor(actor).map((channel) => touchedKey(name, channel)),
  )
  const name = collection === undefined ? `group-${groupId}` : `group-${groupId}/${collection}`
  return {
    name,
    path: name,
    info: async () => ({ docCount: await countRows(feed), updateSeq: await placeNow(feed) }),
    getMany: (ids) => getMany(feed, ids),
    range: (options) => range(feed, options),
    changes: (options) => changesFor(feed, options),
    subscribe: (listener) =>
      index.subscribe((touched) => {
        if (touching.some((key) => touched.has(key))) listener()
      }),
    leaves: (id) => leavesOf(feed, id),
    revision: async (id, rev) => (await leavesOf(feed, id)).find(({ doc }) => doc._rev === rev),
    attachment: () => Promise.resolve(undefined),
    missingRevs: (request) => missingRevs(feed, request),
    getLocal: (id) => db.getLocal(local(id)),
    putLocal: (id, body) => db.putLocal(local(id), body),
    write: (documents: readonly Incoming[], newEdits) =>
      writeToGroup({ target, actor, naming, now }, documents, newEdits),
  }
}

const getMany = async (
  { db, actor, naming }: FeedOf,
  ids: readonly string[],
): Promise<(StoredDoc | undefined)[]> => {
  const stored = ids.map((id) => naming.stored(id))
  const docs = await db.getMany(stored.map((id) => id ?? ''))
  return docs.map((doc, i) =>
    doc && stored[i] !== undefined && visible(doc, actor) ? shownDoc(doc, naming) : undefined,
  )
}

const leavesOf = async ({ db, actor, naming }: FeedOf, id: string): Promise<Leaf[]> => {
  const stored = naming.stored(id)
  if (stored === undefined) return []
  const leaves = await db.leaves(stored)
  const mine = leaves.filter(({ doc }) => doc._deleted || visible(doc, actor))
  // The tombstone of a branch says something only beside what the user may see; that of a record, by itself.
  const alone = mine.every(({ doc }) => doc._deleted) && mine.length < leaves.length
  return alone ? [] : mine.map(({ doc, revisions }) => ({ doc: shownDoc(doc, naming), revisions }))
}

const missingRevs = async (
  feed: FeedOf,
  request: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, string[]>> => {
  const { db, actor, naming } = feed
  const asked = Object.entries(request).map(([id, revs]) => ({ id, revs, stored: naming.stored(id) }))
  const known = asked.flatMap(({ stored, revs }) => (stored === undefined ? [] : [[stored, revs] as const]))
  const missing = new Map(Object.entries(await db.missingRevs(Object.fromEntries(known))))
  const partly = known.flatMap(([id, revs]) => ((missing.get(id)?.length ?? 0) < revs.length ? [id] : []))
  const docs = await db.getMany(partly)
  // That a record of another site is there, and at which revision, is nobody's to learn.
  const hidden = new Set(partly.filter((_, i) => docs[i] !== undefined && !visible(docs[i], actor)))
  return Object.fromEntries(
    asked.flatMap(({ id, revs, stored }): [string, string[]][] => {
      const all = stored === undefined || hidden.has(stored)
      const none = all ? [...revs] : missing.get(stored)
      return none && none.length > 0 ? [[id, none]] : []
    }),
  )
}

/** Documents by id; records of other types stand between them in the store, and are stepped over. */
const range = async (
  feed: FeedOf,
  { from, to, limit = Infinity, descending = false }: RangeOptions,
): Promise<StoredDoc[]> => {
  const { db, actor, naming } = feed
  const found: StoredDoc[] = []
  const types = descending ? [...naming.types].reverse() : naming.types
  for (const type of types) {
    const bounds = boundsOf(naming, type, { from, to })
    if (!bounds) continue
    await rangeOfType(db, { ...bounds, limit, descending }, (doc) => {
      if (visible(doc, actor)) found.push(shownDoc(doc, naming))
      return found.length < limit
    })
    if (found.length >= limit) break
  }
  return found
}

const boundsOf = (
  naming: Naming,
  type: string,
  { from, to }: { from: string; to: string },
): { from: string; to: string } | undefined => {
  const [first, end] = [`${type}:`, `${type}:${last}`]
  if (naming.collection !== undefined) return { from: first + from, to: first + to }
  const low = Buffer.compare(Buffer.from(from), Buffer.from(first)) > 0 ? from : first
  const high = Buffer.compare(Buffer.from(to), Buffer.from(end)) < 0 ? to : end
  return Buffer.compare(Buffer.from(low), Buffer.from(high)) > 0 ? undefined : { from: low, to: high }
}

const page = 1000

const rangeOfType = async (
  db: Database,
  { from, to, limit, descending }: { from: string; to: string; limit: number; descending: boolean },
  take: (doc: StoredDoc) => boolean,
): Promise<void> => {
  let [low, high] = [from, to]
  let lastId: string | undefined
  for (;;) {
    const size = Math.min(page, limit + 1)
    const docs = await db.range({ from: low, to: high, limit: size, descending })
    for (const doc of docs) if (doc._id !== lastId && !take(doc)) return
    lastId = docs.at(-1)?._id
    if (docs.length < size || lastId === undefined) return
    if (descending) high = lastId
    else low = lastId
  }
}
