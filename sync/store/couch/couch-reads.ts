import {
  StoreUnavailable,
  type AttachmentStub,
  type Leaf,
  type LocalDoc,
  type RangeOptions,
  type StoredAttachment,
  type StoredDoc,
} from '../port.ts'
import { assertText } from '../prepared.ts'
import { rowsOf, toLeaves, type AllDocsRow, type BulkGetAnswer } from './answers.ts'
import { CouchFault, type CouchClient } from './couch-client.ts'
import { chunks } from './couch-writes.ts'
import { isOwnLocal } from './local-ids.ts'

const PAGE = 2000

/** Documents by their ids, in that order; those deleted or missing are undefined. */
export async function readDocs(
  client: CouchClient,
  db: string,
  ids: readonly string[],
): Promise<(StoredDoc | undefined)[]> {
  ids.forEach(assertText)
  const found: (StoredDoc | undefined)[] = []
  for (const part of chunks(ids, (id) => id.length)) {
    const body = JSON.stringify({ keys: part })
    const answer = await client.request({
      method: 'POST',
      db,
      path: '_all_docs',
      query: { include_docs: true },
      body,
    })
    const rows = rowsOf<AllDocsRow>(answer.body, 'rows')
    for (const [at, id] of part.entries()) found.push(docOf(rows[at], id))
  }
  return found
}

function docOf(row: AllDocsRow | undefined, id: string): StoredDoc | undefined {
  if (row?.key === id && row.error === 'not_found') return undefined
  // A tombstone has a row, and null for its document.
  if (row?.key === id && row.error === undefined) return row.doc ?? undefined
  throw new StoreUnavailable('CouchDB did not read a document.', {
    cause: new CouchFault(row?.error ?? 'no row'),
  })
}

/** Documents from `from` to `to`, in the order of code points. */
export async function readRange(
  client: CouchClient,
  db: string,
  options: RangeOptions,
): Promise<StoredDoc[]> {
  const { from, to, limit = Infinity, descending = false } = options
  assertText(from)
  assertText(to)
  // CouchDB faults a range that is the wrong way round.
  if (Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return []
  const found: StoredDoc[] = []
  const [end, start] = descending ? [from, to] : [to, from]
  let at = start
  while (found.length < limit) {
    const skip = found.length === 0 ? 0 : 1
    const size = Math.min(PAGE, limit - found.length)
    const query = { startkey: at, endkey: end, descending, skip, limit: size, include_docs: true }
    const answer = await client.request({ db, path: '_all_docs', query })
    const rows = rowsOf<AllDocsRow>(answer.body, 'rows')
    for (const { doc } of rows) if (doc) found.push(doc)
    if (rows.length < size) return found
    at = rows.at(-1)?.key ?? end
  }
  return found
}

/** An attachment of a revision. */
export async function readAttachment(
  client: CouchClient,
  db: string,
  { id, rev, name }: { id: string; rev: string; name: string },
): Promise<StoredAttachment | undefined> {
  // In JSON with all that the revision has: of an attachment by itself nano reads texts as UTF-8, whatever they are.
  const body = JSON.stringify({ docs: [{ id, rev }] })
  const query = { attachments: true }
  const answer = await client.request({ method: 'POST', db, path: '_bulk_get', query, body })
  const [row] = rowsOf<BulkGetAnswer['results'][number]>(answer.body, 'results')
  const given: unknown = row?.docs[0]?.ok?._attachments
  if (typeof given !== 'object' || given === null || !Object.hasOwn(given, name)) return undefined
  const { data: base64, ...stub } = Reflect.get(given, name) as Omit<AttachmentStub, 'stub'> & {
    data: string
  }
  const data = Buffer.from(base64, 'base64')
  return { stub: { ...stub, length: data.byteLength, stub: true }, data }
}

const LEAVES_PAGE = 200

/** All leaves of many documents, in the order of `ids`. */
export async function readLeavesOf(
  client: CouchClient,
  db: string,
  ids: readonly string[],
): Promise<Leaf[][]> {
  const found = new Map<string, Leaf[]>()
  for (let at = 0; at < ids.length; at += LEAVES_PAGE) {
    const body = JSON.stringify({ docs: ids.slice(at, at + LEAVES_PAGE).map((id) => ({ id })) })
    const query = { revs: true }
    const answer = await client.request({ method: 'POST', db, path: '_bulk_get', query, body })
    for (const row of rowsOf<BulkGetAnswer['results'][number]>(answer.body, 'results')) {
      const leaves = toLeaves({ results: [row] })
      if (leaves[0]) found.set(leaves[0].doc._id, leaves)
    }
  }
  return ids.map((id) => found.get(id) ?? [])
}

interface LocalRow {
  id: string
  doc: { [field: string]: unknown }
}

/** Local documents by id, without those that are CouchDB's own. */
export async function readLocals(
  client: CouchClient,
  db: string,
  { after, limit }: { after?: string; limit: number },
): Promise<LocalDoc[]> {
  const found: LocalDoc[] = []
  let last = after === undefined ? undefined : `_local/${after}`
  while (found.length < limit) {
    const from = last === undefined ? {} : { start_key: last, skip: 1 }
    const query = { include_docs: true, limit, ...from }
    const { body } = await client.request({ db, path: '_local_docs', query })
    const rows = rowsOf<LocalRow>(body, 'rows')
    for (const { id, doc } of rows) {
      const { _id, _rev, ...fields } = doc
      const name = id.slice('_local/'.length)
      if (!isOwnLocal(name)) found.push({ id: name, body: fields })
    }
    last = rows.at(-1)?.id
    if (rows.length < limit) break
  }
  return found.slice(0, limit)
}
