/** POST /v2/managedBookings/createAppointment */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { Api } from '../../contract/api.ts'
import { createAppointment as declared } from '../../contract/managed-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { asAppointment, refusedAmong } from './booking-answers.ts'
import { sideOfSite } from './booking-side.ts'

export const createAppointment: Handler<Api['createAppointment']> = async (input, app) => {
  const { groupId, onlineBooking, ...wanted } = input.body
  const { caller } = input
  const { group, actor } = await sideOfSite(app, { caller, groupId, siteId: wanted.siteId })
  const booker = (onlineBooking ?? !caller.user) ? 'customer' : 'staff'
  const appointmentId = input.derivedId('appointment')
  const done = await bookingsOf(group).book({ actor, booker }, { ...wanted, appointmentId })
  if (done.outcome === 'booked') return { status: 201, body: asAppointment(done.appointment) }
  const { code, options } = refusedAmong(declared.errors, done)
  return input.fail(code, options)
}
