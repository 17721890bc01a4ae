/**
 * Bookings of a group: the one way to look for free time, to book it, to change and to cancel. Whoever books gives the
 * actor on whose behalf records are read and written, and the kind of booker whose rules hold:
 *
 * - `staff`: the practice itself. A reason of the list or in words; also the slot that runs; any practitioner.
 * - `customer`: a client, or an integration on their behalf. Online booking has to be on, the reason and the
 *   practitioner open for it; notice and days ahead count; the record says `onlineBooking: true`.
 * - `prospect`: as `customer`, where the site takes people who are no clients yet. `clientId` names their record.
 *
 * Whether a customer may touch an appointment at all is for the caller to say; `actor.siteIds` of a customer or of a
 * prospect are all sites of the group. What cannot be is answered as `refused` with a code of the API's table; only a
 * store or a ledger that is away throws (StoreUnavailable), and then the same call with the same ids is to be repeated:
 * it completes what the first one began.
 */
import type { Group } from '../group.ts'
import { availability, type Search } from './availability.ts'
import { book, type Booked, type NewBooking } from './book.ts'
import { cancel, type Cancellation } from './cancel.ts'
import { change, type BookingChange } from './change.ts'
import type { Changed } from './edit-booking.ts'
import type { Offer, Refused } from './refusal.ts'
import type { BookingFor } from './setting.ts'

export interface Bookings {
  /** Every time that `book` would take now, in order of time. */
  availability(who: BookingFor, search: Search): Promise<{ outcome: 'found'; offers: Offer[] } | Refused>
  book(who: BookingFor, wanted: NewBooking): Promise<Booked | Refused>
  change(who: BookingFor, wanted: BookingChange): Promise<Changed>
  cancel(who: BookingFor, wanted: Cancellation): Promise<Changed>
}

export const bookingsOf = (group: Group): Bookings => ({
  availability: (who, search) => availability(group, who, search),
  book: (who, wanted) => book(group, who, wanted),
  change: (who, wanted) => change(group, who, wanted),
  cancel: (who, wanted) => cancel(group, who, wanted),
})
