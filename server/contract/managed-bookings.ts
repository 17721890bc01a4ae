/** Managed Bookings: free time, and appointments booked, changed and cancelled. Finding clients is in client-search.ts. */
import { z } from 'zod'
import {
  day,
  groupId,
  instant,
  longText,
  optional,
  shortText,
  siteId,
  uuid,
} from '../../sync/contract/fields.ts'
import { appointment } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { exampleAppointment, exampleBookingDay, exampleIds, exampleServed } from './example-records.ts'
import { groupIdText, siteIdText, truthText, wholeBetween } from './query.ts'

export const vetFacing = { kind: 'keyMaybeUser' } as const

export const whichGroup = 'Only for a server key that sees this site in several groups'
const queryGroup = groupIdText.optional().describe(whichGroup)
const bodyGroup = groupId.optional().describe(whichGroup)

const asOnline =
  'Whether the rules for customers hold (notice, days ahead, what may be booked online). Default: yes for a ' +
  'server key on its own, no for staff'

/** A free time, as search offers it and SLOT_TAKEN names alternatives. */
export const freeSlot = z.object({
  siteId,
  practitionerId: uuid,
  practitionerName: z.string(),
  startsAt: instant,
  endsAt: instant,
})

const exampleSlot = {
  siteId: 1,
  practitionerId: exampleIds.practitionerId,
  practitionerName: 'Amelia Hart',
  startsAt: `${exampleBookingDay}T11:00:00.000Z`,
  endsAt: `${exampleBookingDay}T11:15:00.000Z`,
}
const consultation = 'd9730f0b-725d-86a0-9253-cf4fe5a73af0'

export const keyErrors = ['SERVER_KEY_REQUIRED', 'ROLE_NOT_ALLOWED', 'UNKNOWN_GROUP'] as const

/** The most days that one search covers. */
export const longestSearchDays = 62

export const searchAvailability = call({
  service: 'managedBookings',
  method: 'GET',
  path: '/v2/managedBookings/searchAvailability',
  summary: 'Free time at a site',
  description:
    'Every time that createAppointment would take now, in order of time: as long as `durationMinutes`, else as long ' +
    'as the reason takes, else one slot of the site. By opening hours and their exceptions, breaks, practitioners’ ' +
    `rotas, blocked time and what is booked already. \`from\` and \`to\` are days in the site’s own time zone, both ` +
    `included, at most ${longestSearchDays}.`,
  auth: vetFacing,
  audit: 'none',
  query: z.strictObject({
    siteId: siteIdText,
    from: day,
    to: day,
    practitionerId: uuid.optional(),
    reasonId: uuid.optional(),
    durationMinutes: wholeBetween(1, 1440).optional(),
    onlineBooking: truthText.optional().describe(asOnline),
    groupId: queryGroup,
  }),
  responses: { 200: { description: 'Free time', body: z.object({ slots: z.array(freeSlot) }) } },
  errors: [
    ...keyErrors,
    'UNKNOWN_SITE',
    'UNKNOWN_REFERENCE',
    'DURATION_NOT_SLOT_MULTIPLE',
    'DURATION_TOO_SHORT',
    'ONLINE_BOOKING_DISALLOWED',
  ],
  examples: {
    query: {
      siteId: 1,
      from: exampleBookingDay,
      to: exampleBookingDay,
      practitionerId: exampleIds.practitionerId,
      reasonId: consultation,
    },
    response: { slots: [exampleSlot] },
  },
})

export const bookingReasons = call({
  service: 'managedBookings',
  method: 'GET',
  path: '/v2/managedBookings/reasons',
  summary: 'What appointments can be for',
  description:
    'The reasons that a booking names by `reasonId`, by name, each with the time it takes (rounded up to whole slots ' +
    'of the site), and the reasons for cancelling.',
  auth: vetFacing,
  audit: 'none',
  query: z.strictObject({
    siteId: siteIdText,
    groupId: queryGroup,
  }),
  responses: {
    200: {
      description: 'Reasons',
      body: z.object({
        reasons: z.array(
          z.object({
            reasonId: uuid,
            name: z.string(),
            durationMinutes: z.int(),
            onlineBooking: z.boolean().describe('Whether customers may book it'),
          }),
        ),
        cancellationReasons: z.array(z.object({ reasonId: uuid, name: z.string() })),
      }),
    },
  },
  errors: [...keyErrors, 'UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1 },
    response: {
      reasons: [{ reasonId: consultation, name: 'Consultation', durationMinutes: 15, onlineBooking: true }],
      cancellationReasons: [{ reasonId: 'a877e482-42d2-8b6c-a343-1486fd118504', name: 'Client cancelled' }],
    },
  },
})

const exampleBooked = {
  ...exampleAppointment,
  ...exampleServed,
  id: '5d7b8f1c-8c1e-8b0a-9d42-6a0e4c2b9f10',
  startsAt: exampleSlot.startsAt,
  endsAt: exampleSlot.endsAt,
  status: 'BOOKED' as const,
  reasonId: consultation,
  reasonText: null,
  notes: 'Off her feed since Friday',
  statusTimes: { BOOKED: '2026-11-23T18:00:00.000Z' },
  onlineBooking: true,
}

