/** Answers: JSON, problems, and nothing else. */
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import { StoreUnavailable } from '../../sync/store/port.ts'
import { errorTable } from '../contract/errors.ts'
import { ClientGone } from './body.ts'
import { encode, negotiate, type Encoded, type Encoding } from '../../sync/encoding/encode.ts'
import { jsonContent } from '../../sync/encoding/json-content.ts'
import { exchangeOf } from './exchange.ts'
import { problemBody, ProblemError, problemHeaders } from './problem.ts'

const storeRetrySeconds = 2
const jsonType = 'application/json; charset=utf-8'

export interface JsonAnswer {
  status: number
  body?: unknown
  headers?: Readonly<Record<string, string>> | undefined
  contentType?: string
}

/** Sends a body as JSON, or none where it is undefined. */
export const sendJson = async (request: Request, response: Response, answer: JsonAnswer): Promise<void> => {
  const { status, body, headers = {}, contentType = jsonType } = answer
  if (body === undefined) {
    exchangeOf(response).head.write(response, status, headers)
    response.end()
    return
  }
  const encoded = encodedBody(body, request.headers['accept-encoding'])
  // Most are small, and go out at once.
  const { content, length, encoding } = encoded instanceof Promise ? await encoded : encoded
  sendEncoded(response, { content, length, encoding, status, contentType, headers })
}

const kept = new WeakMap<object, Map<Encoding, Encoded | Promise<Encoded>>>()

/** A frozen body is one that is answered again and again: it is written and compressed once. */
const encodedBody = (body: unknown, accepts: string | undefined): Encoded | Promise<Encoded> => {
  if (typeof body !== 'object' || body === null || !Object.isFrozen(body))
    return encode(jsonContent(body), accepts)
  const made = kept.get(body) ?? new Map<Encoding, Encoded | Promise<Encoded>>()
  kept.set(body, made)
  const encoding = negotiate(accepts)
  const known = made.get(encoding) ?? encode(jsonContent(body), accepts)
  made.set(encoding, known)
  return known
}

/** Sends a body that is encoded already. */
export const sendEncoded = (response: Response, answer: Omit<JsonAnswer, 'body'> & Encoded): void => {
  const { content, length, encoding, status, contentType = jsonType, headers } = answer
  const { head } = exchangeOf(response)
  head.set('Content-Type', contentType)
  head.set('Content-Length', String(length))
  head.set('Vary', 'Origin, Accept-Encoding')
  if (encoding !== 'identity') head.set('Content-Encoding', encoding)
  head.write(response, status, headers ?? {})
  response.end(content)
}

/** What went wrong as a problem of the table. What nobody foresaw is INTERNAL, and tells nothing of the inside. */
export const toProblem = (error: unknown): ProblemError => {
  if (error instanceof ProblemError) return error
  if (error instanceof StoreUnavailable)
    return new ProblemError('STORE_UNAVAILABLE', { retryAfterSeconds: storeRetrySeconds, cause: error })
  return new ProblemError('INTERNAL', { cause: error })
}

/** Answers a failure, wherever it was thrown. */
export const sendProblem = async (
  error: unknown,
  { request, response, log }: { request: Request; response: Response; log: Logger },
): Promise<void> => {
  const exchange = exchangeOf(response)
  if (error instanceof ClientGone) {
    exchange.code = 'CLIENT_GONE'
    response.destroy()
    return
  }
  const problem = toProblem(error)
  const { status } = errorTable[problem.code]
  exchange.code = problem.code
  if (status >= 500)
    log.error({ err: problem.options.cause ?? problem, requestId: exchange.requestId }, problem.code)
  if (response.headersSent) {
    response.destroy()
    return
  }
  await sendJson(request, response, {
    status,
    body: problemBody(problem, exchange.requestId),
    headers: { ...problemHeaders(problem), 'Cache-Control': 'no-store' },
    contentType: 'application/problem+json; charset=utf-8',
  })
}
