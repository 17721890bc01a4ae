/** From a request to its call's handler and back: the one way through which every call of the contract goes. */
import type { Request, RequestHandler, Response } from 'express'
import { recorded } from '../audit/record-call.ts'
import { authenticate, headerText, tokensIn } from '../auth/authenticate.ts'
import type { Caller } from '../auth/identity.ts'
import type { AppContext } from '../context.ts'
import type { CallSpec } from '../contract/call.ts'
import { sendJson, sendProblem } from './answer.ts'
import { readJson } from './body.ts'
import { CallInput } from './call-input.ts'
import { checkResponse } from './check-response.ts'
import { revisionsIn } from './conditions.ts'
import { walkOf, type Walk } from './cursor.ts'
import { exchangeOf, type Exchange } from './exchange.ts'
import { streamed, type Handler, type Input, type Reply } from './handler.ts'
import type { Head } from './head.ts'
import { callOnce, keyOf, type GivenReply } from './idempotent-call.ts'
import { fail } from './problem.ts'
import { allowed, type Match, type Place, type Route, type RouteTable } from './routes.ts'
import { validate, type ValidInput } from './validate.ts'

/** A handler whose call's types are no longer known; it is called only with what `validate` let through. */
export type AnyHandler = Handler<CallSpec>

export interface DispatchOptions {
  app: AppContext
  table: RouteTable<AnyHandler>
  /** Aborted when the server is stopping. */
  stopping: AbortSignal
}

/** Serves the calls of a table; passes on what is none of their paths. */
export const dispatch =
  (options: DispatchOptions): RequestHandler =>
  (request, response, next) => {
    const question = request.url.indexOf('?')
    const path = question < 0 ? request.url : request.url.slice(0, question)
    const query = question < 0 ? '' : request.url.slice(question + 1)
    const match = options.table.find(path)
    const exchange = exchangeOf(response)
    if (!match) {
      exchange.head.handOver(response)
      return next()
    }
    const { app, table, stopping } = options
    const turn: Turn = { app, table, stopping, request, response, exchange, query }
    serve(turn, match).catch((error: unknown) =>
      sendProblem(error, { request, response, log: options.app.log }).catch(next),
    )
  }

interface Turn extends DispatchOptions {
  request: Request
  response: Response
  exchange: Exchange
  query: string
}

const serve = async (turn: Turn, { place, params }: Match<AnyHandler>): Promise<void> => {
  const { request, response, exchange, app } = turn
  const { methods } = place
  request.method = methodOf(request, place)
  const head = request.method === 'HEAD'
  const route = methods.get(head ? 'GET' : request.method)
  for (const [name, value] of place.headers) exchange.head.set(name, value)
  if (request.method === 'OPTIONS') return answerOptions(turn, place)
  if (!route) return fail('METHOD_NOT_ALLOWED', { headers: { Allow: allowed(methods) } })
  const { spec } = route
  exchange.route = spec.path
  exchange.call = route.name
  if (spec.deprecated) announceEnd(exchange.head, spec.deprecated)
  const found = authenticate(spec, tokensIn(request.headers), app)
  const caller = found instanceof Promise ? await found : found
  if (caller.key?.service !== undefined && caller.key.service !== spec.service)
    return fail('TOKEN_INVALID', { detail: `The ApiToken is for ${caller.key.service} only.` })
  if (caller.key?.calls?.includes(route.name) === false)
    return fail('TOKEN_INVALID', { detail: `The ApiToken is for ${caller.key.calls.join(', ')} only.` })
  exchange.accountId = caller.key?.accountId
  exchange.groupId = groupOf(caller)
  await app.rateLimits.ofCaller(caller, exchange.address, exchange.head)
  const body = await bodyOf(turn, spec)
  const valid = validate(spec, { params, query: turn.query, body })
  exchange.groupId ??= groupOf(caller, valid)
  if (head && isStream(spec)) return await sendJson(request, response, { status: 200, body: undefined })
  const walk = walkOf(route, valid, caller.user ? caller.user.groupId : (exchange.groupId ?? null))
  const input = new CallInput(
    turn,
    walk ? { ...valid, query: walk.query } : valid,
    caller,
    spec.ifMatch ? revisionsIn(headerText(request.headers['if-match'])) : undefined,
  )
  await run(turn, { route, input, walk })
}

