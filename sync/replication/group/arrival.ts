/** Documents on their way to the write path, and what they are refused for before it. */
import type { Actor } from '../../actor.ts'
import type { WriteTarget } from '../../write/context.ts'
import { refuse, type Refusal, type WritableType } from '../../write/items.ts'
import type { Incoming } from '../incoming.ts'
import type { Naming } from './naming.ts'

export interface GroupWriting {
  target: WriteTarget
  actor: Actor
  naming: Naming
  /** ms since the epoch */
  now: () => number
}

/** A document of a known type, on its way to the write path. */
export interface Arrival {
  at: number
  incoming: Incoming
  storedId: string
  type: WritableType
}

/** What a row is refused for; with what was to be written, where that is kept. */
export interface Refused {
  refusal: Refusal
  item?: Record<string, unknown>
}

/** Deletions are no part of the API: what clinical and financial records have in their place. */
const instead: Record<WritableType, string> = {
  client: 'deactivate the client',
  animal: 'note the day in deceasedAt, or deactivate its client',
  appointment: 'set its status to CANCELLED',
  treatment: 'void it (voided: {reason})',
  payment: 'record a reversal (reversalOf)',
  document: 'delete the document through the API',
}

export const neverDeleted = (type: WritableType): Refusal =>
  refuse('APPEND_ONLY', '_deleted', `A ${type} is not deleted; ${instead[type]}`)

export const notYours = (type: WritableType): Refusal =>
  refuse('SITE_NOT_ALLOWED', '_id', `This ${type} belongs to a site that is not yours`)
