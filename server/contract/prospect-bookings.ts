/** Prospect Bookings: people who are no clients yet book themselves. What the practice does with them is in prospects.ts. */
import { z } from 'zod'
import {
  day,
  groupId,
  instant,
  longText,
  optional,
  revision,
  siteId,
  uuid,
} from '../../sync/contract/fields.ts'
import { appointmentStatus } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { exampleBookingDay, exampleIds } from './example-records.ts'
import { freeSlot } from './managed-bookings.ts'
import { newAnimal, newClient } from './registrations.ts'
import { groupIdText, siteIdText } from './query.ts'

const bookingErrors = [
  'UNKNOWN_REFERENCE',
  'SLOT_TAKEN',
  'OUTSIDE_HOURS',
  'IN_THE_PAST',
  'DURATION_NOT_SLOT_MULTIPLE',
  'DURATION_TOO_SHORT',
  'REASON_REQUIRED',
  'ONLINE_BOOKING_DISALLOWED',
] as const

const consultation = 'd9730f0b-725d-86a0-9253-cf4fe5a73af0'
const slot = { startsAt: `${exampleBookingDay}T11:00:00.000Z`, endsAt: `${exampleBookingDay}T11:15:00.000Z` }

/** The most days that one search covers. */
export const longestProspectSearchDays = 62

export const prospectReasons = call({
  service: 'prospectBookings',
  method: 'GET',
  path: '/v2/prospectBookings/reasons',
  summary: 'What a first appointment can be for',
  description: 'The reasons that may be booked online, by name, each with the time it takes.',
  auth: { kind: 'key' },
  query: z.strictObject({ groupId: groupIdText }),
  responses: {
    200: {
      description: 'Reasons',
      body: z.object({
        reasons: z.array(z.object({ reasonId: uuid, name: z.string(), durationMinutes: z.int() })),
      }),
    },
  },
  errors: ['UNKNOWN_GROUP'],
  examples: {
    query: { groupId: 1 },
    response: { reasons: [{ reasonId: consultation, name: 'Consultation', durationMinutes: 15 }] },
  },
})

export const prospectAvailability = call({
  service: 'prospectBookings',
  method: 'GET',
  path: '/v2/prospectBookings/availability',
  summary: 'Free time for somebody who is no client yet',
  description:
    'Every time that `bookings` would take now, in order of time. `from` and `to` are days in the site’s own time ' +
    `zone, both included, at most ${longestProspectSearchDays}.`,
  auth: { kind: 'key' },
  query: z.strictObject({
    ...{ groupId: groupIdText, siteId: siteIdText },
    ...{ from: day, to: day, practitionerId: uuid.optional(), reasonId: uuid },
  }),
  responses: { 200: { description: 'Free time', body: z.object({ slots: z.array(freeSlot) }) } },
  errors: ['UNKNOWN_GROUP', 'UNKNOWN_SITE', 'UNKNOWN_REFERENCE', 'ONLINE_BOOKING_DISALLOWED'],
  examples: {
    query: { groupId: 1, siteId: 1, from: exampleBookingDay, to: exampleBookingDay, reasonId: consultation },
    response: {
      slots: [
        { siteId: 1, practitionerId: exampleIds.practitionerId, practitionerName: 'Amelia Hart', ...slot },
      ],
    },
  },
})

const booking = z.object({
  reference: z
    .string()
    .describe('Who has it may see, move and cancel the booking: keep it as a password is kept'),
  revision,
  ...{ createdAt: instant, modifiedAt: instant },
  groupId,
  siteId,
  practitionerId: uuid,
  startsAt: instant,
  endsAt: instant,
  status: appointmentStatus,
  reasonId: uuid.nullable(),
  animals: z.array(z.object({ name: z.string().nullable(), species: z.string().nullable() })),
})

const exampleReference = '1-h7kq3m2vw9xz4c8tn5rb6d1fgs'
const exampleBooking = {
  ...{
    reference: exampleReference,
    revision: '1-7c1f0a9b5c7e4d2a8b6c0e9f1a2b3c4d',
    ...{ createdAt: '2026-11-23T09:30:00.000Z', modifiedAt: '2026-11-23T09:30:00.000Z' },
    groupId: 1,
    siteId: 1,
    practitionerId: exampleIds.practitionerId,
    ...slot,
  },
  ...{ status: 'BOOKED' as const, reasonId: consultation, animals: [{ name: 'Biscuit', species: 'Dog' }] },
}

