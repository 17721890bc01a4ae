import type { NewDoc } from '../store/port.ts'
import { locationOf, type Call } from './call.ts'
import { DOCUMENT_BYTES, isObject, readJson } from './body.ts'
import { missing } from './errors.ts'
import { parseDocument } from './incoming.ts'
import type { Replica } from './replica.ts'

/**
 * `_local` documents: https://docs.couchdb.org/en/stable/api/local.html
 * As with CouchDB the last write wins; the revision `0-N` counts the writes of a client that names the one before.
 */
const keyOf = (id: string): string => id.slice('_local/'.length)

async function read(db: Replica, id: string): Promise<Record<string, unknown> | undefined> {
  const kept = await db.getLocal(keyOf(id))
  if (!kept) return undefined
  const { rev, fields } = kept
  return { _id: id, _rev: `0-${Number(rev)}`, ...(isObject(fields) ? fields : {}) }
}

/** Writes or, where it is `_deleted`, removes a local document. */
export async function writeLocal(db: Replica, doc: NewDoc): Promise<{ id: string; rev: string }> {
  const { _id: id, _rev: before = '0-0', _deleted: gone, ...fields } = doc
  const rev = gone ? 0 : Number(before.slice(2)) + 1
  await db.putLocal(keyOf(id), gone ? null : { rev, fields })
  return { id, rev: `0-${rev}` }
}

export const getLocal: Call = async (turn) => {
  const doc = await read(turn.db, turn.id)
  if (!doc) throw missing()
  return { status: 200, body: doc, headers: { ETag: `"${String(doc['_rev'])}"` } }
}

export const putLocal: Call = async (turn) => {
  const body = await readJson(turn.request, DOCUMENT_BYTES)
  const { doc } = parseDocument(body, () => turn.id)
  const written = await writeLocal(turn.db, doc)
  const headers = { ETag: `"${written.rev}"`, Location: locationOf(turn, written.id) }
  return { status: 201, body: { ok: true, ...written }, headers }
}

export const deleteLocal: Call = async (turn) => {
  if (!(await read(turn.db, turn.id))) throw missing()
  const written = await writeLocal(turn.db, { _id: turn.id, _deleted: true })
  return { status: 200, body: { ok: true, ...written }, headers: { ETag: `"${written.rev}"` } }
}
