import type { Change, Leaf, Seq, StoredDoc } from '../port.ts'
import { StoreUnavailable } from '../port.ts'
import { CouchFault } from './couch-client.ts'
import { byWinning } from '../winning.ts'

/** The shapes of CouchDB's answers, as far as they are read. */
export interface BulkDocsRow {
  id: string
  ok?: boolean
  rev?: string
  error?: string
  reason?: string
  /** Set where the write is not on a majority of its nodes. */
  accepted?: boolean
}
export interface AllDocsRow {
  key: string
  error?: string
  doc?: StoredDoc | null
}
export interface ChangesAnswer {
  results: { id: string; seq: Seq; changes: { rev: string }[]; deleted?: boolean; doc?: StoredDoc }[]
  last_seq: Seq
}
interface RevisionsDoc extends StoredDoc {
  _revisions: { start: number; ids: string[] }
}
export interface BulkGetAnswer {
  results: { docs: { ok?: RevisionsDoc; error?: { error: string; reason?: string } }[] }[]
}

/** The member `key` of an answer, which must be an array: what is between may answer in CouchDB's place. */
export function rowsOf<Row>(body: unknown, key?: string): Row[] {
  const rows: unknown = key === undefined ? body : typeof body === 'object' && body && Reflect.get(body, key)
  if (!Array.isArray(rows)) {
    const cause = new CouchFault('The answer of CouchDB has no rows.')
    throw new StoreUnavailable('CouchDB did not answer as it should.', { cause })
  }
  return rows as Row[]
}

/** A change of the feed `style=all_docs`, which names the winner first. */
export function toChange(row: ChangesAnswer['results'][number]): Change {
  const leaves = row.changes.map(({ rev }) => rev)
  const change = { id: row.id, seq: row.seq, rev: leaves[0] ?? '', deleted: row.deleted === true, leaves }
  return row.doc ? { ...change, doc: row.doc } : change
}

/** The leaves in an answer of `_bulk_get`, the winner first. */
export function toLeaves(body: unknown): Leaf[] {
  const leaves: Leaf[] = []
  for (const { docs } of rowsOf<BulkGetAnswer['results'][number]>(body, 'results')) {
    for (const { ok, error } of docs) {
      if (ok) {
        const { _revisions: revisions, ...doc } = ok
        leaves.push({ doc, revisions })
      } else if (error?.error !== 'not_found') {
        throw new StoreUnavailable('CouchDB did not give all revisions of a document.', { cause: error })
      }
    }
  }
  const rank = ({ doc }: Leaf) => ({ rev: doc._rev, deleted: doc._deleted === true })
  return leaves.sort((a, b) => byWinning(rank(a), rank(b)))
}