export const createProspectBooking = call({
  service: 'prospectBookings',
  method: 'POST',
  path: '/v2/prospectBookings/bookings',
  summary: 'Book a first appointment',
  description:
    'Makes a prospect with their animals and the appointment, by the rules of `availability`. The practice sees them ' +
    'in its diary as a prospect; until it registers them or finds that they are a client already, they hold ' +
    'appointments and nothing else. Send an Idempotency-Key: the reference is told this once.',
  auth: { kind: 'key' },
  idempotent: true,
  body: z.strictObject({
    ...{
      groupId,
      siteId,
      practitionerId: uuid,
      startsAt: instant,
      reasonId: uuid,
      notes: optional(longText),
    },
    prospect: newClient.extend({ address: optional(newClient.shape.address) }),
    animals: z.array(newAnimal).min(1, 'name at least one animal').max(20),
  }),
  responses: {
    201: { description: 'The booking', body: booking.extend({ prospectId: uuid }) },
  },
  errors: ['UNKNOWN_GROUP', 'UNKNOWN_SITE', 'FIELDS_INVALID', ...bookingErrors],
  examples: {
    body: {
      ...{ groupId: 1, siteId: 1, practitionerId: exampleIds.practitionerId, startsAt: slot.startsAt },
      ...{ reasonId: consultation, notes: 'Limps since yesterday' },
      prospect: {
        ...{ title: 'Mrs', firstName: 'Dorothy', lastName: 'Hale' },
        ...{ phones: ['01632 960777'], emails: ['dorothy.hale@example.com'] },
      },
      animals: [{ name: 'Biscuit', species: 'Dog', breed: 'Whippet' }],
    },
    response: { ...exampleBooking, prospectId: '3f6b2c1e-8d4a-8f7b-9c0d-000000000001' },
  },
})

const addressed = z.strictObject({ reference: z.string().min(1).max(80) })

export const getProspectBooking = call({
  service: 'prospectBookings',
  method: 'GET',
  path: '/v2/prospectBookings/bookings/:reference',
  summary: 'One’s own booking',
  description:
    'As it stands now, whoever moved or cancelled it. It holds no name, address or telephone number.',
  auth: { kind: 'key' },
  params: addressed,
  responses: { 200: { description: 'The booking', body: booking } },
  errors: ['NOT_FOUND'],
  examples: { params: { reference: exampleReference }, response: exampleBooking },
})

export const changeProspectBooking = call({
  service: 'prospectBookings',
  method: 'PUT',
  path: '/v2/prospectBookings/bookings/:reference',
  summary: 'Move one’s own booking',
  description:
    'What is left out stays; the booking is as long as it was, or as its reason takes where that is longer. The new ' +
    'time, also one that a longer reason makes, is checked as a new booking is; where it cannot be, nothing changes. ' +
    'Possible until somebody has arrived. Notes take the place of those that you gave; what the practice wrote stays. ' +
    'Send `If-Match` with the revision that you have seen.',
  auth: { kind: 'key' },
  ifMatch: true,
  params: addressed,
  body: z
    .strictObject({
      ...{ siteId: siteId.optional(), practitionerId: uuid.optional(), startsAt: instant.optional() },
      ...{ reasonId: uuid.optional(), notes: longText.nullable().optional() },
    })
    .refine((fields) => Object.keys(fields).length > 0, 'must change something'),
  responses: { 200: { description: 'The booking as it is now', body: booking } },
  errors: [
    ...(['NOT_FOUND', 'UNKNOWN_SITE', ...bookingErrors, 'APPOINTMENT_CLOSED'] as const),
    ...(['ANIMAL_DECEASED', 'CLIENT_DEACTIVATED'] as const),
  ],
  examples: {
    params: { reference: exampleReference },
    body: { notes: 'Comes by bus' },
    response: exampleBooking,
  },
})

export const cancelProspectBooking = call({
  service: 'prospectBookings',
  method: 'DELETE',
  path: '/v2/prospectBookings/bookings/:reference',
  summary: 'Cancel one’s own booking',
  description: 'Possible until somebody has arrived. One that is cancelled already stays so.',
  auth: { kind: 'key' },
  ifMatch: true,
  params: addressed,
  responses: { 200: { description: 'The booking, cancelled', body: booking } },
  errors: ['NOT_FOUND', 'APPOINTMENT_CLOSED'],
  examples: {
    params: { reference: exampleReference },
    response: { ...exampleBooking, status: 'CANCELLED' },
  },
})
