/** What every request gets before anyone looks at it: an id, the headers of every answer, and a line in the log. */
import { randomUUID } from 'node:crypto'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { headerText } from '../auth/authenticate.ts'
import { isFault } from '../sight/is-fault.ts'
import type { Served } from '../sight/metrics.ts'
import type { Sight } from '../sight/sight.ts'
import type { Attributes, Tracing } from '../tracing/tracing.ts'
import { countedAddress } from './address.ts'
import { Head } from './head.ts'

/** What is known of a request besides the request. */
export interface Exchange {
  readonly requestId: string
  /** The address it came from, as requests and failures are counted by (address.ts). */
  readonly address: string
  /** ms since the epoch */
  readonly receivedAt: number
  /** Of the answer. */
  readonly head: Head
  /** The path's template, so that no id gets into the log; undefined until one matches. */
  route: string | undefined
  /** The call of the contract. */
  call: string | undefined
  groupId: number | undefined
  accountId: string | undefined
  /** Why the answer is no good one. */
  code: string | undefined
}

const sane = /^[A-Za-z0-9._:-]{1,128}$/
/** Where a response keeps its exchange: a WeakMap of all of them costs the garbage collector more than the look. */
const exchangeKey = Symbol('exchange')
type Marked = Response & { [exchangeKey]?: Exchange }

/** The exchange of a response that `begin` has seen. */
export const exchangeOf = (response: Response): Exchange => {
  const exchange = (response as Marked)[exchangeKey]
  if (!exchange) throw new Error('`begin` has not seen this response')
  return exchange
}

const requestIdOf = (request: Request): string => {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && sane.test(given) ? given : randomUUID()
}

export interface BeginOptions {
  log: Logger
  now: () => number
  /** Aborted when the server is stopping. */
  stopping: AbortSignal
  sight: Pick<Sight, 'served'>
  tracing: Pick<Tracing, 'request'>
  /** Of every answer: names and values in turn. */
  headers: readonly string[]
}

/** The first middleware. */
export const begin =
  ({ log, now, stopping, sight, tracing, headers }: BeginOptions): RequestHandler =>
  (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now()
    const head = new Head(headers)
    const exchange: Exchange = {
      requestId: requestIdOf(request),
      address: countedAddress(request.ip ?? ''),
      receivedAt: now(),
      head,
      route: undefined,
      call: undefined,
      groupId: undefined,
      accountId: undefined,
      code: undefined,
    }
    ;(response as Marked)[exchangeKey] = exchange
    head.set('X-Request-Id', exchange.requestId)
    if (stopping.aborted) head.set('Connection', 'close')
    const trace = tracing.request({
      traceparent: headerText(request.headers['traceparent']),
      tracestate: headerText(request.headers['tracestate']),
    })
    const { traceId } = trace
    response.once('close', () => {
      const { requestId, route, call, groupId, accountId, code } = exchange
      const { method } = request
      const ms = Math.round((performance.now() - started) * 10) / 10
      const status: Served['status'] = response.writableFinished ? response.statusCode : 'gone'
      sight.served({ route, method, status, ms, groupId })
      const line = { requestId, traceId, method, route, call, status, ms, groupId, accountId, code }
      const failed = isFault(response.statusCode)
      if (traceId) trace.end({ name: nameOf(line), attributes: attributesOf(line), failed })
      if (failed) log.error(line, 'request')
      else log.info(line, 'request')
    })
    trace.run(next)
  }

interface Line {
  requestId: string
  method: string
  route: string | undefined
  call: string | undefined
  status: Served['status']
  groupId: number | undefined
  accountId: string | undefined
  code: string | undefined
}

const nameOf = ({ call, method, route = 'none' }: Line): string => call ?? `${method} ${route}`

/** By OpenTelemetry's names, where it has one. */
const attributesOf = ({
  requestId,
  method,
  route,
  call,
  status,
  groupId,
  accountId,
  code,
}: Line): Attributes => ({
  ...{ 'http.request.method': method, 'http.route': route, 'error.type': code },
  'http.response.status_code': status === 'gone' ? undefined : status,
  ...{ 'vetspace.call': call, 'vetspace.group': groupId, 'vetspace.account': accountId },
  ...{ 'vetspace.request_id': requestId, 'vetspace.caller_gone': status === 'gone' || undefined },
})
