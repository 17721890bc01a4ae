import { LinkedSignal } from '../linked-signal.ts'
import type { Change, Seq, StoredDoc } from '../store/port.ts'
import { withMore } from './all-docs.ts'
import { Stream } from './answering.ts'
import { streamed, type Call, type Turn } from './call.ts'
import { parseChanges, type ChangesRequest, type Feed } from './changes-request.ts'
import { badRequest } from './errors.ts'
import { Waiting } from './waiting.ts'
import { stands, Watch } from './watch.ts'

const PAGE = 500

/** How a feed is written. */
interface Format {
  type: string
  head: string
  row(row: Row, first: boolean): string
  beat: string
  end(last: { last_seq: Seq; pending: number }): string
}

interface Row {
  seq: Seq
  id: string
  changes: { rev: string }[]
  deleted?: true
  doc?: object
}

const json: Format = {
  type: 'application/json',
  head: '{"results":[\n',
  row: (row, first) => `${first ? '' : ',\n'}${JSON.stringify(row)}`,
  beat: '\n',
  end: (last) => `\n],\n${JSON.stringify(last).slice(1)}\n`,
}
const lines: Format = {
  ...json,
  head: '',
  row: (row) => `${JSON.stringify(row)}\n`,
  end: (last) => `${JSON.stringify(last)}\n`,
}
const events: Format = {
  type: 'text/event-stream',
  head: '',
  row: (row) => `data: ${JSON.stringify(row)}\nid: ${JSON.stringify(row.seq)}\n\n`,
  beat: 'event: heartbeat\ndata: \n\n',
  end: () => '\n',
}
const formats: Readonly<Record<Feed, Format>> = {
  normal: json,
  longpoll: json,
  continuous: lines,
  eventsource: events,
}

/** `GET, POST /{db}/_changes`: https://docs.couchdb.org/en/stable/api/database/changes.html */
export const changes: Call = async (turn) => {
  const asked = await parseChanges(turn)
  const format = formats[asked.feed]
  // Listening begins before reading: what is written in between wakes the feed.
  using waiting = new Waiting(turn.db)
  // Read before the head is sent: a place that the store does not know is a 400.
  const first = asked.descending ? await lastPage(turn, asked) : await nextPage(turn, asked, asked.since)
  const stream = new Stream(turn, { headers: { 'Content-Type': format.type } })
  await stream.write(format.head)
  const last = asked.descending
    ? await writeLast(turn, asked, { stream, format, first })
    : await follow(turn, asked, { stream, format, waiting, first })
  if (!stream.gone.aborted) stream.end(format.end(await endOf(turn, last)))
  return streamed
}

interface Following {
  stream: Stream
  format: Format
  waiting: Waiting
  first: Page
}

/**
 * Writes pages until there is no more, what was waited for has come, or the client may see them no more. Returns the
 * place that was reached.
 */
async function follow(
  turn: Turn,
  asked: ChangesRequest,
  { stream, format, waiting, first }: Following,
): Promise<Seq> {
  const { options } = turn
  using watch = new Watch(turn.db)
  using linked = new LinkedSignal([stream.gone, options.stopping, watch.over])
  const ended = linked.signal
  let left = asked.limit
  let page = first
  let reached = asked.since
  let written = 0
  for (;;) {
    if (!(await stands(turn.db))) return reached
    reached = await writePage(turn, { stream, format, page, byId: asked.byId, first: written === 0 })
    written += page.rows.length
    left -= page.rows.length
    if (left <= 0 || ended.aborted) return reached
    if (page.complete) {
      if (asked.feed === 'normal' || (asked.feed === 'longpoll' && written > 0)) return reached
      await stream.flush()
      const { heartbeat, timeout } = asked
      const beat =
        heartbeat === undefined ? undefined : { every: heartbeat, tick: () => stream.beat(format.beat) }
      if (!(await waiting.change({ timeout, beat, ended }))) return reached
    }
    page = await nextPage(turn, { ...asked, limit: left }, reached)
  }
}

