import { randomUUID } from 'node:crypto'
import type { Leaf } from '../store/port.ts'
import { ancestryIn } from '../store/winning.ts'
import { Stream } from './answering.ts'
import { BATCH_BYTES, isObject, readObject } from './body.ts'
import { streamed, type Call, type Turn } from './call.ts'
import { badRequest, deleted, missing } from './errors.ts'
import { isText, parseRevision, type Parameters } from './parameters.ts'

/** A document as it goes out. */
type Served = Record<string, unknown>

interface Extras {
  revs: boolean
  info: boolean
  conflicts: boolean
  deletedConflicts: boolean
}

const extrasOf = (parameters: Parameters): Extras => {
  const meta = parameters.flag('meta')
  return {
    revs: parameters.flag('revs'),
    info: meta || parameters.flag('revs_info'),
    conflicts: meta || parameters.flag('conflicts'),
    deletedConflicts: meta || parameters.flag('deleted_conflicts'),
  }
}

/** `_revs_info`: bodies are kept of leaves only, as in a CouchDB that compacts after each write. */
function revsInfo({ doc, revisions }: Leaf): { rev: string; status: string }[] {
  return revisions.ids.map((hash, at) => ({
    rev: `${revisions.start - at}-${hash}`,
    status: at > 0 ? 'missing' : doc._deleted ? 'deleted' : 'available',
  }))
}

function present(leaf: Leaf, leaves: readonly Leaf[], extras: Extras): Served {
  const served: Served = { ...leaf.doc }
  const others = leaves.filter((other) => other !== leaf)
  const revsOf = (gone: boolean): string[] =>
    others.filter(({ doc }) => (doc._deleted ?? false) === gone).map(({ doc }) => doc._rev)
  if (extras.revs) served['_revisions'] = leaf.revisions
  if (extras.info) served['_revs_info'] = revsInfo(leaf)
  if (extras.conflicts && revsOf(false).length > 0) served['_conflicts'] = revsOf(false)
  if (extras.deletedConflicts && revsOf(true).length > 0) served['_deleted_conflicts'] = revsOf(true)
  return served
}

/** The leaves that stand for a revision: itself, or with `latest` what became of it. */
function leavesFor(leaves: readonly Leaf[], rev: string, latest: boolean): readonly Leaf[] {
  const exact = leaves.filter(({ doc }) => doc._rev === rev)
  if (!latest || exact.length > 0) return exact
  return leaves.filter((leaf) => ancestryIn([leaf], rev) !== undefined)
}

/** `GET /{db}/{docid}`: https://docs.couchdb.org/en/stable/api/document/common.html#get--db-docid */
export const getDocument: Call = async (turn) => {
  const { request, parameters } = turn
  const asked = parameters.text('open_revs')
  if (asked !== undefined) return openRevs(turn, asked)
  const rev = parameters.revision()
  const leaves = await turn.db.leaves(turn.id)
  const leaf = pick(leaves, rev, parameters.flag('latest'))
  const extras = extrasOf(parameters)
  // The answer then depends on more than the revision.
  const tag = extras.info || extras.conflicts ? undefined : `"${leaf.doc._rev}"`
  const headers = tag === undefined ? {} : { ETag: tag }
  if (tag !== undefined && request.headers['if-none-match'] === tag)
    return { status: 304, body: null, headers }
  return { status: 200, body: present(leaf, leaves, extras), headers }
}

function pick(leaves: readonly Leaf[], rev: string | undefined, latest: boolean): Leaf {
  const [winner] = leaves
  if (!winner) throw missing()
  if (rev === undefined) {
    if (winner.doc._deleted) throw deleted()
    return winner
  }
  // CouchDB answers an unknown revision with the winner where the latest is asked for.
  const leaf = leavesFor(leaves, rev, latest)[0] ?? (latest ? winner : undefined)
  if (!leaf) throw missing()
  return leaf
}

/** Several leaves of one document come in CouchDB's order. */
const winnerLast = (leaves: readonly Leaf[]): Leaf[] => [...leaves].reverse()

