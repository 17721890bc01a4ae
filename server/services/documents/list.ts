/** GET /v2/mobile/documents */
import { z } from 'zod'
import { isRemoved, siteChannel } from '../../../sync/feed/entries.ts'
import type { ChangeRow } from '../../../sync/feed/apply-changes.ts'
import { changesAfter, partsOf } from '../../../sync/feed/keys.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId } from '../../../sync/write/document.ts'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { Api } from '../../contract/api.ts'
import type { QueryOf, ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { boundsOf, sitesFor, type Bounds } from '../clinical-portal/sites.ts'
import { placeOf } from '../list-place.ts'
import { documentOf } from './find.ts'

type Call = Api['listDocuments']
type Item = ResponseOf<Call>['items'][number]

const place = z.string().max(200)
const cursorShape = z.discriminatedUnion('mode', [
  /** The list, after a place. */
  z.object({ mode: z.literal('list'), after: place }),
  /** What was modified, after a place; the changes go on at `position` afterwards. */
  z.object({ mode: z.literal('since'), after: place, epoch: z.string(), position: z.int(), at: z.string() }),
  /** The changes after a position of the index; `at` serves where the index was made anew. */
  z.object({ mode: z.literal('changes'), epoch: z.string(), position: z.int(), at: z.string() }),
])
type Cursor = z.output<typeof cursorShape>

const write = (cursor: Cursor): string => JSON.stringify(cursor)

/** Clocks of servers on one store may differ; a time taken from one is put back by this much. */
const slackMs = 600_000
/** Rows that are read at once, at least. */
const fewestRows = 100

interface Asked {
  group: Group
  user: StaffIdentity
  query: QueryOf<Call>
  /** When they were made, as instants: from inclusive, to exclusive; absent: open. */
  made: Bounds
  now: number
}
interface Page {
  items: Item[]
  nextCursor: string | null
}

export const listDocuments: Handler<Call> = async (input, app) => {
  const { query } = input
  const cursor = placeOf(query.cursor, cursorShape)
  const group = await app.groups.get(input.caller.user.groupId)
  if (query.from !== undefined && query.to !== undefined && query.to < query.from)
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'query.to', message: 'must not be before `from`' }],
    })
  const { user } = input.caller
  const asked = { group, user, query, made: await madeIn(group, user, query), now: app.now() }
  return { status: 200, body: await pageOf(asked, cursor) }
}

/** Days are those of the user's first site. */
const madeIn = async (group: Group, user: StaffIdentity, { from, to }: QueryOf<Call>): Promise<Bounds> => {
  if (from === undefined && to === undefined) return {}
  const [first] = await sitesFor(group, undefined, user)
  return boundsOf(first ?? { timeZone: 'UTC' }, { from, to }, false)
}

const pageOf = async (asked: Asked, cursor: Cursor | undefined): Promise<Page> => {
  const { query } = asked
  if (!cursor && query.modifiedSince === undefined) return await listPage(asked, '')
  if (cursor?.mode === 'list') return await listPage(asked, cursor.after)
  await asked.group.index.catchUp()
  const { epoch, position } = asked.group.index
  if (cursor?.mode === 'changes' && cursor.epoch === epoch) return await changesPage(asked, cursor.position)
  const begun = { epoch, position, at: new Date(asked.now - slackMs).toISOString() }
  if (!cursor) return await sincePage(asked, new Date(String(query.modifiedSince)).toISOString(), begun)
  if (cursor.mode === 'changes') return await sincePage(asked, cursor.at, begun)
  return await sincePage(asked, `${cursor.after}\u0001`, cursor.epoch === epoch ? cursor : begun)
}

/** The lookup that narrows most. */
const scopeOf = ({ animalId, clientId, category }: QueryOf<Call>): [string, string] => {
  if (animalId !== undefined) return ['animal', animalId]
  if (clientId !== undefined) return ['client', clientId]
  return category === undefined ? ['all', ''] : ['category', category]
}

const fits = (doc: StoredDoc, { user, query, made }: Asked): boolean =>
  visible(doc, user) &&
  (made.from === undefined || String(doc['createdAt']) >= made.from) &&
  (made.to === undefined || String(doc['createdAt']) < made.to) &&
  (query.animalId === undefined || doc['animalId'] === query.animalId) &&
  (query.clientId === undefined || doc['clientId'] === query.clientId) &&
  (query.category === undefined || doc['category'] === query.category)

