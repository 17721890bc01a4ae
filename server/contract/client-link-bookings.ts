/** ClientLink: appointments that customers book and cancel themselves. */
import { z } from 'zod'
import { groupId, instant, optional, siteId, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { exampleMyAppointment } from './client-link-examples.ts'
import { customer } from './client-link-lists.ts'
import { myAppointment } from './client-link-shapes.ts'
import { exampleBookingDay, exampleIds } from './example-records.ts'

const words = optional(z.string().trim().min(1).max(10_000))
const startsAt = `${exampleBookingDay}T11:00:00.000Z`
/** One of Carol's that is to come. */
const booked = {
  ...{ id: '79d895ef-c81d-82cd-8fcb-994409967af7', reason: 'Vaccination' },
  ...{ startsAt: '2026-12-05T15:15:00.000Z', endsAt: '2026-12-05T15:30:00.000Z' },
}

export const bookAppointment = call({
  service: 'clientLink',
  method: 'POST',
  path: '/v2/clientLink/bookAppointment',
  summary: 'Book an appointment for the customer’s animals',
  description:
    'At a time that surgeonAvailability offers for the reason; how long it takes is the reason’s. Reasons are those of ' +
    '`GET /v2/prospectBookings/reasons`. A time that somebody else has meanwhile is SLOT_TAKEN, with the nearest free ' +
    'times in `alternatives`. `note` is for the practice to read. `groupId` is needed only where the customer is a ' +
    'client of two groups that have a site of that number.',
  auth: customer,
  idempotent: true,
  body: z.strictObject({
    groupId: groupId.optional(),
    siteId,
    practitionerId: uuid,
    startsAt: instant,
    reasonId: uuid,
    animalIds: z
      .array(uuid)
      .min(1, 'name at least one animal')
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each animal once'),
    note: words,
  }),
  responses: { 201: { description: 'The appointment', body: myAppointment } },
  errors: [
    'UNKNOWN_SITE',
    'UNKNOWN_REFERENCE',
    'SLOT_TAKEN',
    'OUTSIDE_HOURS',
    'IN_THE_PAST',
    'DURATION_NOT_SLOT_MULTIPLE',
    'DURATION_TOO_SHORT',
    'REASON_REQUIRED',
    'CLIENT_DEACTIVATED',
    'ANIMAL_DECEASED',
    'ONLINE_BOOKING_DISALLOWED',
  ],
  examples: {
    body: {
      ...{ siteId: 1, practitionerId: exampleIds.practitionerId, startsAt },
      ...{ reasonId: 'd9730f0b-725d-86a0-9253-cf4fe5a73af0', animalIds: [exampleIds.animalId] },
      note: 'She has been off her feed since Friday.',
    },
    response: {
      ...exampleMyAppointment,
      ...{
        id: '5d7b8f1c-8c1e-8b0a-9d42-6a0e4c2b9f11',
        startsAt,
        endsAt: `${exampleBookingDay}T11:15:00.000Z`,
      },
      ...{ status: 'BOOKED', reason: 'Consultation', onlineBooking: true },
    },
  },
})

export const cancelMyAppointment = call({
  service: 'clientLink',
  method: 'POST',
  path: '/v2/clientLink/cancelAppointment',
  summary: 'Cancel one of the customer’s appointments',
  description:
    'Whoever booked it, until the animal has arrived. Its time is free at once. One that is cancelled already is ' +
    'answered as it is. `note` is for the practice to read.',
  auth: customer,
  idempotent: true,
  ifMatch: true,
  body: z.strictObject({ appointmentId: uuid, note: words }),
  responses: { 200: { description: 'The appointment, cancelled', body: myAppointment } },
  errors: ['NOT_FOUND', 'APPOINTMENT_CLOSED', 'STALE_REVISION'],
  examples: {
    body: { appointmentId: booked.id, note: 'She is well again.' },
    response: { ...exampleMyAppointment, ...booked, status: 'CANCELLED' },
  },
})