/** The group that a request is about: the user's, or the key's, where it sees but one; else the one that is named. */
const groupOf = ({ key, user }: Caller, named?: ValidInput): number | undefined => {
  if (user && user.groupId !== null) return user.groupId
  const [only, ...further] = key?.groupIds ?? []
  if (further.length === 0) return only
  const { params, query, body } = named ?? {}
  for (const part of [params, query, body]) {
    const groupId: unknown =
      typeof part === 'object' && part !== null ? Reflect.get(part, 'groupId') : undefined
    const seen = key?.groupIds.find((id) => id === groupId)
    if (seen !== undefined) return seen
  }
  return undefined
}

/** The method of a request; on a path of the tus protocol the one by which a client that can only POST overrides it. */
const methodOf = (request: Request, place: Place<AnyHandler>): string => {
  const instead = headerText(request.headers['x-http-method-override'])?.trim().toUpperCase()
  return instead && request.method === 'POST' && isTus(place) ? instead : request.method
}

const isTus = ({ headers }: Place<AnyHandler>): boolean => headers.some(([name]) => name === 'Tus-Resumable')

interface Run {
  route: Route<AnyHandler>
  input: CallInput
  walk: Walk | undefined
}

const run = async (turn: Turn, { route, input, walk }: Run): Promise<void> => {
  const { app, request, response } = turn
  const perform = async (): Promise<Reply<CallSpec>> => {
    const { name, spec } = route
    const { caller, params, query, body, requestId } = input
    const given = await recorded(
      app,
      { name, spec, caller, params, query, body, requestId },
      () => route.handler(input as unknown as Input<CallSpec>, app),
      (done) => outcomeOf(done, input, response),
    )
    const reply = given === streamed || !walk ? given : walk.answerOf(given)
    if (app.config.checkResponses) checkResponse(route, reply)
    return reply
  }
  const key = route.spec.idempotent ? keyOf(headerText(request.headers['idempotency-key'])) : undefined
  const reply = key === undefined ? await perform() : await performOnce({ app, route, input, key }, perform)
  if (reply !== streamed) await sendJson(request, response, reply)
}

const outcomeOf = (reply: Reply<CallSpec> | undefined, { shownCount }: CallInput, response: Response) => {
  if (reply !== undefined && reply !== streamed)
    return { status: Number(reply.status), shown: shownCount ?? countOf(reply.body) }
  return response.headersSent ? { status: response.statusCode, shown: shownCount } : undefined
}

/** How many things an answer lists; undefined where it is no list. */
const countOf = (body: unknown): number | undefined => {
  if (typeof body !== 'object' || body === null) return undefined
  const lists = Object.values(body).filter((value) => Array.isArray(value))
  return lists.length === 0 ? undefined : lists.reduce((sum, list) => sum + list.length, 0)
}

interface Once {
  app: AppContext
  route: Route<AnyHandler>
  input: CallInput
  key: string
}

const performOnce = (
  { app, route, input, key }: Once,
  perform: () => Promise<Reply<CallSpec>>,
): Promise<GivenReply> => {
  const { caller, params, query, body, ifMatch } = input
  const seen = ifMatch === undefined ? {} : { ifMatch: ifMatch.join(', ') }
  const request = { call: route.name, caller, key, content: { params, query, body, ...seen } }
  return callOnce(app.idempotency, request, async (undertaking) => {
    input.undertaking = undertaking
    const reply = await perform()
    if (reply === streamed) throw new Error(`${route.name} streams, so its answer cannot be kept`)
    return reply
  })
}

const announceEnd = (head: Head, { since, sunset, successor }: Deprecated): void => {
  head.set('Deprecation', `@${Math.floor(Date.parse(since) / 1000)}`)
  head.set('Sunset', new Date(sunset).toUTCString())
  head.set('Link', `<${successor}>; rel="successor-version"`)
}
type Deprecated = NonNullable<CallSpec['deprecated']>

const isStream = (spec: CallSpec): boolean =>
  Object.values(spec.responses).some(({ contentType }) => contentType === 'text/event-stream')

const answerOptions = ({ response, exchange: { head }, app }: Turn, place: Place<AnyHandler>): void => {
  if (isTus(place)) head.set('Tus-Max-Size', String(app.config.fileLimit))
  head.write(response, 204, { Allow: allowed(place.methods) })
  response.end()
}

const multipartType = /^multipart\/form-data\s*;/i

const bodyOf = async ({ request, app }: Turn, spec: CallSpec): Promise<unknown> => {
  if (spec.bodyKind === 'bytes') return undefined
  if (spec.bodyKind === 'multipart') {
    if (!multipartType.test(request.headers['content-type'] ?? ''))
      fail('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send the file as multipart/form-data.' })
    return undefined
  }
  return spec.body ? await readJson(request, spec.bodyLimit ?? app.config.bodyLimit) : undefined
}
