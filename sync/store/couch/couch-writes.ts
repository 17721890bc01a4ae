import { StoreUnavailable, type WriteResult } from '../port.ts'
import type { PreparedDoc, prepareLeaf } from '../prepared.ts'
import { rowsOf, type BulkDocsRow } from './answers.ts'
import { CouchFault, type CouchAnswer, type CouchClient } from './couch-client.ts'

const CHUNK_DOCS = 1000
const CHUNK_LENGTH = 8_000_000

/** Attachments as CouchDB takes them: bytes as base64, or the stub of one that stands. */
function attachmentsJson(attachments: PreparedDoc['attachments']): object | undefined {
  if (attachments.length === 0) return undefined
  const entries = attachments.map(({ name, added }): [string, object] => {
    if (!added) return [name, { stub: true }]
    const data = Buffer.from(added.data.buffer, added.data.byteOffset, added.data.byteLength).toString(
      'base64',
    )
    return [name, { content_type: added.contentType, revpos: added.revpos, data }]
  })
  return Object.fromEntries(entries)
}

/** About how long a document's JSON is. */
const lengthOf = ({ body, attachments }: PreparedDoc): number =>
  attachments.reduce((sum, { added }) => sum + (added?.data.byteLength ?? 0) * 1.4, body.length)

function docJson({ id, rev, deleted, body, attachments }: PreparedDoc, revisions?: unknown): string {
  const own = {
    _id: id,
    _rev: rev,
    _deleted: deleted || undefined,
    _revisions: revisions,
    _attachments: attachmentsJson(attachments),
  }
  const head = JSON.stringify(own).slice(0, -1)
  return body === '{}' ? `${head}}` : `${head},${body.slice(1)}`
}

/** Parts that are small enough for one request. */
export function chunks<T>(items: readonly T[], lengthOf: (item: T) => number): T[][] {
  const parts: T[][] = []
  let length = Infinity
  for (const item of items) {
    length += lengthOf(item)
    const last = parts.at(-1)
    if (last && last.length < CHUNK_DOCS && length <= CHUNK_LENGTH) last.push(item)
    else {
      parts.push([item])
      length = lengthOf(item)
    }
  }
  return parts
}

/** An answer to a write. 202 says that too few nodes have it: it may be lost, and is no acknowledgement. */
export function acknowledged(answer: CouchAnswer): unknown {
  if (answer.status === 202) {
    throw new StoreUnavailable('CouchDB took a write, but too few of its nodes have it.', {
      cause: new CouchFault('CouchDB answered 202.', 202),
    })
  }
  return answer.body
}

function toResult(row: BulkDocsRow | undefined, id: string): WriteResult {
  if (row?.id === id && row.ok === true && row.rev !== undefined && row.accepted !== true) {
    return { ok: true, id, rev: row.rev }
  }
  if (row?.id === id && row.error === 'conflict') return { ok: false, id, reason: 'conflict' }
  const cause = new CouchFault(`${row?.error ?? 'no row'}: ${row?.reason ?? ''}`)
  throw new StoreUnavailable('CouchDB did not store a document of a write.', { cause })
}

const hasStubs = ({ attachments }: PreparedDoc): boolean => attachments.some(({ added }) => !added)

/** A document with a stub goes alone: for one that stands for nothing CouchDB refuses the whole request. */
function partsOf<T extends { doc: PreparedDoc }>(round: readonly T[]): T[][] {
  const [alone, others] = [true, false].map((stubs) => round.filter(({ doc }) => hasStubs(doc) === stubs))
  return [...chunks(others ?? [], ({ doc }) => lengthOf(doc)), ...(alone ?? []).map((one) => [one])]
}

/** Writes documents in requests in which no id comes twice: CouchDB would not take the two in order. */
export async function writeDocs(
  client: CouchClient,
  db: string,
  docs: readonly PreparedDoc[],
): Promise<WriteResult[]> {
  const seen = new Map<string, number>()
  const rounds: { doc: PreparedDoc; at: number }[][] = []
  for (const [at, doc] of docs.entries()) {
    const round = seen.get(doc.id) ?? 0
    seen.set(doc.id, round + 1)
    ;(rounds[round] ??= []).push({ doc, at })
  }
  const results = new Map<number, WriteResult>()
  for (const part of rounds.flatMap(partsOf)) {
    const body = `{"docs":[${part.map(({ doc }) => docJson(doc)).join(',')}]}`
    const [only] = part
    const expected = only && hasStubs(only.doc) ? [412] : []
    const answer = await client.request({ method: 'POST', db, path: '_bulk_docs', body, expected })
    if (only && answer.status === 412) {
      results.set(only.at, { ok: false, id: only.doc.id, reason: 'missing_stub' })
      continue
    }
    const rows = rowsOf<BulkDocsRow>(acknowledged(answer))
    for (const [row, { doc, at }] of part.entries()) results.set(at, toResult(rows[row], doc.id))
  }
  return docs.map(({ id }, at) => results.get(at) ?? toResult(undefined, id))
}

/** Writes revisions as they are. CouchDB answers only with the rows that it did not take. */
export async function writeLeaves(
  client: CouchClient,
  db: string,
  leaves: readonly ReturnType<typeof prepareLeaf>[],
): Promise<void> {
  for (const part of chunks(leaves, (leaf) => lengthOf(leaf) + leaf.revisions.ids.length * 35)) {
    const docs = part.map((leaf) => docJson(leaf, leaf.revisions)).join(',')
    const body = `{"new_edits":false,"docs":[${docs}]}`
    const answer = await client.request({ method: 'POST', db, path: '_bulk_docs', body })
    const [refused] = rowsOf<BulkDocsRow>(acknowledged(answer)).filter(({ error }) => error !== undefined)
    if (refused) toResult({ ...refused, error: refused.error ?? '', id: '' }, refused.id)
  }
}
