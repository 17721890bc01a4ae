/**
 * The CouchDB replication protocol (https://docs.couchdb.org/en/stable/replication/protocol.html) over the store port.
 * What is served here knows nothing of users and records: a `Replica` is what its client may see and write.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import { answerOf, send } from './answering.ts'
import { allDocs } from './all-docs.ts'
import { bulkGet } from './bulk-get.ts'
import { deleteAttachment, getAttachment, putAttachment } from './attachments/calls.ts'
import { streamed, type Answer, type Call, type Exchange } from './call.ts'
import { changes } from './changes.ts'
import {
  administer,
  compact,
  databaseInfo,
  ensureFullCommit,
  revsDiff,
  session,
  welcome,
} from './database-calls.ts'
import { badRequest, methodNotAllowed, noDatabase, protocolErrorOf } from './errors.ts'
import { deleteLocal, getLocal, putLocal } from './local-documents.ts'
import { Parameters } from './parameters.ts'
import type { ReplicationOptions } from './replica.ts'
import { getDocument } from './read-calls.ts'
import { bulkDocs, deleteDocument, postDocument, putDocument } from './write-calls.ts'

type Methods = Readonly<Partial<Record<string, Call>>>

const database: Methods = { GET: databaseInfo, POST: postDocument }
const document: Methods = { GET: getDocument, PUT: putDocument, DELETE: deleteDocument }
const attached: Methods = { GET: getAttachment, PUT: putAttachment, DELETE: deleteAttachment }
const local: Methods = { GET: getLocal, PUT: putLocal, DELETE: deleteLocal }
const calls: Readonly<Record<string, Methods>> = {
  _all_docs: { GET: allDocs, POST: allDocs },
  _bulk_docs: { POST: bulkDocs },
  _bulk_get: { POST: bulkGet },
  _compact: { POST: compact },
  _changes: { GET: changes, POST: changes },
  _ensure_full_commit: { POST: ensureFullCommit },
  _revs_diff: { POST: revsDiff },
}

/** The steps of a path; CouchDB reads `+` as a space there too. */
function stepsOf(path: string): string[] {
  try {
    const steps = path.split('/').slice(1)
    if (steps.at(-1) === '') steps.pop()
    return steps.map((step) => decodeURIComponent(step.replaceAll('+', ' ')))
  } catch {
    throw badRequest('invalid_url_encoding')
  }
}

interface Target {
  methods: Methods
  id: string
  attachment: string
}

/** What serves the rest of a path behind the database, and the document's id and the attachment's name in it. */
function targetOf([first, ...rest]: readonly string[]): Target {
  if (first === undefined) return { methods: database, id: '', attachment: '' }
  const own = Object.hasOwn(calls, first) ? calls[first] : undefined
  if (own && rest.length === 0) return { methods: own, id: '', attachment: '' }
  const [name, ...deeper] = rest
  if ((first === '_local' || first === '_design') && name !== undefined) {
    return targetOf([`${first}/${name}`, ...deeper])
  }
  if (first.startsWith('_local/')) {
    if (rest.length > 0) throw badRequest('_local documents do not accept attachments.')
    return { methods: local, id: first, attachment: '' }
  }
  if (rest.length > 0) return { methods: attached, id: first, attachment: rest.join('/') }
  return { methods: document, id: first, attachment: '' }
}

const allowedIn = (methods: Methods): string[] =>
  Object.keys(methods)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .sort()

async function serve(exchange: Exchange, path: string): Promise<Answer | typeof streamed> {
  const { request, options } = exchange
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const steps = stepsOf(path)
  const [first] = steps
  if (first === undefined || (first === '_session' && steps.length === 1)) {
    if (method !== 'GET') throw methodNotAllowed(['GET', 'HEAD'])
    return first === undefined ? welcome(exchange) : session()
  }
  const { name, rest } = options.placeOf?.(steps) ?? { name: first, rest: steps.slice(1) }
  if (rest.length === 0 && (method === 'PUT' || method === 'DELETE')) return administer(exchange, name)
  const db = await options.open(name, request)
  if (!db) throw noDatabase()
  const { methods, ...named } = targetOf(rest)
  const call = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (!call) throw methodNotAllowed(allowedIn(methods))
  return call({ ...exchange, db, ...named })
}

async function sendFailure(error: unknown, exchange: Exchange): Promise<void> {
  const { response, options } = exchange
  const failure = protocolErrorOf(error)
  if (!failure) options.onFault(error, exchange.request)
  // A part of the answer is out: only a broken connection tells that the rest is missing.
  if (response.headersSent) response.destroy()
  else await send(exchange, answerOf(failure))
}

async function answer(exchange: Exchange, path: string): Promise<void> {
  const { request } = exchange
  try {
    const reply = await serve(exchange, path)
    if (reply !== streamed) await send(exchange, reply)
  } catch (error) {
    await sendFailure(error, exchange)
  }
  // What of a body nobody read must not stand in the way of the connection's next request.
  if (!request.complete) request.resume()
}

/** Serves `/{db}/…`, and `/` for clients that ask a server who it is. */
export function replicationRouter(options: ReplicationOptions): Router {
  const router = Router()
  router.use((request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '/'
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1))
    return answer({ request, response, options, parameters: new Parameters(query) }, path)
  })
  return router
}
