/** POST /v2/managedBookings/cancelAppointment/{appointmentId} */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { Api } from '../../contract/api.ts'
import { cancelAppointment as declared } from '../../contract/managed-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { asAppointment, refusedAmong } from './booking-answers.ts'
import { sideOfAppointment } from './booking-side.ts'

export const cancelAppointment: Handler<Api['cancelAppointment']> = async (input, app) => {
  const { groupId, reasonId, note } = input.body
  const { appointmentId } = input.params
  const { group, actor } = await sideOfAppointment(app, { caller: input.caller, groupId, appointmentId })
  const edit = { appointmentId, editId: input.derivedId('edit'), expected: input.ifMatch, reasonId, note }
  const done = await bookingsOf(group).cancel({ actor, booker: 'staff' }, edit)
  if (done.outcome === 'booked') return { status: 200, body: asAppointment(done.appointment) }
  if (done.outcome === 'missing') return input.fail('NOT_FOUND')
  if (done.outcome === 'stale')
    return input.fail('STALE_REVISION', { extra: { record: asAppointment(done.appointment) } })
  const { code, options } = refusedAmong(declared.errors, done)
  return input.fail(code, options)
}
