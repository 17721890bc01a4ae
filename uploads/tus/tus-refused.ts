/** Why a request cannot be taken, by the protocol's rules: what @tus/server fails with, and what we do, in one form. */
import { JoinRefused, type JoinFault } from './concatenation.ts'
import type { Turn } from './partial-store.ts'

export type TusFault =
  | JoinFault
  /** No such upload, or not this user's. */
  | 'NOT_FOUND'
  | 'WRONG_OFFSET'
  | 'TOO_LARGE'
  | 'UNKNOWN_VERSION'
  /** A header that is missing, or not as the protocol has it. */
  | 'BAD_HEADER'
  | 'WRONG_TYPE'
  | 'BAD_CHECKSUM'
  | 'CHUNK_DIFFERS'
  | 'EXPIRED'
  /** Another request is writing to it, or took over from this one. */
  | 'LOCKED'
  /** It is finished, and can no longer be thrown away. */
  | 'FINISHED'

/** The request cannot be taken, by the protocol's rules. */
export class TusRefused extends Error {
  override readonly name = 'TusRefused'
  readonly fault: TusFault
  constructor(fault: TusFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

const faultsByStatus: Partial<Record<number, TusFault>> = {
  404: 'NOT_FOUND',
  409: 'WRONG_OFFSET',
  410: 'EXPIRED',
  412: 'UNKNOWN_VERSION',
  413: 'TOO_LARGE',
}

/** What the protocol's handlers failed with, as ours: they throw plain objects of a status and a text. */
const refusalOf = (status: number, text: string, cause?: unknown): TusRefused => {
  const known =
    text.includes('Content-Type') || text.includes('content-type') ? 'WRONG_TYPE' : faultsByStatus[status]
  const fault = text.includes('lock acquired') ? 'LOCKED' : known
  return new TusRefused(fault ?? 'BAD_HEADER', text.trim(), { cause })
}

export const asTusRefused = (error: unknown): never => {
  throw error instanceof JoinRefused ? new TusRefused(error.fault, error.message, { cause: error }) : error
}

/** What an answer of theirs that is no good one comes to. */
export const failureOf = async (turn: Turn, answer: Response): Promise<Error> => {
  const { error } = turn
  // An error of ours, or of the storage; theirs have a status of their own.
  if (error instanceof Error && !('status_code' in error)) return error
  return refusalOf(answer.status, await answer.text(), error)
}
