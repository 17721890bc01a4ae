import { randomUUID } from 'node:crypto'
import { locationOf, type Call, type Turn } from './call.ts'
import { assertWhole } from './attachments/incoming.ts'
import { filled, isMultipart, readRelated } from './attachments/related.ts'
import { BATCH_BYTES, readJson, readObject, requireJson } from './body.ts'
import { badRequest, deleted, missing, ProtocolError } from './errors.ts'
import { isLocalId, lineOf, parseDocument, type Incoming } from './incoming.ts'
import { parseRevision } from './parameters.ts'
import type { Row } from './replica.ts'
import { writeAll } from './write-rows.ts'

const statuses: Readonly<Record<string, number>> = {
  conflict: 409,
  missing_stub: 412,
  forbidden: 403,
  document_too_large: 413,
  bad_request: 400,
}

const newId = (): string => randomUUID().replaceAll('-', '')

/** The one row of a write of one document; a refusal is the whole answer. */
export function only([row]: Row[]): { id: string; rev: string } {
  if (row && 'ok' in row) return row
  throw new ProtocolError(statuses[row?.error ?? ''] ?? 500, row?.error ?? '', row?.reason ?? '')
}

const writtenBody = ({ id, rev }: { id: string; rev: string }): object => ({ ok: true, id, rev })

/** The revision that a write replaces: in the query, in `If-Match`, or in the document; they must not differ. */
export function replaced({ request, parameters }: Turn, own: string | undefined): string | undefined {
  const match = request.headers['if-match']?.replaceAll('"', '')
  const named = parameters.revision() ?? (match === undefined ? undefined : parseRevision(match))
  if (named !== undefined && own !== undefined && named !== own) {
    throw badRequest('Document rev from request body and query string have different values')
  }
  return named ?? own
}

/** The one document of a request. Its attachments stand in it, or follow it in parts of their own. */
async function readDocument({ request, id }: Turn): Promise<Incoming> {
  if (!isMultipart(request)) {
    const incoming = parseDocument(await readJson(request, BATCH_BYTES), () => id)
    assertWhole(incoming.attachments)
    return incoming
  }
  const { json, parts } = await readRelated(request)
  const incoming = parseDocument(json, () => id)
  return { ...incoming, attachments: await filled(incoming.attachments, parts) }
}

/** `PUT /{db}/{docid}`: https://docs.couchdb.org/en/stable/api/document/common.html#put--db-docid */
export const putDocument: Call = async (turn) => {
  const incoming = await readDocument(turn)
  const rev = replaced(turn, incoming.doc._rev)
  if (rev !== undefined) incoming.doc._rev = rev
  const newEdits = turn.parameters.flag('new_edits', true)
  if (!newEdits) lineOf(incoming)
  const row = only(await writeAll(turn.db, [incoming], newEdits))
  return {
    status: incoming.doc._deleted && newEdits ? 200 : 201,
    body: writtenBody(row),
    headers: { ETag: `"${row.rev}"`, Location: locationOf(turn, row.id) },
  }
}

/** `DELETE /{db}/{docid}?rev=`: leaves a tombstone without a body. */
export const deleteDocument: Call = async (turn) => {
  const rev = replaced(turn, undefined)
  const [winner] = await turn.db.leaves(turn.id)
  if (!winner) throw missing()
  if (winner.doc._deleted) throw deleted()
  const doc = { _id: turn.id, _deleted: true as const, ...(rev === undefined ? {} : { _rev: rev }) }
  const row = only(await writeAll(turn.db, [{ doc, revisions: undefined, attachments: new Map() }], true))
  return { status: 200, body: writtenBody(row), headers: { ETag: `"${row.rev}"` } }
}

/** `POST /{db}`: a document that names its own id, or is given one. */
export const postDocument: Call = async (turn) => {
  requireJson(turn.request)
  const body = await readJson(turn.request, BATCH_BYTES)
  const incoming = parseDocument(body, ({ _id }) => (_id === undefined ? newId() : _id))
  assertWhole(incoming.attachments)
  const row = only(await writeAll(turn.db, [incoming], true))
  return { status: 201, body: writtenBody(row), headers: { Location: locationOf(turn, row.id) } }
}

/** `POST /{db}/_bulk_docs`: https://docs.couchdb.org/en/stable/api/database/bulk-api.html#db-bulk-docs */
export const bulkDocs: Call = async (turn) => {
  const { docs, new_edits: newEdits = true } = await readObject(turn.request, BATCH_BYTES)
  if (docs === undefined) throw badRequest('POST body must include `docs` parameter.')
  if (!Array.isArray(docs)) throw badRequest('`docs` parameter must be an array.')
  if (typeof newEdits !== 'boolean') throw badRequest('`new_edits` must be true or false.')
  const incoming = docs.map((doc): Incoming =>
    parseDocument(doc, ({ _id }) => (_id === undefined ? newId() : _id)),
  )
  for (const { attachments } of incoming) assertWhole(attachments)
  if (!newEdits) for (const one of incoming) if (!isLocalId(one.doc._id)) lineOf(one)
  const rows = await writeAll(turn.db, incoming, newEdits)
  return { status: 201, body: newEdits ? rows : rows.filter((row) => !('ok' in row)) }
}
