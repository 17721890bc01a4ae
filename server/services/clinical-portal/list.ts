/** The portal's lists: records of some sites by date, or what changed among them. A page costs what it returns. */
import { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import { placeOf } from '../list-place.ts'
import { pageByChange, sinceFields, type Since } from './changes.ts'
import { isWanted, type Paging, type RecordList, type Removed } from './record-list.ts'
import { boundsOf, checkDays, sitesFor } from './sites.ts'

export interface ListQuery {
  siteId?: number | undefined
  from?: string | undefined
  to?: string | undefined
  modifiedSince?: string | undefined
  cursor?: string | undefined
  limit: number
}

export interface ListPage<T> {
  items: (T | Removed)[]
  nextCursor: string | null
}

const cursorShape = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('list'), after: z.string() }),
  z.strictObject({ mode: z.literal('since'), ...sinceFields }),
])
type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => JSON.stringify(cursor)

/** A page of what changed, with the cursor behind it. */
const changesPage = async <T>(paging: Paging<T>, place: Since & { now: number }): Promise<ListPage<T>> => {
  const { items, next } = await pageByChange(paging, place)
  return { items, nextCursor: write({ mode: 'since', ...next }) }
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
    since === undefined
      ? { mode: 'list', after: '' }
      : { mode: 'since', from: since, floor: since, told: null, skip: 0, begun: null }
  const cursor = placeOf(query.cursor, cursorShape) ?? start
  return cursor.mode === 'list'
    ? await pageByDate({ group, list, bounds, limit }, cursor.after)
    : await changesPage({ group, list, bounds, limit }, { now, ...cursor })
}

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
      if (doc && isWanted(list, doc)) found.push({ place: places[i] ?? '', doc })
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
