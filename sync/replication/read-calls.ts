import type { Leaf } from '../store/port.ts'
import { ancestryIn, byWinning, revsOf } from '../store/winning.ts'
import { Stream } from './answering.ts'
import { inlined, newBoundary, sending, wantedBy, writeRelated, type Wanted } from './attachments/serving.ts'
import { streamed, type Call, type Turn } from './call.ts'
import { badRequest, deleted, missing } from './errors.ts'
import { parseRevision, type Parameters } from './parameters.ts'

/** A document as it goes out. */
type Served = Record<string, unknown>

export interface Extras {
  revs: boolean
  info: boolean
  conflicts: boolean
  deletedConflicts: boolean
}

export const extrasOf = (parameters: Parameters): Extras => {
  const meta = parameters.flag('meta')
  return {
    revs: parameters.flag('revs'),
    info: meta || parameters.flag('revs_info'),
    conflicts: meta || parameters.flag('conflicts'),
    deletedConflicts: meta || parameters.flag('deleted_conflicts'),
  }
}

/** So many older revisions are looked for; clients ask to show what came before. */
const OLDER = 50

/** `_revs_info`: which revisions have their bodies still. */
async function revsInfo(
  { db, id }: Turn,
  { doc, revisions }: Leaf,
): Promise<{ rev: string; status: string }[]> {
  const [own = '', ...older] = revsOf(revisions)
  const kept = await Promise.all(older.slice(0, OLDER).map((rev) => db.revision(id, rev)))
  return [
    { rev: own, status: doc._deleted ? 'deleted' : 'available' },
    ...older.map((rev, at) => ({ rev, status: kept[at] ? 'available' : 'missing' })),
  ]
}

export function present(leaf: Leaf, leaves: readonly Leaf[], extras: Extras): Served {
  const served: Served = { ...leaf.doc }
  const others = leaves.filter((other) => other !== leaf)
  const revsOf = (gone: boolean): string[] =>
    others.filter(({ doc }) => (doc._deleted ?? false) === gone).map(({ doc }) => doc._rev)
  if (extras.revs) served['_revisions'] = leaf.revisions
  if (extras.conflicts && revsOf(false).length > 0) served['_conflicts'] = revsOf(false)
  if (extras.deletedConflicts && revsOf(true).length > 0) served['_deleted_conflicts'] = revsOf(true)
  return served
}

/** What stands for a revision: itself, or with `latest` the leaves that became of it. */
export async function revisionsFor(
  { db, id }: Pick<Turn, 'db' | 'id'>,
  { leaves, rev, latest }: { leaves: readonly Leaf[]; rev: string; latest: boolean },
): Promise<readonly Leaf[]> {
  const exact = leaves.filter(({ doc }) => doc._rev === rev)
  if (exact.length > 0) return exact
  const line = leaves.filter((leaf) => ancestryIn([leaf], rev) !== undefined)
  if (latest || line.length === 0) return line
  const older = await db.revision(id, rev)
  return older ? [older] : []
}

/** `GET /{db}/{docid}`: https://docs.couchdb.org/en/stable/api/document/common.html#get--db-docid */
export const getDocument: Call = async (turn) => {
  const { request, parameters } = turn
  const asked = parameters.text('open_revs')
  if (asked !== undefined) return openRevs(turn, asked)
  const rev = parameters.revision()
  const leaves = await turn.db.leaves(turn.id)
  const leaf = await pick(turn, leaves, rev)
  const extras = extrasOf(parameters)
  // The answer then depends on more than the revision.
  const tag = extras.info || extras.conflicts ? undefined : `"${leaf.doc._rev}"`
  const headers = tag === undefined ? {} : { ETag: tag }
  if (tag !== undefined && request.headers['if-none-match'] === tag)
    return { status: 304, body: null, headers }
  const served = present(leaf, leaves, extras)
  if (extras.info) served['_revs_info'] = await revsInfo(turn, leaf)
  const wanted = wantedBy(parameters)
  if (!wanted || !sending(leaf, wanted).some(({ sent }) => sent))
    return { status: 200, body: served, headers }
  if (!prefersRelated(request))
    return { status: 200, body: { ...served, ...(await inlined(turn, leaf, wanted)) }, headers }
  const boundary = newBoundary()
  const type = { 'Content-Type': `multipart/related; boundary="${boundary}"` }
  const stream = new Stream(turn, { headers: { ...headers, ...type } })
  if (request.method !== 'HEAD') await writeRelated(turn, stream, { leaf, served, wanted, boundary })
  stream.end('')
  return streamed
}

