import { Stream } from './answering.ts'
import { inlined, parseSince, wantedBy, type Wanted } from './attachments/serving.ts'
import { BATCH_BYTES, isObject, readObject } from './body.ts'
import { streamed, type Call, type Turn } from './call.ts'
import { badRequest } from './errors.ts'
import { isText, parseRevision } from './parameters.ts'
import { extrasOf, present, revisionsFor, winnerLast, type Extras } from './read-calls.ts'
import { requireStanding } from './watch.ts'

/** `POST /{db}/_bulk_get`: https://docs.couchdb.org/en/stable/api/database/bulk-api.html#db-bulk-get */
export const bulkGet: Call = async (turn) => {
  const { docs } = await readObject(turn.request, BATCH_BYTES)
  if (!Array.isArray(docs)) throw badRequest("Missing JSON list of 'docs'.")
  const { parameters } = turn
  const asking = {
    latest: parameters.flag('latest'),
    extras: extrasOf(parameters),
    wanted: wantedBy(parameters),
  }
  const stream = new Stream(turn, {})
  await stream.write('{"results":[')
  for (let at = 0; at < docs.length && !stream.gone.aborted; at += BULK_AT_ONCE) {
    const part = docs.slice(at, at + BULK_AT_ONCE)
    const results = await Promise.all(part.map((asked: unknown) => bulkGetRow(turn, asked, asking)))
    const text = results.map((result) => JSON.stringify(result)).join(',\n')
    await requireStanding(turn)
    await stream.write(`${at === 0 ? '' : ','}${text}`)
  }
  stream.end(']}\n')
  return streamed
}

const BULK_AT_ONCE = 50

async function bulkGetRow(
  turn: Turn,
  asked: unknown,
  { latest, extras, wanted }: { latest: boolean; extras: Extras; wanted: Wanted | undefined },
): Promise<object> {
  const { id, rev, atts_since: since } = isObject(asked) ? asked : {}
  const fail = (error: string, reason: string): object => {
    const shown = { id: id ?? null, rev: rev ?? (id === undefined ? null : 'undefined') }
    return { id: id ?? null, docs: [{ error: { ...shown, error, reason } }] }
  }
  if (!isText(id)) return fail('bad_request', 'document must be a JSON object')
  let exact: string | undefined
  let attached = wanted
  try {
    exact = rev === undefined ? undefined : parseRevision(rev)
    if (since !== undefined) attached = { since: parseSince(since) }
  } catch {
    return fail('bad_request', 'Invalid rev format')
  }
  const leaves = await turn.db.leaves(id)
  const found =
    exact === undefined ? leaves : await revisionsFor({ db: turn.db, id }, { leaves, rev: exact, latest })
  if (found.length === 0) return fail('not_found', 'missing')
  // As CouchDB: all leaves come with the winner first, those that were asked for with it last.
  const ordered = exact === undefined ? found : winnerLast(found)
  const docs = ordered.map(async (leaf) => ({
    ok: { ...present(leaf, leaves, extras), ...(await inlined(turn, leaf, attached)) },
  }))
  return { id, docs: await Promise.all(docs) }
}
