/** GET /v2/managedBookings/reasons */
import { cancellationReasonsOf, reasonsOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { sideOfSite } from './booking-side.ts'

export const bookingReasons: Handler<Api['bookingReasons']> = async (input, app) => {
  const { group } = await sideOfSite(app, {
    caller: input.caller,
    ...input.query,
    groupId: input.query.groupId,
  })
  const [reasons, cancellationReasons] = await Promise.all([reasonsOf(group), cancellationReasonsOf(group)])
  return {
    status: 200,
    body: {
      reasons: reasons
        .filter(({ active }) => active)
        .map(({ reasonId, name, durationMinutes, onlineBooking }) => ({
          ...{ reasonId, name, durationMinutes, onlineBooking },
        })),
      cancellationReasons: cancellationReasons
        .filter(({ active }) => active)
        .map(({ reasonId, name }) => ({ reasonId, name })),
    },
  }
}
