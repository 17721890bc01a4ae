import type { StoredDoc } from '../store/port.ts'
import { Stream } from './answering.ts'
import { inlined, type Wanted } from './attachments/serving.ts'
import { BATCH_BYTES, readObject } from './body.ts'
import { streamed, type Call, type Turn } from './call.ts'
import { badRequest } from './errors.ts'
import { isText, type Parameters } from './parameters.ts'
import { requireStanding } from './watch.ts'

const PAGE = 500
const FIRST = '\u0000'
const LAST = '\u{10ffff}\u{10ffff}'

const boundNames = ['key', 'startkey', 'start_key', 'endkey', 'end_key']

interface Asked {
  docs: boolean
  conflicts: boolean
  wanted: Wanted | undefined
  limit: number
  skip: number
  descending: boolean
}

/** `GET, POST /{db}/_all_docs`: https://docs.couchdb.org/en/stable/api/database/bulk-api.html#db-all-docs */
export const allDocs: Call = async (turn) => {
  const post = turn.request.method === 'POST'
  const parameters = post
    ? turn.parameters.with(await readObject(turn.request, BATCH_BYTES))
    : turn.parameters
  const asked: Asked = {
    docs: parameters.flag('include_docs'),
    conflicts: parameters.flag('conflicts'),
    wanted: parameters.flag('attachments') ? { since: undefined } : undefined,
    limit: parameters.count('limit') ?? Infinity,
    skip: parameters.count('skip') ?? 0,
    descending: parameters.flag('descending'),
  }
  const keys = parameters.json('keys')
  if (keys !== undefined && !Array.isArray(keys)) throw badRequest('`keys` body member must be an array.')
  if (post && keys && boundNames.some((name) => parameters.text(name) !== undefined))
    throw badRequest('`keys` is incompatible with `key`, `start_key` and `end_key`')
  const range = rangeOf(parameters, asked.descending)
  const { docCount, updateSeq } = await turn.db.info()
  const head = {
    total_rows: docCount,
    // How many stand before a key is not known without counting them.
    offset: keys || range.bounded ? null : Math.min(asked.skip, docCount),
    ...(parameters.flag('update_seq') ? { update_seq: updateSeq } : {}),
  }
  const stream = new Stream(turn, {})
  await stream.write(`${JSON.stringify(head).slice(0, -1)},"rows":[`)
  const pages = keys ? keyedRows(turn, keys, asked) : rangeRows(turn, range, asked)
  let first = true
  for await (const rows of pages) {
    if (stream.gone.aborted) return streamed
    if (rows.length === 0) continue
    await requireStanding(turn)
    await stream.write(`${first ? '' : ','}\n${rows.map((row) => JSON.stringify(row)).join(',\n')}`)
    first = false
  }
  stream.end('\n]}\n')
  return streamed
}

interface Range {
  from: string
  to: string
  /** An id that is within but not wanted (`inclusive_end=false`). */
  without: string | undefined
  bounded: boolean
}

/** A key of any JSON, as a place among the ids: what is no text stands before or after all of them. */
function placeOf(key: unknown): string {
  if (typeof key !== 'string') return typeof key === 'object' && key !== null ? LAST : FIRST
  if (!isText(key)) throw badRequest('invalid UTF-8 JSON')
  return key
}

function rangeOf(parameters: Parameters, descending: boolean): Range {
  const key = parameters.json('key')
  const start = key ?? parameters.json('startkey', 'start_key')
  const end = key ?? parameters.json('endkey', 'end_key')
  const [low, high] = descending ? [end, start] : [start, end]
  return {
    from: low === undefined ? FIRST : placeOf(low),
    to: high === undefined ? LAST : placeOf(high),
    without: parameters.flag('inclusive_end', true) || end === undefined ? undefined : placeOf(end),
    bounded: low !== undefined || high !== undefined,
  }
}

type Row = object

const rowOf = async (turn: Turn, doc: StoredDoc, { docs, conflicts, wanted }: Asked): Promise<Row> => {
  const { _id: id, _rev: rev } = doc
  const row = { id, key: id, value: { rev } }
  if (!docs) return row
  return { ...row, doc: await withMore(turn, doc, { conflicts, wanted }) }
}

/** A document with what else is asked for: its conflicts, the bytes of its attachments. */
export async function withMore(
  turn: Turn,
  doc: StoredDoc,
  { conflicts, wanted }: Pick<Asked, 'conflicts' | 'wanted'>,
): Promise<object> {
  const more = conflicts ? await withConflicts(turn, doc) : doc
  if (!wanted || !doc._attachments) return more
  return { ...more, ...(await inlined(turn, { doc, revisions: { start: 0, ids: [] } }, wanted)) }
}

/** A document with the revisions that stand against it, where there are some. */
async function withConflicts(turn: Turn, doc: StoredDoc): Promise<object> {
  const leaves = await turn.db.leaves(doc._id)
  const others = leaves.filter(({ doc: { _rev, _deleted } }) => _rev !== doc._rev && !_deleted)
  return others.length === 0 ? doc : { ...doc, _conflicts: others.map((leaf) => leaf.doc._rev) }
}

/** Rows of a range, page by page; each page begins with the last id of the one before. */
async function* rangeRows(turn: Turn, range: Range, asked: Asked): AsyncGenerator<Row[]> {
  let { from, to } = range
  let { skip, limit } = asked
  let last: string | undefined
  while (limit > 0) {
    const size = Math.min(PAGE, skip + limit + 2)
    const docs = await turn.db.range({ from, to, limit: size, descending: asked.descending })
    const found = docs.filter((doc) => doc._id !== last && doc._id !== range.without)
    const wanted = found.slice(skip, skip + limit)
    skip = Math.max(0, skip - found.length)
    limit -= wanted.length
    yield await Promise.all(wanted.map((doc) => rowOf(turn, doc, asked)))
    last = docs.at(-1)?._id
    if (docs.length < size || last === undefined) return
    if (asked.descending) to = last
    else from = last
  }
}

/** Rows of keys, in their order; a key that is not there has a row too. */
async function* keyedRows(turn: Turn, keys: readonly unknown[], asked: Asked): AsyncGenerator<Row[]> {
  const ordered = asked.descending ? [...keys].reverse() : keys
  const wanted = ordered.slice(asked.skip, asked.skip + asked.limit)
  for (let at = 0; at < wanted.length; at += PAGE) {
    const part = wanted.slice(at, at + PAGE)
    const ids = part.map((key) => (isText(key) ? key : ''))
    const docs = await turn.db.getMany(ids)
    yield await Promise.all(docs.map((doc, index) => keyedRow(turn, { key: part[index], doc }, asked)))
  }
}

async function keyedRow(
  turn: Turn,
  { key, doc }: { key: unknown; doc: StoredDoc | undefined },
  asked: Asked,
): Promise<Row> {
  if (doc) return rowOf(turn, doc, asked)
  const [winner] = isText(key) ? await turn.db.leaves(key) : []
  if (!winner) return { key, error: 'not_found' }
  // A tombstone has a row, and null for its document.
  const row = { id: key, key, value: { rev: winner.doc._rev, deleted: true } }
  return asked.docs ? { ...row, doc: null } : row
}
