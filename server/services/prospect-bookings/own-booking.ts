/** GET, PUT and DELETE /v2/prospectBookings/bookings/{reference} */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import { notesWith } from '../../../sync/bookings/notes.ts'
import type { Group } from '../../../sync/group.ts'
import type { RecordDoc } from '../../../sync/write/document.ts'
import { reviseRecord } from '../../../sync/write/revise.ts'
import type { Api } from '../../contract/api.ts'
import {
  cancelProspectBooking as declaredCancel,
  changeProspectBooking as declaredChange,
} from '../../contract/prospect-bookings.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { asProspect, bookingOf, shown } from './booking.ts'
import { referenceKey } from './reference.ts'

export const getProspectBooking: Handler<Api['getProspectBooking']> = async (input, app) => {
  const { group, holder, appointment } = await bookingOf(app, input.caller.key, input.params.reference)
  return { status: 200, body: await shown(group, holder, appointment) }
}

export const changeProspectBooking: Handler<Api['changeProspectBooking']> = async (input, app) => {
  const found = await bookingOf(app, input.caller.key, input.params.reference)
  const { group, booking, holder, appointmentId } = found
  const { notes } = input.body
  const said = (booking['notes'] as string | null | undefined) ?? null
  const notesFor = (standing: string | null) => notesWith(standing, said, notes ?? null, input.receivedAt)
  const edit = {
    ...{ appointmentId, editId: input.derivedId('edit'), expected: input.ifMatch, fields: input.body },
    ...(notes === undefined ? {} : { notesFor }),
  }
  const done = await bookingsOf(group).change(await asProspect(group), edit)
  if (done.outcome === 'missing') return input.fail('NOT_FOUND')
  if (done.outcome === 'stale')
    return input.fail('STALE_REVISION', {
      extra: { record: await shown(group, holder, done.appointment) },
    })
  if (done.outcome === 'booked') {
    if (notes !== undefined) await keepSaid(input, group, notes)
    return { status: 200, body: await shown(group, holder, done.appointment) }
  }
  const { code, options } = refusedAmong(declaredChange.errors, done)
  return input.fail(code, options)
}

/** What the holder said last, by which it is known among the notes. */
const keepSaid = async (
  { params, receivedAt }: Input<Api['changeProspectBooking']>,
  group: Group,
  notes: string | null,
): Promise<void> => {
  const change = (doc: RecordDoc) => (doc['notes'] === notes ? undefined : { notes })
  const record = { type: 'prospectBooking', id: referenceKey(params.reference), change }
  await reviseRecord(group.db, record, { by: null, at: receivedAt })
}

export const cancelProspectBooking: Handler<Api['cancelProspectBooking']> = async (input, app) => {
  const { group, holder, appointmentId } = await bookingOf(app, input.caller.key, input.params.reference)
  const edit = {
    ...{ appointmentId, editId: input.derivedId('edit'), expected: input.ifMatch },
    ...{ reasonId: null, note: null },
  }
  const done = await bookingsOf(group).cancel(await asProspect(group), edit)
  if (done.outcome === 'missing') return input.fail('NOT_FOUND')
  if (done.outcome === 'stale')
    return input.fail('STALE_REVISION', {
      extra: { record: await shown(group, holder, done.appointment) },
    })
  if (done.outcome === 'booked') return { status: 200, body: await shown(group, holder, done.appointment) }
  const { code, options } = refusedAmong(declaredCancel.errors, done)
  return input.fail(code, options)
}