/** Reads rows until a page is full or there are no more: a page is short only where it is the last. */
const filled = async (
  asked: Asked,
  rowsAfter: (place: string | undefined, limit: number) => Promise<string[][]>,
  start: string | undefined,
): Promise<{ docs: StoredDoc[]; last: string | undefined }> => {
  const { limit } = asked.query
  const docs: StoredDoc[] = []
  let last = start
  const atOnce = Math.max(limit, fewestRows) + 1
  for (;;) {
    const rows = await rowsAfter(last, atOnce)
    const found = await asked.group.db.getMany(rows.map((parts) => parts[1] ?? ''))
    for (const [i, parts] of rows.entries()) {
      const doc = found[i]
      if (doc && fits(doc, asked)) {
        if (docs.length === limit) return { docs, last }
        docs.push(doc)
      }
      last = parts.join('\u0000')
    }
    if (rows.length < atOnce) return { docs, last: undefined }
  }
}

const listPage = async (asked: Asked, after: string): Promise<Page> => {
  const { query, group } = asked
  const removed = query.removed === 'true'
  const name = removed ? ['document.removed'] : ['document.list', ...scopeOf(query)]
  // The removed are listed by when they were removed; when they were made is looked at one by one.
  const { from, to: end }: Bounds = removed ? {} : asked.made
  const low = from === undefined ? {} : { from }
  const { docs, last } = await filled(
    asked,
    (to, limit) => group.index.lookup(name, { reverse: true, limit, ...low, ...(to ? { to } : {}) }),
    after === '' ? end : after,
  )
  const items = docs.filter((doc) => isRemoved(doc) === removed).map(documentOf)
  return { items, nextCursor: last === undefined ? null : write({ mode: 'list', after: last }) }
}

const itemOf = (doc: StoredDoc): Item =>
  isRemoved(doc)
    ? { id: bareId(doc._id), deleted: true, modifiedAt: String(doc['modifiedAt']) }
    : documentOf(doc)

interface Begun {
  epoch: string
  position: number
  at: string
}

/** What was modified, by time; then the changes since this began. */
const sincePage = async (asked: Asked, from: string, { epoch, position, at }: Begun): Promise<Page> => {
  const name = ['document.modified', ...scopeOf(asked.query)]
  let first: string | undefined = from
  const { docs, last } = await filled(
    asked,
    (place, limit) => {
      // U+0001 behind a place: after it.
      const start = first ?? `${place}\u0001`
      first = undefined
      return asked.group.index.lookup(name, { from: start, limit })
    },
    undefined,
  )
  const next: Cursor =
    last === undefined
      ? { mode: 'changes', epoch, position, at }
      : { mode: 'since', after: last, epoch, position, at }
  return { items: docs.map(itemOf), nextCursor: write(next) }
}

/** The changes of the user's sites after a position, those of other documents left out. */
const changesPage = async (asked: Asked, after: number): Promise<Page> => {
  const { group, query, now } = asked
  const complete = group.index.position
  const items: Item[] = []
  let position = after
  while (items.length < query.limit && position < complete) {
    const limit = query.limit - items.length
    const rows = await changesAt(asked, position, limit)
    const docs = await group.db.getMany([...new Set(rows.map((row) => row.doc))])
    items.push(...docs.flatMap((doc) => (doc && fits(doc, asked) ? [itemOf(doc)] : [])))
    position = rows.length === limit ? (rows.at(-1)?.at ?? complete) : complete
  }
  const at = new Date(now - slackMs).toISOString()
  return { items, nextCursor: write({ mode: 'changes', epoch: group.index.epoch, position, at }) }
}

const changesAt = async (
  { group, user }: Asked,
  after: number,
  limit: number,
): Promise<{ at: number; doc: string }[]> => {
  const found = await Promise.all(
    user.siteIds.map((site) =>
      group.index.scan(changesAfter('documents', siteChannel(site), after), { limit }),
    ),
  )
  return found
    .flat()
    .map(([key, value]) => ({
      at: Number.parseInt(partsOf(key)[2] ?? '0', 36),
      doc: (JSON.parse(value) as ChangeRow).doc,
    }))
    .sort((a, b) => a.at - b.at)
    .slice(0, limit)
}