type OpenRev = { ok: Served } | { missing: string }

async function openRevs(turn: Turn, asked: string): ReturnType<Call> {
  const { parameters, request } = turn
  const revs = asked === 'all' ? undefined : parameters.json('open_revs')
  if (revs !== undefined && !Array.isArray(revs)) throw badRequest('`open_revs` must be `all` or an array.')
  const wanted = revs?.map(parseRevision)
  const leaves = await turn.db.leaves(turn.id)
  if (!wanted && leaves.length === 0) throw missing()
  const extras = extrasOf(parameters)
  const latest = parameters.flag('latest')
  const found = wanted ? new Set(wanted.flatMap((rev) => leavesFor(leaves, rev, latest))) : undefined
  const rows: OpenRev[] = winnerLast(leaves.filter((leaf) => found?.has(leaf) ?? true)).map((leaf) => ({
    ok: present(leaf, leaves, extras),
  }))
  for (const rev of wanted ?? []) {
    if (leavesFor(leaves, rev, latest).length === 0) rows.push({ missing: rev })
  }
  // As CouchDB: several parts, unless the client asks for JSON and for nothing else that would do.
  if (!/multipart\/(?:mixed|\*)|\*\/\*/i.test(request.headers.accept ?? '*/*')) {
    return { status: 200, body: rows }
  }
  return sendParts(turn, rows)
}

async function sendParts({ response }: Turn, rows: readonly OpenRev[]): Promise<typeof streamed> {
  const boundary = randomUUID().replaceAll('-', '')
  const stream = new Stream(response, `multipart/mixed; boundary="${boundary}"`)
  for (const row of rows) {
    const type = 'ok' in row ? 'application/json' : 'application/json; error="true"'
    const body = JSON.stringify('ok' in row ? row.ok : row)
    await stream.write(`--${boundary}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`)
  }
  stream.end(`--${boundary}--`)
  return streamed
}

/** `POST /{db}/_bulk_get`: https://docs.couchdb.org/en/stable/api/database/bulk-api.html#db-bulk-get */
export const bulkGet: Call = async (turn) => {
  const { docs } = await readObject(turn.request, BATCH_BYTES)
  if (!Array.isArray(docs)) throw badRequest("Missing JSON list of 'docs'.")
  const asking = { latest: turn.parameters.flag('latest'), extras: extrasOf(turn.parameters) }
  const stream = new Stream(turn.response)
  await stream.write('{"results":[')
  for (let at = 0; at < docs.length && !stream.gone.aborted; at += BULK_AT_ONCE) {
    const part = docs.slice(at, at + BULK_AT_ONCE)
    const results = await Promise.all(part.map((asked: unknown) => bulkGetRow(turn, asked, asking)))
    const text = results.map((result) => JSON.stringify(result)).join(',\n')
    await stream.write(`${at === 0 ? '' : ','}${text}`)
  }
  stream.end(']}\n')
  return streamed
}

const BULK_AT_ONCE = 50

async function bulkGetRow(
  turn: Turn,
  asked: unknown,
  { latest, extras }: { latest: boolean; extras: Extras },
): Promise<object> {
  const { id, rev } = isObject(asked) ? asked : {}
  const fail = (error: string, reason: string): object => {
    const shown = { id: id ?? null, rev: rev ?? (id === undefined ? null : 'undefined') }
    return { id: id ?? null, docs: [{ error: { ...shown, error, reason } }] }
  }
  if (!isText(id)) return fail('bad_request', 'document must be a JSON object')
  let wanted: string | undefined
  try {
    wanted = rev === undefined ? undefined : parseRevision(rev)
  } catch {
    return fail('bad_request', 'Invalid rev format')
  }
  const leaves = await turn.db.leaves(id)
  const found = wanted === undefined ? leaves : leavesFor(leaves, wanted, latest)
  if (found.length === 0) return fail('not_found', 'missing')
  return { id, docs: winnerLast(found).map((leaf) => ({ ok: present(leaf, leaves, extras) })) }
}
