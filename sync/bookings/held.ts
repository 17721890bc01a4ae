/** Time that is taken or kept free, as the index has it: read by keys alone, however many appointments there are. */
import { longestBlockMs } from '../contract/reference.ts'
import type { Group } from '../group.ts'
import type { Interval } from './calendar.ts'

/** No appointment is longer; bounds the search for one that began before. */
export const longestBookingMs = 24 * 3_600_000

/** An appointment that takes its practitioner's time. */
export interface Held extends Interval {
  appointmentId: string
  /** How often the appointment was booked or moved by the rules; 0 for one that came by upload. */
  bookings: number
}

const searchFrom = (from: number, longest: number): string => new Date(from - longest).toISOString()

/** What a practitioner's appointments hold of a time, at whatever site; in order of time. */
export const heldBy = async (
  { index }: Pick<Group, 'index'>,
  practitionerId: string,
  { from, to }: Interval,
): Promise<Held[]> => {
  const found = await index.lookup(['booking', practitionerId], {
    from: searchFrom(from, longestBookingMs),
    to: new Date(to).toISOString(),
  })
  return found
    .map(([startsAt = '', endsAt = '', bookings, appointmentId = '']) => ({
      appointmentId,
      from: Date.parse(startsAt),
      to: Date.parse(endsAt),
      bookings: Number(bookings),
    }))
    .filter((held) => held.to > from)
}

export interface Blocked extends Interval {
  blockId: string
}

const blocksUnder = async (
  { index }: Pick<Group, 'index'>,
  prefix: readonly string[],
  { from, to }: Interval,
): Promise<Blocked[]> => {
  const found = await index.lookup(prefix, {
    from: searchFrom(from, longestBlockMs),
    to: new Date(to).toISOString(),
  })
  return found
    .map(([startsAt = '', endsAt = '', id = '']) => ({
      blockId: id.slice(id.indexOf(':') + 1),
      from: Date.parse(startsAt),
      to: Date.parse(endsAt),
    }))
    .filter((block) => block.to > from)
}

/** Blocked time of everybody at a site. */
export const blocksOfSite = (
  group: Pick<Group, 'index'>,
  siteId: number,
  time: Interval,
): Promise<Blocked[]> => blocksUnder(group, ['block.site', String(siteId)], time)

/** Blocked time of one practitioner, at whatever site. */
export const blocksOfPractitioner = (
  group: Pick<Group, 'index'>,
  practitionerId: string,
  time: Interval,
): Promise<Blocked[]> => blocksUnder(group, ['block.practitioner', practitionerId], time)