const ruleErrors = [
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
] as const

/** One named twice is meant once. */
const animalIds = z
  .array(uuid)
  .max(50)
  .overwrite((ids) => [...new Set(ids)])

const end = instant.describe('Left out: as long as the reason takes, or one slot')

export const createAppointment = call({
  service: 'managedBookings',
  method: 'POST',
  path: '/v2/managedBookings/createAppointment',
  summary: 'Book an appointment',
  description:
    'Takes exactly what searchAvailability offers: whole slots, one practitioner, one day. A time that somebody ' +
    'else has meanwhile is SLOT_TAKEN, with the nearest free times in `alternatives`. Two bookings never share a ' +
    'slot, however many servers there are. Staff may give `reasonText` in place of `reasonId`, and book the slot ' +
    'that runs; an online booking needs a `reasonId` that is open for it.',
  auth: vetFacing,
  idempotent: true,
  body: z.strictObject({
    groupId: bodyGroup,
    siteId,
    practitionerId: uuid,
    clientId: uuid,
    animalIds: animalIds.default([]),
    startsAt: instant,
    endsAt: end.optional(),
    reasonId: optional(uuid),
    reasonText: optional(shortText),
    notes: optional(longText),
    onlineBooking: z.boolean().optional().describe(asOnline),
  }),
  responses: { 201: { description: 'The appointment', body: appointment } },
  errors: [...keyErrors, ...ruleErrors],
  examples: {
    body: {
      siteId: 1,
      practitionerId: exampleIds.practitionerId,
      clientId: exampleIds.clientId,
      animalIds: [exampleIds.animalId],
      startsAt: exampleSlot.startsAt,
      endsAt: exampleSlot.endsAt,
      reasonId: consultation,
      notes: 'Off her feed since Friday',
    },
    response: exampleBooked,
  },
})

const addressed = z.strictObject({ appointmentId: uuid })

export const updateAppointment = call({
  service: 'managedBookings',
  method: 'PUT',
  path: '/v2/managedBookings/updateAppointment/:appointmentId',
  summary: 'Move or change an appointment',
  description:
    'What is left out stays as it is; a move without `endsAt` keeps the length, in whole slots of the site. Without ' +
    '`endsAt` a longer reason lengthens the appointment to the time that the reason takes; staff who want the reason ' +
    'alone send `endsAt` as it is. Once the appointment has begun, a reason from staff leaves its time. A move, or a ' +
    'longer time, is checked as a new booking is, its own present time being free; where it cannot be, nothing ' +
    'changes. Send `If-Match` with the revision that you have seen.',
  auth: vetFacing,
  ifMatch: true,
  params: addressed,
  body: z
    .strictObject({
      groupId: bodyGroup,
      siteId: siteId.optional(),
      practitionerId: uuid.optional(),
      clientId: uuid.optional(),
      animalIds: animalIds.optional(),
      startsAt: instant.optional(),
      endsAt: instant.optional(),
      reasonId: uuid.nullable().optional(),
      reasonText: shortText.nullable().optional(),
      notes: longText.nullable().optional(),
    })
    .refine(({ groupId: _group, ...fields }) => Object.keys(fields).length > 0, 'must change something'),
  responses: { 200: { description: 'The appointment as it is now', body: appointment } },
  errors: [...keyErrors, 'NOT_FOUND', ...ruleErrors, 'APPOINTMENT_CLOSED', 'STALE_REVISION'],
  examples: {
    params: { appointmentId: exampleAppointment.id },
    body: { notes: 'Brings a sample' },
    response: { ...exampleAppointment, notes: 'Brings a sample' },
  },
})

export const cancelAppointment = call({
  service: 'managedBookings',
  method: 'POST',
  path: '/v2/managedBookings/cancelAppointment/:appointmentId',
  summary: 'Cancel an appointment',
  description:
    'Its time is free at once. Possible until treatment begins; one that is cancelled already is answered as it is.',
  auth: vetFacing,
  idempotent: true,
  ifMatch: true,
  params: addressed,
  body: z.strictObject({
    groupId: bodyGroup,
    reasonId: optional(uuid).describe('A reason for cancelling, or one for coming'),
    note: optional(longText),
  }),
  responses: { 200: { description: 'The appointment, cancelled', body: appointment } },
  errors: [...keyErrors, 'NOT_FOUND', 'UNKNOWN_REFERENCE', 'APPOINTMENT_CLOSED', 'STALE_REVISION'],
  examples: {
    params: { appointmentId: exampleAppointment.id },
    body: { note: 'The cow is on her feet again' },
    response: {
      ...exampleAppointment,
      status: 'CANCELLED',
      cancellation: {
        at: '2026-11-23T18:00:00.000Z',
        reasonId: null,
        note: 'The cow is on her feet again',
      },
    },
  },
})
