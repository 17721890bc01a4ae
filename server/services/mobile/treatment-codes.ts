/** Reading a group's price list: whole, or what changed in it. */
import { createHash } from 'node:crypto'
import { groupChannel, siteChannel } from '../../../sync/feed/entries.ts'
import type { Index } from '../../../sync/feed/index-store.ts'
import { changesAfter, partsOf } from '../../../sync/feed/keys.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { ChangeRow } from '../../../sync/feed/apply-changes.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'

type CodePage = Exclude<ResponseOf<Api['retrieveTreatmentCodes']>, undefined>
type CodeItem = CodePage['items'][number]

const prefix = 'treatmentCode:'
const fields = [
  'code',
  'name',
  'kind',
  'unitPrice',
  'fixedPrice',
  'currency',
  'vatRate',
  'sellingUnit',
  'drugSchedule',
  'active',
  'groupId',
  'createdAt',
  'modifiedAt',
] as const

const itemOf = (doc: StoredDoc): CodeItem =>
  ({
    ...{ id: bareId(doc._id), revision: doc._rev },
    ...Object.fromEntries(fields.map((field) => [field, doc[field] ?? null])),
  }) as unknown as CodeItem

const removedItem = (doc: { _id: string; modifiedAt?: unknown }): CodeItem => ({
  id: bareId(doc._id),
  deleted: true,
  modifiedAt: String(doc.modifiedAt),
})

const channels = (siteId: number): string[] => [groupChannel, siteChannel(siteId)]

interface WholeList {
  /** Positions of the newest changes that the list was read after. */
  head: string
  page: CodePage
  etag: string
}
const kept = new WeakMap<Index, Map<number, WholeList>>()

/** The newest change of the list's channels: as long as it stays, so does the list. */
const headOf = async ({ index }: Group, siteId: number): Promise<string> => {
  await index.catchUp()
  const newest = await Promise.all(
    channels(siteId).map((channel) =>
      index.scan(changesAfter('treatmentCodes', channel, 0), { limit: 1, reverse: true }),
    ),
  )
  return newest.map((rows) => rows[0]?.[0] ?? '').join()
}

/** Every code in use at a site, in order of code, with an entity tag; read again only after a change. */
export const wholeList = (group: Group, siteId: number): Promise<WholeList> =>
  group.memo.read(`codes ${siteId}`, () => readList(group, siteId))

/** The price list seldom changes: another change in the group costs a look at the list's own changes alone. */
const readList = async (group: Group, siteId: number): Promise<WholeList> => {
  const head = await headOf(group, siteId)
  const lists = kept.get(group.index) ?? new Map<number, WholeList>()
  kept.set(group.index, lists)
  const known = lists.get(siteId)
  if (known?.head === head) return known
  const docs = await group.db.range({ from: prefix, to: `${prefix}\uffff` })
  const items = docs.filter((doc) => visible(doc, { siteIds: [siteId] })).map(itemOf)
  const page: CodePage = Object.freeze({ items, nextCursor: null })
  const list = { head, page, etag: etagOf(page) }
  lists.set(siteId, list)
  return list
}

/** A strong entity tag of a page (RFC 9110, section 8.8.3). */
export const etagOf = (page: CodePage): string =>
  `"${createHash('sha256').update(JSON.stringify(page)).digest('base64url').slice(0, 27)}"`

/** A page of the whole list, after a code. */
export const listAfter = async (
  group: Group,
  request: { siteId: number; after: string; limit: number },
): Promise<{ items: CodeItem[]; last: string | undefined }> => {
  const { page } = await wholeList(group, request.siteId)
  const rest = page.items.filter((item) => 'code' in item && item.code > request.after)
  const items = rest.slice(0, request.limit)
  const lastItem = items[items.length - 1]
  const last = rest.length > items.length && lastItem && 'code' in lastItem ? lastItem.code : undefined
  return { items, last }
}

/** A page of what was modified at or after `from` (a time, or time U+0000 id of the last item sent). */
export const modifiedFrom = async (
  group: Group,
  request: { siteId: number; from: string; limit: number },
): Promise<{ items: CodeItem[]; last: string | undefined }> => {
  const found = await group.index.lookup(['modified', 'treatmentCode'], {
    from: request.from,
    limit: request.limit + 1,
  })
  const shown = found.slice(0, request.limit)
  const items = await itemsOf(
    group,
    shown.map((parts) => parts[1] ?? ''),
    request.siteId,
  )
  // U+0001 behind the id: the next page begins after it.
  const last = found.length > shown.length ? `${shown[shown.length - 1]?.join('\u0000')}\u0001` : undefined
  return { items, last }
}

/** A page of what changed after a position of the index. */
export const changedAfter = async (
  group: Group,
  request: { siteId: number; position: number; limit: number },
): Promise<{ items: CodeItem[]; position: number }> => {
  await group.index.catchUp()
  const complete = group.index.position
  const found = await Promise.all(
    channels(request.siteId).map((channel) =>
      group.index.scan(changesAfter('treatmentCodes', channel, request.position), { limit: request.limit }),
    ),
  )
  const rows = found
    .flat()
    .map(([key, value]) => ({
      at: Number.parseInt(partsOf(key)[2] ?? '0', 36),
      doc: (JSON.parse(value) as ChangeRow).doc,
    }))
    .sort((a, b) => a.at - b.at)
    .slice(0, request.limit)
  const items = await itemsOf(
    group,
    rows.map((row) => row.doc),
    request.siteId,
  )
  const last = rows[rows.length - 1]
  return { items, position: rows.length === request.limit && last ? last.at : complete }
}

const itemsOf = async (group: Group, ids: readonly string[], siteId: number): Promise<CodeItem[]> => {
  const docs = await group.db.getMany(ids)
  return await Promise.all(
    ids.map(async (id, i) => {
      const doc = docs[i]
      if (doc && visible(doc, { siteIds: [siteId] })) return itemOf(doc)
      if (doc) return removedItem(doc)
      const [leaf] = await group.db.leaves(id)
      return removedItem(leaf?.doc ?? { _id: id, modifiedAt: new Date(0).toISOString() })
    }),
  )
}
