import { CouchRefused } from '../store/couch/couch-client.ts'
import { StoreUnavailable } from '../store/port.ts'
import { InvalidDocument } from '../store/prepared.ts'

const RETRY_SECONDS = '2'

/** A failure as CouchDB words it: https://docs.couchdb.org/en/stable/json-structure.html#couchdb-error-status */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly status: number
  readonly error: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, error: string, reason: string, headers: Readonly<Record<string, string>> = {}) {
    super(reason)
    this.status = status
    this.error = error
    this.headers = headers
  }
}

export const badRequest = (reason: string): ProtocolError => new ProtocolError(400, 'bad_request', reason)
export const missing = (): ProtocolError => new ProtocolError(404, 'not_found', 'missing')
export const deleted = (): ProtocolError => new ProtocolError(404, 'not_found', 'deleted')
export const noDatabase = (): ProtocolError => new ProtocolError(404, 'not_found', 'Database does not exist.')
export const docValidation = (member: string): ProtocolError =>
  new ProtocolError(400, 'doc_validation', `Bad special document member: ${member}`)
export const illegalDocId = (reason: string): ProtocolError => new ProtocolError(400, 'illegal_docid', reason)
export const methodNotAllowed = (allowed: readonly string[]): ProtocolError =>
  new ProtocolError(405, 'method_not_allowed', `Only ${allowed.join(',')} allowed`, {
    Allow: allowed.join(', '),
  })

/** What a failure is to the client, or undefined where nobody foresaw it. */
export function protocolErrorOf(error: unknown): ProtocolError | undefined {
  if (error instanceof ProtocolError) return error
  if (error instanceof StoreUnavailable) {
    return new ProtocolError(503, 'service_unavailable', 'The store does not answer. Try again.', {
      'Retry-After': RETRY_SECONDS,
    })
  }
  if (error instanceof InvalidDocument || error instanceof CouchRefused) return badRequest(error.message)
  return undefined
}
