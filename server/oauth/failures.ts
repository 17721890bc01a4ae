/** Failures as OAuth 2.0 words them (RFC 6749, section 5.2), whoever found them. */
import OAuth2Server from '@node-oauth/oauth2-server'
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import { exchangeOf } from '../http/exchange.ts'
import { toProblem } from '../http/answer.ts'
import { errorTable } from '../contract/errors.ts'

export class OAuthFailure extends Error {
  /** OAuth's name for it. */
  override readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, description: string, headers: Record<string, string> = {}) {
    super(description)
    this.name = code
    this.status = status
    this.headers = headers
  }
}

interface Told {
  status: number
  code: string
  description: string
  headers: Readonly<Record<string, string>>
}

/** The library wraps what it does not know; what was inside decides. */
const innermost = (error: unknown): unknown =>
  error instanceof OAuth2Server.ServerError && 'inner' in error && error.inner ? error.inner : error

const told = (error: unknown): Told => {
  if (error instanceof OAuthFailure)
    return { status: error.status, code: error.name, description: error.message, headers: error.headers }
  if (error instanceof OAuth2Server.OAuthError && !(error instanceof OAuth2Server.ServerError))
    return { status: error.code, code: error.name, description: error.message, headers: {} }
  // Of a body that is too large, in another charset, and so on.
  const { status } = error as { status?: unknown }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, code: 'invalid_request', description: 'The body could not be read.', headers: {} }
  const problem = toProblem(error)
  const { title } = errorTable[problem.code]
  return { status: errorTable[problem.code].status, code: 'server_error', description: title, headers: {} }
}

export const sendFailure = (
  error: unknown,
  { request, response, log }: { request: Request; response: Response; log: Logger },
): void => {
  const { status, code, description, headers } = told(innermost(error))
  const exchange = exchangeOf(response)
  exchange.code = code
  if (status >= 500) log.error({ err: error, requestId: exchange.requestId }, 'An OAuth request failed')
  if (response.headersSent) {
    response.destroy()
    return
  }
  const challenge =
    status === 401 && request.headers.authorization ? { 'WWW-Authenticate': 'Basic realm="vetspace"' } : {}
  response
    .status(status)
    .set({ ...headers, ...challenge, 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    .json({ error: code, error_description: description })
}