/** Whether a request takes an answer of several parts. */
const takesParts = (kind: 'mixed' | 'related', { headers }: Turn['request']): boolean =>
  new RegExp(`multipart/(?:${kind}|\\*)|\\*/\\*`, 'i').test(headers.accept ?? '*/*')

/** As CouchDB: parts where they are named, also beside JSON; JSON for who names only that. */
function prefersRelated(request: Turn['request']): boolean {
  const accept = request.headers.accept ?? ''
  return (
    /multipart\/related/i.test(accept) ||
    (!/application\/json/i.test(accept) && takesParts('related', request))
  )
}

async function pick(turn: Turn, leaves: readonly Leaf[], rev: string | undefined): Promise<Leaf> {
  const [winner] = leaves
  if (!winner) throw missing()
  if (rev === undefined) {
    if (winner.doc._deleted) throw deleted()
    return winner
  }
  // CouchDB answers an unknown revision with the winner where the latest is asked for.
  const latest = turn.parameters.flag('latest')
  const [found] = await revisionsFor(turn, { leaves, rev, latest })
  const leaf = found ?? (latest ? winner : undefined)
  if (!leaf) throw missing()
  return leaf
}

/** Several leaves of one document come in CouchDB's order. */
export const winnerLast = (leaves: readonly Leaf[]): Leaf[] =>
  [...leaves].sort((a, b) => byWinning(rankOf(b), rankOf(a)))

const rankOf = ({ doc }: Leaf) => ({ rev: doc._rev, deleted: doc._deleted === true })

type OpenRev = { leaf: Leaf; ok: Served } | { missing: string }

async function openRevs(turn: Turn, asked: string): ReturnType<Call> {
  const { parameters, request } = turn
  const revs = asked === 'all' ? undefined : parameters.json('open_revs')
  if (revs !== undefined && !Array.isArray(revs)) throw badRequest('`open_revs` must be `all` or an array.')
  const exact = revs?.map(parseRevision)
  const leaves = await turn.db.leaves(turn.id)
  if (!exact && leaves.length === 0) throw missing()
  const extras = extrasOf(parameters)
  const latest = parameters.flag('latest')
  const asking = (exact ?? []).map((rev) => revisionsFor(turn, { leaves, rev, latest }))
  const standing = await Promise.all(asking)
  const found = exact ? [...new Set(standing.flat())] : leaves
  const rows: OpenRev[] = winnerLast(found).map((leaf) => ({ leaf, ok: present(leaf, leaves, extras) }))
  for (const [at, rev] of (exact ?? []).entries()) if (standing[at]?.length === 0) rows.push({ missing: rev })
  // As CouchDB: several parts, unless the client asks for JSON and for nothing else that would do.
  const wanted = wantedBy(parameters)
  if (takesParts('mixed', request)) return sendParts(turn, rows, wanted ?? { since: undefined })
  const body = rows.map(async (row) =>
    'ok' in row ? { ok: { ...row.ok, ...(await inlined(turn, row.leaf, wanted)) } } : row,
  )
  return { status: 200, body: await Promise.all(body) }
}

/** Several parts, as CouchDB's replicator asks for them: there the bytes of attachments come without being asked for. */
async function sendParts(turn: Turn, rows: readonly OpenRev[], wanted: Wanted): Promise<typeof streamed> {
  const boundary = newBoundary()
  const headers = { 'Content-Type': `multipart/mixed; boundary="${boundary}"` }
  const stream = new Stream(turn, { headers })
  for (const row of rows) {
    await stream.write(`--${boundary}\r\n`)
    if ('missing' in row) {
      await stream.write(`Content-Type: application/json; error="true"\r\n\r\n${JSON.stringify(row)}\r\n`)
    } else if (sending(row.leaf, wanted).some(({ sent }) => sent)) {
      const inner = newBoundary()
      await stream.write(`Content-Type: multipart/related; boundary="${inner}"\r\n\r\n`)
      await writeRelated(turn, stream, { leaf: row.leaf, served: row.ok, wanted, boundary: inner })
      await stream.write('\r\n')
    } else await stream.write(`Content-Type: application/json\r\n\r\n${JSON.stringify(row.ok)}\r\n`)
  }
  stream.end(`--${boundary}--`)
  return streamed
}
