/** A prospect's booking: found by its reference, and as the prospect sees it. */
import { sitesOf } from '../../../sync/bookings/references.ts'
import type { BookingFor } from '../../../sync/bookings/setting.ts'
import type { Appointment } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId, type RecordDoc } from '../../../sync/write/document.ts'
import type { KeyIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import { fail } from '../../http/problem.ts'
import { apiActor } from '../api-actor.ts'
import { asAppointment } from '../managed-bookings/booking-answers.ts'
import { groupOfReference, referenceKey } from './reference.ts'

export type ProspectBooking = ResponseOf<Api['getProspectBooking']>

/** Prospects may book at every site of the group that takes them. */
export const asProspect = async (group: Group): Promise<BookingFor> => ({
  actor: apiActor((await sitesOf(group)).map(({ siteId }) => siteId)),
  booker: 'prospect',
})

export interface Found {
  group: Group
  /** What the reference stands for. */
  booking: RecordDoc
  holder: Holder
  appointmentId: string
  appointment: RecordDoc
}

/** What the holder of a reference knows of: the animals that they entered, not those that the practice added. */
interface Holder {
  reference: string
  animalIds: readonly string[]
}

/** The booking of a reference, in a group that the key sees; fails with NOT_FOUND. */
export const bookingOf = async (app: AppContext, key: KeyIdentity, reference: string): Promise<Found> => {
  const groupId = groupOfReference(reference)
  if (groupId === undefined || !key.groupIds.includes(groupId)) return fail('NOT_FOUND')
  const group = await app.groups.get(groupId)
  const booking = await group.db.get(docId('prospectBooking', referenceKey(reference)))
  const appointmentId = String(booking?.['appointmentId'])
  const appointment = booking && (await group.db.get(docId('appointment', appointmentId)))
  if (!appointment) return fail('NOT_FOUND')
  // One that was made before it held them has those of the appointment.
  const animalIds = (booking['animalIds'] ?? appointment['animalIds']) as string[]
  const holder = { reference, animalIds }
  return {
    ...{ group, booking: booking as RecordDoc, holder },
    ...{ appointmentId, appointment: appointment as RecordDoc },
  }
}

/** What its holder is told: no name of a person, nothing that the practice wrote. */
export const shown = async (
  group: Group,
  { reference, animalIds }: Holder,
  doc: RecordDoc,
): Promise<ProspectBooking> => {
  const appointment: Appointment = asAppointment(doc)
  const { groupId, siteId, practitionerId, startsAt, endsAt, status, reasonId } = appointment
  const { revision, createdAt, modifiedAt } = appointment
  const animals = await group.db.getMany(animalIds.map((id) => docId('animal', id)))
  return {
    ...{ reference, revision, createdAt, modifiedAt },
    ...{ groupId, siteId, practitionerId, startsAt, endsAt, status, reasonId },
    animals: animals.filter((animal): animal is StoredDoc => animal !== undefined).map(nameAndSpecies),
  }
}

const nameAndSpecies = (doc: StoredDoc): { name: string | null; species: string | null } => {
  const text = (field: string): string | null => (doc[field] as string | null | undefined) ?? null
  return { name: text('name'), species: text('species') }
}
