/** Answers: JSON, problems, and nothing else. */
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import { StoreUnavailable } from '../../sync/store/port.ts'
import { errorTable } from '../contract/errors.ts'
import { ClientGone } from './body.ts'
import { encode, negotiate, type Encoded, type Encoding } from '../../sync/encoding/encode.ts'
import { jsonBytes } from '../../sync/encoding/json-bytes.ts'
import { exchangeOf } from './exchange.ts'
import { problemBody, ProblemError, problemHeaders } from './problem.ts'

const storeRetrySeconds = 2

export interface JsonAnswer {
  status: number
  body?: unknown
  headers?: Readonly<Record<string, string>> | undefined
  contentType?: string
}

/** Sends a body as JSON, or none where it is undefined. */
export const sendJson = async (request: Request, response: Response, answer: JsonAnswer): Promise<void> => {
  const { status, body, headers = {}, contentType = 'application/json; charset=utf-8' } = answer
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  const encoded = encodedBody(body, request.headers['accept-encoding'])
  // Most are small, and go out at once.
  const { bytes, encoding } = encoded instanceof Promise ? await encoded : encoded
  sendBytes(response, { bytes, encoding, status, contentType, headers })
}

const kept = new WeakMap<object, Map<Encoding, Encoded | Promise<Encoded>>>()

/** A frozen body is one that is answered again and again: it is written and compressed once. */
const encodedBody = (body: unknown, accepts: string | undefined): Encoded | Promise<Encoded> => {
  if (typeof body !== 'object' || body === null || !Object.isFrozen(body))
    return encode(jsonBytes(body), accepts)
  const made = kept.get(body) ?? new Map<Encoding, Encoded | Promise<Encoded>>()
  kept.set(body, made)
  const encoding = negotiate(accepts)
  const known = made.get(encoding) ?? encode(jsonBytes(body), accepts)
  made.set(encoding, known)
  return known
}

/** Sends a body that is encoded already. */
export const sendBytes = (
  response: Response,
  {
    bytes,
    encoding,
    status,
    contentType,
    headers = {},
  }: Omit<JsonAnswer, 'body'> & { bytes: Buffer; encoding: Encoding },
): void => {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    Vary: 'Origin, Accept-Encoding',
    ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
    ...headers,
  })
  response.end(bytes)
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
