/** GET /v2/mobile/retrieveTreatmentCodes */
import { z } from 'zod'
import type { Group } from '../../../sync/group.ts'
import type { Api } from '../../contract/api.ts'
import type { QueryOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { placeOf } from '../list-place.ts'
import { findSite } from './site.ts'
import { changedAfter, etagOf, listAfter, modifiedFrom, wholeList } from './treatment-codes.ts'

const cursorShape = z.discriminatedUnion('mode', [
  /** The whole list, after a code. */
  z.object({ mode: z.literal('list'), after: z.string() }),
  /** What was modified from a time on; the changes go on at `position` afterwards. */
  z.object({
    mode: z.literal('since'),
    from: z.string(),
    epoch: z.string(),
    position: z.int(),
    at: z.string(),
  }),
  /** The changes after a position; `at` serves where the index was made anew. */
  z.object({ mode: z.literal('changes'), epoch: z.string(), position: z.int(), at: z.string() }),
])
type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => JSON.stringify(cursor)

/** Clocks of servers on one store may differ; a time taken from one is put back by this much. */
const slackMs = 600_000
const defaultLimit = 100

export const retrieveTreatmentCodes: Handler<Api['retrieveTreatmentCodes']> = async (input, app) => {
  const { siteId } = input.query
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  if (!(await findSite(group, siteId, user)))
    return input.fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })
  const cursor = placeOf(input.query.cursor, cursorShape)
  const { page, etag } = await pageOf(group, input.query, cursor, app.now())
  const headers = { ETag: etag, 'Cache-Control': 'private, no-cache' }
  if (isKnown(etag, input.request.headers['if-none-match'])) return { status: 304, headers }
  return { status: 200, body: page, headers }
}

/** Whether `If-None-Match` names this state, or any (RFC 9110, section 13.1.2). */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)

type Page = Awaited<ReturnType<typeof wholeList>>['page']

const pageOf = async (
  group: Group,
  query: QueryOf<Api['retrieveTreatmentCodes']>,
  cursor: Cursor | undefined,
  now: number,
): Promise<{ page: Page; etag: string }> => {
  const { siteId, modifiedSince } = query
  const limit = query.limit ?? defaultLimit
  if (!cursor && modifiedSince === undefined && query.limit === undefined)
    return await wholeList(group, siteId)
  const place =
    cursor ?? (modifiedSince === undefined ? { mode: 'list' as const, after: '' } : sinceOf(modifiedSince))
  const page =
    place.mode === 'list'
      ? await listPage(group, siteId, place.after, limit)
      : await deltaPage(group, { siteId, limit, place, now })
  return { page, etag: etagOf(page) }
}

const sinceOf = (instant: string): Cursor => {
  const from = new Date(instant).toISOString()
  return { mode: 'since', from, epoch: '', position: 0, at: from }
}

const listPage = async (group: Group, siteId: number, after: string, limit: number): Promise<Page> => {
  const { items, last } = await listAfter(group, { siteId, after, limit })
  return { items, nextCursor: last === undefined ? null : write({ mode: 'list', after: last }) }
}

interface DeltaRequest {
  siteId: number
  limit: number
  place: Exclude<Cursor, { mode: 'list' }>
  now: number
}

/** Changes; the cursor behind the last page serves for the next changes. */
const deltaPage = async (group: Group, { siteId, limit, place, now }: DeltaRequest): Promise<Page> => {
  await group.index.catchUp()
  const { epoch, position } = group.index
  const at = new Date(now - slackMs).toISOString()
  if (place.mode === 'changes' && place.epoch === epoch) {
    const changed = await changedAfter(group, { siteId, position: place.position, limit })
    return {
      items: changed.items,
      nextCursor: write({ mode: 'changes', epoch, position: changed.position, at }),
    }
  }
  const from = place.mode === 'since' ? place.from : place.at
  const begun =
    place.mode === 'since' && place.epoch === epoch
      ? { position: place.position, at: place.at }
      : { position, at }
  const { items, last } = await modifiedFrom(group, { siteId, from, limit })
  const next: Cursor =
    last === undefined ? { mode: 'changes', epoch, ...begun } : { mode: 'since', from: last, epoch, ...begun }
  return { items, nextCursor: write(next) }
}
