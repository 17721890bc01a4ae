/** GET /v2/managedBookings/searchAvailability */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import { daysBetween } from '../../../sync/bookings/calendar.ts'
import type { Api } from '../../contract/api.ts'
import { longestSearchDays, searchAvailability as declared } from '../../contract/managed-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { refusedAmong } from './booking-answers.ts'
import { sideOfSite } from './booking-side.ts'

export const searchAvailability: Handler<Api['searchAvailability']> = async (input, app) => {
  const { groupId, onlineBooking, ...search } = input.query
  const days = daysBetween(search.from, search.to) + 1
  if (days < 1 || days > longestSearchDays)
    return input.fail('INVALID_REQUEST', {
      errors: [
        { path: 'query.to', message: `must be from, or up to ${longestSearchDays - 1} days after it` },
      ],
    })
  const { caller } = input
  const { group, actor } = await sideOfSite(app, { caller, groupId, siteId: search.siteId })
  const booker = (onlineBooking ?? !caller.user) ? 'customer' : 'staff'
  const found = await bookingsOf(group).availability({ actor, booker }, search)
  if (found.outcome === 'found') return { status: 200, body: { slots: found.offers } }
  const { code, options } = refusedAmong(declared.errors, found)
  return input.fail(code, options)
}
