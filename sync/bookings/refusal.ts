/** Why a booking is not made. */
import type { Broken, BrokenCode } from './rules.ts'

export type RefusalCode =
  | BrokenCode
  | 'ANIMAL_DECEASED'
  | 'APPOINTMENT_CLOSED'
  | 'CLIENT_DEACTIVATED'
  | 'UNKNOWN_REFERENCE'
  | 'UNKNOWN_SITE'

/** A free time that can be booked. Times are UTC. */
export interface Offer {
  siteId: number
  practitionerId: string
  practitionerName: string
  startsAt: string
  endsAt: string
}

export interface Refused {
  outcome: 'refused'
  code: RefusalCode
  /** In words that a receptionist would use. */
  detail: string
  /** The field that it is about. */
  path?: string
  /** With SLOT_TAKEN: the nearest free times, nearest first. */
  alternatives?: Offer[]
}

export const refused = (code: RefusalCode, detail: string, path?: string): Refused => ({
  ...{ outcome: 'refused', code, detail },
  ...(path === undefined ? {} : { path }),
})

export const refusedBy = ({ code, detail }: Broken): Refused => refused(code, detail)
