/** GET /v2/managedBookings/searchAvailability */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { Api } from '../../contract/api.ts'
import { searchAvailability as declared } from '../../contract/managed-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { refusedAmong } from './booking-answers.ts'
import { checkSearchDays, sideOfSite } from './booking-side.ts'

export const searchAvailability: Handler<Api['searchAvailability']> = async (input, app) => {
  const { groupId, onlineBooking, ...search } = input.query
  checkSearchDays(search)
  const { caller } = input
  const { group, actor } = await sideOfSite(app, { caller, groupId, siteId: search.siteId })
  const booker = (onlineBooking ?? !caller.user) ? 'customer' : 'staff'
  const found = await bookingsOf(group).availability({ actor, booker }, search)
  if (found.outcome === 'found') return { status: 200, body: { slots: found.offers } }
  const { code, options } = refusedAmong(declared.errors, found)
  return input.fail(code, options)
}
