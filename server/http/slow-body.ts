/**
 * Bodies that come too slowly, as a means to keep connections busy, are not waited for. As with Apache's MinRate a body
 * has some seconds, and a second more for each 500 bytes that have come, so that a large file over a slow link goes on
 * for as long as it moves.
 */
import type { Request, RequestHandler, Response } from 'express'
import { exchangeOf } from './exchange.ts'
import { ProblemError } from './problem.ts'

/** The least that a link carries: a tenth of what GSM did. */
const bytesPerSecond = 500
const lookAgainMs = 1000

export interface SlowBodyOptions {
  graceMs: number
  /** Answers the failure. */
  refuse: (error: ProblemError, request: Request, response: Response) => Promise<void>
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Whether bytes that have come are waiting for us: then it is not the caller who is slow. */
const isOurTurn = ({ readableLength }: Request): boolean => readableLength > 0

/** Ends a request whose body comes too slowly: 408, and the connection is closed. */
export const slowBody =
  ({ graceMs, refuse }: SlowBodyOptions): RequestHandler =>
  (request, response, next) => {
    if (hasBody(request) && !request.complete) watch(request, response, { graceMs, refuse })
    next()
  }

const watch = (request: Request, response: Response, { graceMs, refuse }: SlowBodyOptions): void => {
  const { socket } = request
  const began = performance.now()
  const bytesBefore = socket.bytesRead
  let ours = 0
  let timer: NodeJS.Timeout
  const look = (): void => {
    if (request.complete || request.destroyed) return
    const earned = ((socket.bytesRead - bytesBefore) / bytesPerSecond) * 1000
    const left = graceMs + earned + ours - (performance.now() - began)
    if (left > 0) return wait(left)
    if (!isOurTurn(request)) return end(request, response, refuse)
    ours += lookAgainMs
    wait(lookAgainMs)
  }
  const wait = (ms: number): void => {
    timer = setTimeout(look, Math.min(ms, 2 ** 31 - 1)).unref()
  }
  wait(graceMs)
  request.once('close', () => clearTimeout(timer))
}

const end = (request: Request, response: Response, refuse: SlowBodyOptions['refuse']): void => {
  response.once('close', () => request.destroy())
  response.once('finish', () => request.destroy())
  if (response.headersSent) return void request.destroy()
  exchangeOf(response).head.set('Connection', 'close')
  refuse(new ProblemError('REQUEST_TIMEOUT'), request, response).catch(() => request.destroy())
}
