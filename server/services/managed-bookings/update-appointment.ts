/** PUT /v2/managedBookings/updateAppointment/{appointmentId} */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { Api } from '../../contract/api.ts'
import { updateAppointment as declared } from '../../contract/managed-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { asAppointment, refusedAmong } from './booking-answers.ts'
import { sideOfAppointment } from './booking-side.ts'

export const updateAppointment: Handler<Api['updateAppointment']> = async (input, app) => {
  const { groupId, ...fields } = input.body
  const { appointmentId } = input.params
  const { caller } = input
  const { group, actor, appointment } = await sideOfAppointment(app, { caller, groupId, appointmentId })
  // What a customer booked stays within the customers' rules, unless staff move it.
  const booker = !caller.user && appointment['onlineBooking'] === true ? 'customer' : 'staff'
  const editId = input.derivedId('edit')
  const edit = { appointmentId, editId, expected: input.ifMatch, fields }
  const done = await bookingsOf(group).change({ actor, booker }, edit)
  if (done.outcome === 'booked') return { status: 200, body: asAppointment(done.appointment) }
  if (done.outcome === 'missing') return input.fail('NOT_FOUND')
  if (done.outcome === 'stale')
    return input.fail('STALE_REVISION', { extra: { record: asAppointment(done.appointment) } })
  const { code, options } = refusedAmong(declared.errors, done)
  return input.fail(code, options)
}
