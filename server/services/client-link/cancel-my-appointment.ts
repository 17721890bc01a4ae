/** POST /v2/clientLink/cancelAppointment */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import { cancelMyAppointment as declared } from '../../contract/client-link-bookings.ts'
import type { Handler } from '../../http/handler.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { asCustomer } from './book-appointment.ts'
import { findOwned, ownedBy } from './owned.ts'
import { appointmentShown, referredBy } from './shown.ts'

export const cancelMyAppointment: Handler<Api['cancelMyAppointment']> = async (input, app) => {
  const { appointmentId, note } = input.body
  const found = await findOwned(await ownedBy(app, input.caller), 'appointment', appointmentId)
  if (!found) return input.fail('NOT_FOUND', { detail: 'There is no such appointment of yours.' })
  const { mine } = found
  const shown = async (doc: RecordDoc) => appointmentShown(mine, doc, await referredBy(mine, [doc]))
  const who = await asCustomer(mine, input.caller.user.userId)
  const edit = {
    appointmentId,
    editId: input.derivedId('edit'),
    expected: input.ifMatch,
    reasonId: null,
    note,
  }
  const done = await bookingsOf(mine.group).cancel(who, edit)
  if (done.outcome === 'booked') return { status: 200, body: await shown(done.appointment) }
  if (done.outcome === 'missing') return input.fail('NOT_FOUND')
  if (done.outcome === 'stale')
    return input.fail('STALE_REVISION', { extra: { record: await shown(done.appointment) } })
  const { code, options } = refusedAmong(declared.errors, done)
  return input.fail(code, options)
}
