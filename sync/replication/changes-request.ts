import type { IncomingMessage } from 'node:http'
import type { Change, Seq } from '../store/port.ts'
import type { Wanted } from './attachments/serving.ts'
import { BATCH_BYTES, readObject } from './body.ts'
import type { Turn } from './call.ts'
import { badRequest, missing, ProtocolError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { selecting } from './selector.ts'

export type Feed = 'normal' | 'longpoll' | 'continuous' | 'eventsource'

/** What is asked of `_changes`: https://docs.couchdb.org/en/stable/api/database/changes.html */
export interface ChangesRequest {
  feed: Feed
  since: Seq
  limit: number
  /** All leaf revisions of a document, not only the winner. */
  allLeaves: boolean
  docs: boolean
  conflicts: boolean
  /** The bytes of the documents' attachments too. */
  wanted: Wanted | undefined
  descending: boolean
  /** Milliseconds between signs of life; with them a feed has no end of its own. */
  heartbeat: number | undefined
  /** Milliseconds that a feed waits for a change. */
  timeout: number
  /** What a filter lets through; undefined: all. */
  wants: ((change: Change) => boolean) | undefined
  /** The filter looks at the documents. */
  looksInside: boolean
  /** The documents are asked for by their ids. */
  byId: boolean
}

const TIMEOUT = 60_000
const LONGEST = 3_600_000
const SHORTEST_BEAT = 100

const feeds: Readonly<Record<string, Feed>> = {
  normal: 'normal',
  longpoll: 'longpoll',
  continuous: 'continuous',
  live: 'continuous',
  eventsource: 'eventsource',
}

export async function parseChanges(turn: Turn): Promise<ChangesRequest> {
  const { request, parameters } = turn
  const body = request.method === 'POST' ? await readObject(request, BATCH_BYTES, {}) : {}
  const feed = parseFeed(parameters.text('feed') ?? 'normal')
  const limit = parameters.integer('limit') ?? -1
  return {
    feed,
    since: await parseSince(turn, feed),
    limit: limit < 0 ? Infinity : limit,
    allLeaves: parseStyle(parameters.text('style') ?? 'main_only'),
    docs: parameters.flag('include_docs'),
    conflicts: parameters.flag('conflicts'),
    wanted: parameters.flag('attachments') ? { since: undefined } : undefined,
    descending: parameters.flag('descending'),
    heartbeat: parseHeartbeat(parameters.text('heartbeat')),
    timeout: Math.min(parameters.count('timeout') ?? TIMEOUT, LONGEST),
    wants: parseFilter(parameters, body),
    looksInside: parameters.text('filter') === '_selector',
    byId: parameters.text('filter') === '_doc_ids',
  }
}

function parseFeed(text: string): Feed {
  const feed = Object.hasOwn(feeds, text) ? feeds[text] : undefined
  if (feed) return feed
  throw badRequest('Supported `feed` types: normal, continuous, live, longpoll, eventsource')
}

function parseStyle(text: string): boolean {
  if (text === 'main_only' || text === 'all_docs') return text === 'all_docs'
  throw badRequest('Supported `style` types: main_only, all_docs')
}

function parseHeartbeat(text: string | undefined): number | undefined {
  if (text === undefined || text === 'false') return undefined
  if (text === 'true') return TIMEOUT
  if (!/^\d{1,12}$/.test(text)) {
    throw badRequest('Invalid heartbeat value. Expecting a positive integer value (in milliseconds).')
  }
  if (Number(text) === 0) {
    throw badRequest('The heartbeat value should be a positive integer (in milliseconds).')
  }
  return Math.min(Math.max(Number(text), SHORTEST_BEAT), LONGEST)
}

const lastEventId = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers['last-event-id']
  return typeof id === 'string' ? id : undefined
}

/** A place in the order of changes: as it was given out, also within quotes as CouchDB's replicator sends it. */
async function parseSince({ request, parameters, db }: Turn, feed: Feed): Promise<Seq> {
  const given = (feed === 'eventsource' ? lastEventId(request) : undefined) ?? parameters.text('since') ?? '0'
  const text = given.replace(/^"(.*)"$/s, '$1')
  if (text === 'now') return (await db.info()).updateSeq
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (/^\d{1,15}-[\w-]+$/.test(text)) return text
  throw badRequest("Malformed sequence supplied in 'since' parameter.")
}

function parseFilter(
  parameters: Parameters,
  body: Readonly<Record<string, unknown>>,
): ((change: Change) => boolean) | undefined {
  const filter = parameters.text('filter')
  if (filter === undefined) return undefined
  if (filter === '_doc_ids') {
    const ids = body['doc_ids'] ?? parameters.json('doc_ids')
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string'))
      throw badRequest('`doc_ids` filter parameter is not a list of doc ids.')
    const wanted = new Set(ids)
    return ({ id }) => wanted.has(id)
  }
  if (filter === '_selector') {
    const test = selecting(body['selector'])
    return ({ doc }) => doc !== undefined && test(doc)
  }
  if (filter === '_design') return ({ id }) => id.startsWith('_design/')
  if (filter.startsWith('_')) {
    throw new ProtocolError(501, 'not_implemented', `the filter ${filter} is not supported`)
  }
  // Design documents are kept as any other, and never run.
  if (filter.includes('/')) throw missing()
  throw badRequest('`filter` must be of the form `designname/filtername`')
}