interface Page {
  rows: Row[]
  /** The documents of the rows, where they were read. */
  docs: (StoredDoc | undefined)[]
  /** The place up to which was read. */
  last: Seq
  /** There is no more for now. */
  complete: boolean
}

const writeLast = async (
  turn: Turn,
  { since, byId }: ChangesRequest,
  { stream, format, first: page }: Omit<Following, 'waiting'>,
): Promise<Seq> =>
  (await stands(turn.db)) ? await writePage(turn, { stream, format, page, byId, first: true }) : since

interface Writing extends Pick<Following, 'stream' | 'format'> {
  page: Page
  byId: boolean
  first: boolean
}

async function writePage({ db }: Turn, { stream, format, page, byId, first }: Writing): Promise<Seq> {
  db.told?.(
    page.docs.flatMap((doc) => doc ?? []),
    byId,
  )
  await stream.write(page.rows.map((row, at) => format.row(row, first && at === 0)).join(''))
  return page.last
}

/** The next rows. Those that are filtered out do not count, so that a short page means the end. */
async function nextPage(turn: Turn, asked: ChangesRequest, since: Seq): Promise<Page> {
  const limit = Math.min(PAGE, asked.wants ? PAGE : asked.limit)
  const page = await readStore(turn, { since, limit, docs: asked.docs || asked.looksInside })
  const wanted = page.changes.filter((change) => asked.wants?.(change) ?? true)
  const taken = wanted.slice(0, asked.limit)
  const rows = await Promise.all(taken.map((change) => rowOf(turn, asked, change)))
  const cut = taken.length < wanted.length
  return {
    rows,
    docs: taken.map(({ doc }) => doc),
    last: cut ? (taken.at(-1)?.seq ?? since) : page.lastSeq,
    complete: !cut && page.changes.length < limit,
  }
}

async function readStore({ db }: Turn, options: { since: Seq; limit: number; docs: boolean }) {
  try {
    return await db.changes(options)
  } catch (error) {
    if (error instanceof RangeError) throw badRequest("Malformed sequence supplied in 'since' parameter.")
    throw error
  }
}

async function rowOf(turn: Turn, asked: ChangesRequest, change: Change): Promise<Row> {
  const { seq, id, rev, deleted, leaves, doc } = change
  const row: Row = { seq, id, changes: asked.allLeaves ? leaves.map((leaf) => ({ rev: leaf })) : [{ rev }] }
  if (deleted) row.deleted = true
  const { conflicts, wanted } = asked
  if (asked.docs && doc)
    row.doc = await withMore(turn, doc, { conflicts: conflicts && leaves.length > 1, wanted })
  return row
}

/** The newest rows, newest first. The port reads in one direction only: this costs what the database holds. */
async function lastPage(turn: Turn, asked: ChangesRequest): Promise<Page> {
  let [rows, docs]: [Row[], Page['docs']] = [[], []]
  let page: Page = { rows, docs, last: asked.since, complete: false }
  const from = asked.limit === Infinity ? 0 : -asked.limit || Infinity
  while (!page.complete) {
    page = await nextPage(turn, { ...asked, limit: Infinity }, page.last)
    rows = [...rows, ...page.rows].slice(from)
    docs = [...docs, ...page.docs].slice(from)
  }
  rows.reverse()
  return { rows, docs: docs.reverse(), last: rows.at(-1)?.seq ?? page.last, complete: true }
}

/** The number with which a place begins. */
const numberOf = (seq: Seq): number => Number.parseInt(String(seq), 10)

/** `pending` is an upper bound: documents that changed twice and rows that are filtered out count too. */
async function endOf({ db }: Turn, last: Seq): Promise<{ last_seq: Seq; pending: number }> {
  const { updateSeq } = await db.info()
  return { last_seq: last, pending: Math.max(0, numberOf(updateSeq) - numberOf(last)) }
}
