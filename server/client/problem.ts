/** Failures as the client throws them. */
import type { ErrorCode } from '../contract/errors.ts'

interface Problem {
  status: number
  /** A later server may answer codes that this client does not know. */
  code: ErrorCode | (string & Record<never, never>)
  title: string
  detail: string
  requestId: string
  errors: readonly { path: string; message: string }[]
  [extra: string]: unknown
}

/** The server answered a problem (RFC 9457); decide by `code`. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: Problem['code']
  /** All that was answered, with what a code adds, e.g. `record`. */
  readonly problem: Problem
  /** As `Retry-After` says. */
  readonly retryAfterSeconds: number | undefined

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(`${problem.title}. ${problem.detail} (${problem.code}, ${problem.requestId})`)
    this.status = problem.status
    this.code = problem.code
    this.problem = problem
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Something answered that is not the API: a proxy, a captive portal. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
}

const foreign = ({ status, headers }: Response): UnexpectedAnswer =>
  new UnexpectedAnswer(`${status} ${headers.get('content-type') ?? ''} is no answer of the API`)

/** The JSON of a good answer. @throws UnexpectedAnswer where something else answered */
export const jsonOf = async (response: Response): Promise<unknown> => {
  if (!response.headers.get('content-type')?.startsWith('application/json')) throw foreign(response)
  return await response.json()
}

/** The failure that a response tells of. */
export const problemOf = async (response: Response): Promise<ApiProblem | UnexpectedAnswer> => {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return foreign(response)
  const wait = response.headers.get('retry-after')
  return new ApiProblem((await response.json()) as Problem, wait === null ? undefined : Number(wait))
}
