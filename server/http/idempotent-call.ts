/** A call under its `Idempotency-Key`: what of its request counts, and which of its answers are kept. */
import { errorTable } from '../contract/errors.ts'
import { toProblem } from './answer.ts'
import type { Idempotency, IdempotentRequest, KeptAnswer, Undertaking } from './idempotency.ts'
import { fail, ProblemError } from './problem.ts'

const visibleAscii = /^[\x21-\x7e]{1,255}$/

/** The key of a request, or undefined where it has none. */
export const keyOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined
  if (visibleAscii.test(header)) return header
  const message = 'must be 1 to 255 visible ASCII characters'
  return fail('INVALID_REQUEST', { errors: [{ path: 'headers.Idempotency-Key', message }] })
}

/** Failures that another try may not meet: ours, and those that say to wait or to sign in. */
const passes = (status: number): boolean =>
  status >= 500 || status === 429 || status === 423 || status === 401

const keptOf = (error: unknown): KeptAnswer | undefined => {
  const { code, options } = toProblem(error)
  if (passes(errorTable[code].status) || code === 'IDEMPOTENCY_KEY_IN_USE') return undefined
  const { detail, errors, extra } = options
  const kept = { ...(detail === undefined ? {} : { detail }), ...(errors ? { errors } : {}) }
  return { kind: 'problem', code, options: { ...kept, ...(extra ? { extra } : {}) } }
}

export interface GivenReply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** Performs a call once; whoever sends it again gets the answer of the first time. */
export const callOnce = async (
  idempotency: Idempotency,
  request: IdempotentRequest,
  perform: (undertaking: Undertaking) => Promise<GivenReply>,
): Promise<GivenReply> => {
  let performed = false
  const answer = await idempotency.run(request, {
    perform: async (undertaking) => {
      performed = true
      return { ...(await perform(undertaking)), kind: 'reply' }
    },
    answerOf: keptOf,
  })
  const replayed = performed ? {} : { 'Idempotency-Replayed': 'true' }
  if (answer.kind === 'problem') throw new ProblemError(answer.code, { ...answer.options, headers: replayed })
  const { status, body, headers } = answer
  return { status, body, headers: { ...headers, ...replayed } }
}
