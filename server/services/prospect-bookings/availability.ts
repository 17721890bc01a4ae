/** GET /v2/prospectBookings/availability and reasons */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import { daysBetween } from '../../../sync/bookings/calendar.ts'
import { reasonsOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import {
  longestProspectSearchDays,
  prospectAvailability as declared,
} from '../../contract/prospect-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { registrationGroup } from '../registrations/lists.ts'
import { asProspect } from './booking.ts'

export const prospectReasons: Handler<Api['prospectReasons']> = async (input, app) => {
  const group = await registrationGroup(app, input.caller.key, input.query.groupId)
  const reasons = (await reasonsOf(group)).filter(({ active, onlineBooking }) => active && onlineBooking)
  return {
    status: 200,
    body: {
      reasons: reasons.map(({ reasonId, name, durationMinutes }) => ({ reasonId, name, durationMinutes })),
    },
  }
}

export const prospectAvailability: Handler<Api['prospectAvailability']> = async (input, app) => {
  const { groupId, ...search } = input.query
  const days = daysBetween(search.from, search.to) + 1
  if (days < 1 || days > longestProspectSearchDays)
    return input.fail('INVALID_REQUEST', {
      errors: [
        {
          path: 'query.to',
          message: `must be from, or up to ${longestProspectSearchDays - 1} days after it`,
        },
      ],
    })
  const group = await registrationGroup(app, input.caller.key, groupId)
  const found = await bookingsOf(group).availability(await asProspect(group), search)
  if (found.outcome === 'found') return { status: 200, body: { slots: found.offers } }
  const { code, options } = refusedAmong(declared.errors, found)
  return input.fail(code, options)
}
