/** What every request gets before anyone looks at it: an id, the headers of every answer, and a line in the log. */
import { randomUUID } from 'node:crypto'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import type { Sight } from '../sight/sight.ts'

/** What is known of a request besides the request. */
export interface Exchange {
  readonly requestId: string
  /** ms since the epoch */
  readonly receivedAt: number
  /** The path's template, so that no id gets into the log; undefined until one matches. */
  route: string | undefined
  groupId: number | undefined
  /** Why the answer is no good one. */
  code: string | undefined
}

const sane = /^[A-Za-z0-9._:-]{1,128}$/
const exchanges = new WeakMap<Response, Exchange>()

/** The exchange of a response that `begin` has seen. */
export const exchangeOf = (response: Response): Exchange => {
  const exchange = exchanges.get(response)
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
  /** Of every answer. */
  headers: readonly (readonly [name: string, value: string])[]
}

/** The first middleware. */
export const begin =
  ({ log, now, stopping, sight, headers }: BeginOptions): RequestHandler =>
  (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now()
    const exchange: Exchange = {
      requestId: requestIdOf(request),
      receivedAt: now(),
      route: undefined,
      groupId: undefined,
      code: undefined,
    }
    exchanges.set(response, exchange)
    response.setHeader('X-Request-Id', exchange.requestId)
    response.setHeader('Cache-Control', 'no-store')
    for (const [name, value] of headers) response.setHeader(name, value)
    if (stopping.aborted) response.setHeader('Connection', 'close')
    response.once('close', () => {
      const { requestId, route, groupId, code } = exchange
      const ms = Math.round((performance.now() - started) * 10) / 10
      const status = response.writableFinished ? response.statusCode : 'gone'
      sight.served({ route, method: request.method, status, ms, groupId })
      const line = { requestId, method: request.method, route, status, ms, groupId, code }
      if (response.statusCode >= 500) log.error(line, 'request')
      else log.info(line, 'request')
    })
    next()
  }
