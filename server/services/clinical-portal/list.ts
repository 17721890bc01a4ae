/** The portal's lists: records of some sites by date, or what changed among them. A page costs what it returns. */
import { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, docId } from '../../../sync/write/document.ts'
import { fail } from '../../http/problem.ts'
import { boundsOf, checkDays, sitesFor, type Bounds } from './sites.ts'

/** What is listed, and by what. */
export interface RecordList<T> {
  /** The stored type. */
  type: string
  /** Name of the lookup by site and date. */
  lookup: string
  newestFirst: boolean
  /** A record's date as the lookup has it. */
  dateOf: (doc: StoredDoc) => string
  /** Dates are days, not instants. */
  days?: true
  /** Filters by what never changes in a record. */
  ever?: (doc: StoredDoc) => boolean
  /** Filters by what may change, so that a changed record can leave the list. */
  fits: (doc: StoredDoc) => boolean
  read: (docs: readonly StoredDoc[]) => Promise<T[]> | T[]
}

export interface ListQuery {
  siteId?: number | undefined
  from?: string | undefined
  to?: string | undefined
  modifiedSince?: string | undefined
  cursor?: string | undefined
  limit: number
}

export interface Removed {
  id: string
  deleted: true
  modifiedAt: string
}

export interface ListPage<T> {
  items: (T | Removed)[]
  nextCursor: string | null
}

const cursorShape = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('list'), after: z.string() }),
  /** What was modified from a place on; never from before `floor`. */
  z.strictObject({ mode: z.literal('since'), from: z.string(), floor: z.string() }),
])
type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

const read = (text: string): Cursor => {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch (cause) {
    return fail('INVALID_REQUEST', {
      errors: [{ path: 'query.cursor', message: 'is not a cursor of ours' }],
      cause,
    })
  }
}

interface Scope {
  group: Group
  actor: { siteIds: readonly number[] }
  /** ms since the epoch */
  now: number
}

/** A page of a list. Fails with UNKNOWN_SITE. */
export const listRecords = async <T>(
  { group, actor, now }: Scope,
  query: ListQuery,
  list: RecordList<T>,
): Promise<ListPage<T>> => {
  checkDays(query)
  const sites = await sitesFor(group, query.siteId, actor)
  const bounds = new Map(sites.map((site) => [site.siteId, boundsOf(site, query, list.days === true)]))
  const { modifiedSince, limit } = query
  const since = modifiedSince === undefined ? undefined : new Date(modifiedSince).toISOString()
  const start: Cursor =
    since === undefined ? { mode: 'list', after: '' } : { mode: 'since', from: since, floor: since }
  const cursor = query.cursor === undefined ? start : read(query.cursor)
  return cursor.mode === 'list'
    ? await pageByDate({ group, list, bounds, limit }, cursor.after)
    : await pageByChange({ group, list, bounds, limit }, { actor, now, ...cursor })
}

interface Paging<T> {
  group: Group
  list: RecordList<T>
  bounds: ReadonlyMap<number, Bounds>
  limit: number
}

const inBounds = (bounds: Bounds | undefined, date: string): boolean =>
  bounds !== undefined &&
  (bounds.from === undefined || date >= bounds.from) &&
  (bounds.to === undefined || date < bounds.to)

const wanted = <T>(list: RecordList<T>, doc: StoredDoc): boolean =>
  (list.ever?.(doc) ?? true) && list.fits(doc)

const pageByDate = async <T>(paging: Paging<T>, after: string): Promise<ListPage<T>> => {
  const { group, list, limit } = paging
  const found: { place: string; doc: StoredDoc }[] = []
  let [place, more] = [after, true]
  while (found.length <= limit && more) {
    const places = await nextPlaces(paging, place)
    more = places.length > limit
    place = places.at(-1) ?? place
    const docs = await group.db.getMany(places.map((one) => docId(list.type, one.split('\u0000')[1] ?? '')))
    for (const [i, doc] of docs.entries())
      if (doc && wanted(list, doc)) found.push({ place: places[i] ?? '', doc })
  }
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1)?.place : undefined
  return {
    items: await list.read(shown.map(({ doc }) => doc)),
    nextCursor: last === undefined ? null : write({ mode: 'list', after: last }),
  }
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a
const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

