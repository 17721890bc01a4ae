/** A booking cancelled. */
import type { Group } from '../group.ts'
import {
  editOf,
  isOver,
  releaseOf,
  withCurrent,
  write,
  type Addressed,
  type Changed,
} from './edit-booking.ts'
import { sitesOf } from './references.ts'
import { refused } from './refusal.ts'
import type { BookingFor } from './setting.ts'

export interface Cancellation extends Addressed {
  reasonId: string | null
  note: string | null
}

/** Cancels a booking; one that is cancelled stays as it is. The time is free as soon as that is written. */
export const cancel = async (group: Group, who: BookingFor, wanted: Cancellation): Promise<Changed> =>
  await withCurrent(group, who, wanted, async (doc) => {
    const status = String(doc['status'])
    if (status === 'CANCELLED') return { outcome: 'booked', appointment: doc }
    if (isOver(doc) || status === 'IN_TREATMENT' || (who.booker !== 'staff' && status !== 'BOOKED'))
      return refused('APPOINTMENT_CLOSED', 'This appointment has begun or is over; it cannot be cancelled.')
    const { editId, reasonId, note } = wanted
    if (reasonId !== null && !(await cancellationReasonIsKnown(group, reasonId)))
      return refused('UNKNOWN_REFERENCE', 'There is no such reason.', 'reasonId')
    const at = new Date(group.now()).toISOString()
    const served = { bookings: (doc.bookings ?? 0) + 1, cancellation: { at, reasonId, note } }
    const booking = editOf(group, who, doc, { editId, values: { status: 'CANCELLED' }, served })
    const done = await write(group, doc, booking)
    if (done === 'again' || done.outcome === 'refused') return done
    await releaseOf(group, await sitesOf(group), doc)
    return done
  })

/** One of the reasons for cancelling, or of those for coming. */
const cancellationReasonIsKnown = async ({ db }: Group, id: string): Promise<boolean> =>
  (await db.getMany([`reference:cancellationReason:${id}`, `reference:reason:${id}`])).some(
    (doc) => doc !== undefined,
  )
