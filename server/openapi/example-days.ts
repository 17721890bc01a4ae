/** Examples that book are shown on a day that is still to come, so that they can be tried whenever they are read. */
import { exampleBookingDay } from '../contract/example-records.ts'

const dayMs = 86_400_000

/** A Wednesday about six weeks ahead: behind the demo's diaries, and the same for a week. @param now ms since the epoch */
export const bookingDayAhead = (now: number): string => {
  const sinceMonday = (new Date(now).getUTCDay() + 6) % 7
  return new Date(now + (44 - sinceMonday) * dayMs).toISOString().slice(0, 10)
}

/** A document with another day in the place of the one that the contract's examples book. */
export const bookingOn = (day: string, document: object): object =>
  JSON.parse(JSON.stringify(document).replaceAll(exampleBookingDay, day)) as object