/** The next places (date U+0000 id) of all sites together, one more than a page holds. */
const nextPlaces = async <T>({ group, list, bounds, limit }: Paging<T>, after: string): Promise<string[]> => {
  const bySite = await Promise.all(
    [...bounds].map(([siteId, { from, to }]) => {
      const begun = after !== ''
      const low = begun && !list.newestFirst ? later(from, `${after}\u0001`) : from
      const high = begun && list.newestFirst ? earlier(to, after) : to
      return group.index.lookup([list.lookup, String(siteId)], {
        ...(low === undefined ? {} : { from: low }),
        ...(high === undefined ? {} : { to: high }),
        limit: limit + 1,
        reverse: list.newestFirst,
      })
    }),
  )
  const places = bySite.flat().map((parts) => parts.join('\u0000'))
  places.sort((a, b) => (a < b ? -1 : 1))
  if (list.newestFirst) places.reverse()
  return places.slice(0, limit + 1)
}

/** Clocks of servers on one store may differ, and a write may land after a later one: repeats, but no gap. */
const slackMs = 600_000

const pageByChange = async <T>(
  paging: Paging<T>,
  { from, floor, now, actor }: { from: string; floor: string; now: number; actor: Scope['actor'] },
): Promise<ListPage<T>> => {
  const { group, list, limit } = paging
  const items: (StoredDoc | Removed)[] = []
  let [place, caughtUp] = [from, false]
  while (items.length < limit && !caughtUp) {
    const asked = limit - items.length
    const keys = await group.index.lookup(['modified', list.type], { from: place, limit: asked })
    caughtUp = keys.length < asked
    const last = keys.at(-1)
    if (last) place = `${last.join('\u0000')}\u0001`
    const docs = await group.db.getMany(keys.map((parts) => parts[1] ?? ''))
    for (const doc of docs) if (doc) items.push(...changeOf(paging, doc, actor))
  }
  const rest = new Date(now - slackMs).toISOString()
  const restart = rest > floor ? rest : floor
  const next: Cursor = caughtUp
    ? { mode: 'since', from: restart, floor: restart }
    : { mode: 'since', from: place, floor }
  return { items: await readChanges(list, items), nextCursor: write(next) }
}

/** A changed record as the list has it now: in it, or not (any more). */
const changeOf = <T>(
  { list, bounds }: Paging<T>,
  doc: StoredDoc,
  actor: Scope['actor'],
): (StoredDoc | Removed)[] => {
  if (list.ever && !list.ever(doc)) return []
  const mine = inBounds(bounds.get(Number(doc['siteId'])), list.dateOf(doc))
  if (mine && list.fits(doc)) return [doc]
  // Only an appointment moves between sites; another record of sites that are not the user's never was in the list.
  const seen = (doc['siteIds'] as number[] | undefined)?.some((id) => actor.siteIds.includes(id))
  if (list.type !== 'appointment' && seen !== true) return []
  return [{ id: bareId(doc._id), deleted: true, modifiedAt: String(doc['modifiedAt']) }]
}

const isRemoved = (item: StoredDoc | Removed): item is Removed => 'deleted' in item && item.deleted === true

const readChanges = async <T>(
  list: RecordList<T>,
  items: readonly (StoredDoc | Removed)[],
): Promise<(T | Removed)[]> => {
  const present = items.filter((item): item is StoredDoc => !isRemoved(item))
  const records = await list.read(present)
  const byDoc = new Map(present.map((doc, i) => [doc, records[i]] as const))
  return items.flatMap((item) => {
    const shown = isRemoved(item) ? item : byDoc.get(item)
    return shown === undefined ? [] : [shown]
  })
}
