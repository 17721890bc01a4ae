/** From what a PMS answered to what its caller is answered. */
import type { Response } from 'express'
import type { BridgeFailure, PmsAnswer } from '../../contract/bridge-agent.ts'
import { fail } from '../../http/problem.ts'

/** Headers of a PMS that a caller is given. */
const passed = ['content-type', 'etag', 'last-modified', 'location', 'retry-after'] as const

/** Writes the PMS's answer as it is; a fault of the PMS's is PMS_FAILED. */
export const sendAnswer = (
  response: Response,
  answer: PmsAnswer,
  more: Record<string, string> = {},
): void => {
  if (answer.status >= 500)
    return fail('PMS_FAILED', {
      detail: `The PMS answered ${answer.status}.`,
      extra: { pmsStatus: answer.status },
    })
  const body = Buffer.from(answer.body, 'base64')
  const headers: Record<string, string> = { 'Vetspace-Bridge': 'pms', ...more }
  for (const name of passed) {
    const value = answer.headers[name]
    if (value !== undefined) headers[name] = value
  }
  // What a practice's PMS serves is never a page of ours.
  headers['Content-Security-Policy'] = "default-src 'none'; sandbox"
  const empty = answer.status === 204 || answer.status === 304
  response.writeHead(answer.status, {
    ...headers,
    ...(empty ? {} : { 'Content-Length': String(body.length) }),
  })
  response.end(empty ? undefined : body)
}

/** Ends the call with what kept the PMS from answering. */
export const refuse = ({ code, reason }: BridgeFailure): never => {
  const detail = `${reason}.`
  switch (code) {
    case 'NOT_ALLOWED':
      return fail('PATH_NOT_ALLOWED', { detail })
    case 'UNREACHABLE':
      return fail('PMS_AWAY', { detail, retryAfterSeconds: 30 })
    case 'NO_ANSWER':
      return fail('PMS_TIMEOUT', { detail })
    case 'TOO_LARGE':
    case 'GONE':
      return fail('PMS_FAILED', { detail })
    case 'UNCERTAIN':
      return fail('PMS_UNCERTAIN', { detail })
  }
}

/** Aborted when the caller has gone. */
export const goneOf = (response: Response): AbortSignal => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}
