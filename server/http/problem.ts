/** Failures as RFC 9457 problems: from the one table of codes to the answer. */
import { errorTable, type ErrorCode } from '../contract/errors.ts'

/** One field that is not as expected. */
export interface FieldError {
  path: string
  message: string
}

export interface FailOptions {
  /** What is wrong this time, in plain words. */
  detail?: string
  errors?: readonly FieldError[]
  /** Further members of the problem, e.g. the current record. */
  extra?: Readonly<Record<string, unknown>>
  retryAfterSeconds?: number
  headers?: Readonly<Record<string, string>>
  cause?: unknown
}

/** A call's failure, thrown where it is found and answered in one place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ErrorCode
  readonly options: FailOptions

  constructor(code: ErrorCode, options: FailOptions = {}) {
    super(options.detail ?? errorTable[code].title, { cause: options.cause })
    this.code = code
    this.options = options
  }
}

/** Throws a ProblemError. */
export const fail = (code: ErrorCode, options?: FailOptions): never => {
  throw new ProblemError(code, options)
}

export interface Problem {
  type: string
  title: string
  status: number
  code: ErrorCode
  detail: string
  requestId: string
  errors: readonly FieldError[]
  [extra: string]: unknown
}

/** The body of the answer: the same members each time, and never a stack or a driver's message. */
export const problemBody = (error: ProblemError, requestId: string): Problem => {
  const { status, title, help } = errorTable[error.code]
  const { detail, errors, extra } = error.options
  return {
    ...extra,
    type: `https://vetspace.dev/problems/${error.code}`,
    title,
    status,
    code: error.code,
    detail: detail ?? help,
    requestId,
    errors: errors ?? [],
  }
}

/** The headers of the answer besides its content type. */
export const problemHeaders = (error: ProblemError): Record<string, string> => {
  const { retryAfterSeconds, headers } = error.options
  const challenge = errorTable[error.code].status === 401
  return {
    ...(challenge ? { 'WWW-Authenticate': 'ApiToken realm="vetspace", Bearer realm="vetspace"' } : {}),
    ...(retryAfterSeconds === undefined
      ? {}
      : { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
    ...headers,
  }
}
