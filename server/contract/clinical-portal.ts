/** The Clinical Portal: what a practice's desk looks at. Prescriptions and reminders, and money, have files of their own. */
import { z } from 'zod'
import { currency, day, instant, siteId, uuid } from '../../sync/contract/fields.ts'
import { prescription, reminder } from '../../sync/contract/practice-records.ts'
import { animal, appointment, appointmentStatus, client, treatment } from '../../sync/contract/records.ts'
import { call, type Role } from './call.ts'
import {
  exampleAnimal,
  exampleAppointment,
  exampleClient,
  exampleDay,
  exampleIds,
  exampleListedAppointment,
  exampleTreatment,
} from './example-records.ts'
import { listedAppointment } from './mobile.ts'
import { examplePrescription, exampleReminder } from './practice-examples.ts'
import { cursor, limit, siteIdText } from './query.ts'

export const deskRoles = ['vet', 'nurse', 'reception'] as const satisfies readonly Role[]
export const deskUser = { kind: 'user', roles: deskRoles } as const

/** What is shown: of which sites and days. */
const scopeQuery = {
  siteId: siteIdText.optional(),
  from: day.optional(),
  to: day.optional(),
}

/** What every list of the portal takes. */
export const listQuery = {
  ...scopeQuery,
  modifiedSince: instant.optional(),
  cursor,
  limit,
}

/** A record that does not belong into the list any more. */
const removed = z.object({ id: uuid, deleted: z.literal(true), modifiedAt: instant })

export const listOf = <T extends z.ZodObject>(item: T) =>
  z.object({ items: z.array(z.union([item, removed])), nextCursor: z.string().nullable() })

export const listHelp =
  'Without `siteId`: all of your sites. `from` and `to` are days in the site’s own time zone, both included. With ' +
  '`modifiedSince`: what changed since at these sites, in order of change. What moved to another site, or changed and ' +
  'does not fit the other parameters, comes as `{id, deleted: true, modifiedAt}`, whether or not it fitted before: take ' +
  'it off where you hold it. Fewer than `limit` means caught up, and `nextCursor` is then for the next changes.'

export const portalAppointments = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/appointments',
  summary: 'Appointments with their clients and animals',
  description: `In order of time. ${listHelp}`,
  auth: deskUser,
  query: z.strictObject({
    ...listQuery,
    practitionerId: uuid.optional(),
    status: appointmentStatus.optional(),
  }),
  responses: { 200: { description: 'Appointments', body: listOf(listedAppointment) } },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, from: exampleDay, to: '2026-11-29', limit: 20 },
    response: { items: [exampleListedAppointment], nextCursor: null },
  },
})

const amount = z.object({ currency, amount: z.int() })

export const portalDashboard = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/dashboard',
  summary: 'The day at a glance',
  description:
    'How many appointments have which status, who is waiting, the prescriptions that were asked for and still wait, ' +
    'reminders that are overdue today, conflicts that a person has to settle, and what is unpaid: appointments ' +
    'that are treated and not paid, and invoices issued in these days with something still to pay. Without `siteId`: ' +
    'all of your sites together. `from` and `to` are days in the site’s own time zone, both included, 31 at most; ' +
    'without them: today. `practitionerId` is about the appointments alone.',
  auth: deskUser,
  query: z.strictObject({ ...scopeQuery, practitionerId: uuid.optional() }),
  responses: {
    200: {
      description: 'The day, or days',
      body: z.object({
        siteId: siteId.nullable().describe('Null: all of your sites'),
        from: day,
        to: day,
        appointments: z.object({ total: z.int(), byStatus: z.record(appointmentStatus, z.int()) }),
        waiting: z.array(listedAppointment.extend({ arrivedAt: instant.nullable() })),
        requests: z
          .array(prescription)
          .describe('Prescriptions asked for in these days, or before and still waiting'),
        overdueReminders: z.object({
          count: z.int(),
          items: z.array(reminder).describe('The 50 that were due first'),
        }),
        openConflicts: z.int().describe('At your sites; counted up to 1,000'),
        unpaid: z.object({ appointments: z.int(), invoices: z.int(), amounts: z.array(amount) }),
      }),
    },
  },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1 },
    response: {
      ...{ siteId: 1, from: exampleDay, to: exampleDay },
      appointments: {
        total: 12,
        byStatus: {
          ...{ BOOKED: 9, ARRIVED: 1, IN_TREATMENT: 0, TREATED: 2, PAID: 0, CANCELLED: 0, FAILED_TO_SHOW: 0 },
        },
      },
      waiting: [],
      requests: [examplePrescription],
      overdueReminders: { count: 1, items: [{ ...exampleReminder, dueOn: '2026-11-13' }] },
      openConflicts: 0,
      unpaid: { appointments: 2, invoices: 1, amounts: [{ currency: 'GBP', amount: 6690 }] },
    },
  },
})

export const portalAnimalSummary = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/animals/:id/summary',
  summary: 'All that matters of one animal',
  description:
    'The animal with its allergies and alerts, its client, the last visits and the next ones, the latest treatments, ' +
    'how its weight went, open reminders, prescriptions, and how many documents there are. `siteId`, ' +
    '`practitionerId`, `from` and `to` (days, both included) choose among the visits, treatments and prescriptions.',
  auth: deskUser,
  audit: { kind: 'READ', subjects: { id: 'animal' } },
  params: z.strictObject({ id: uuid }),
  query: z.strictObject({ ...scopeQuery, practitionerId: uuid.optional() }),
  responses: {
    200: {
      description: 'The summary',
      body: z.object({
        animal,
        client: client.nullable().describe('Null where the client belongs to sites that are not yours'),
        allergies: z.array(z.string()),
        alerts: z.array(z.string()),
        lastVisits: z.array(appointment).describe('The latest 10, newest first'),
        nextAppointments: z.array(appointment).describe('What is booked, soonest first'),
        treatments: z.array(treatment).describe('The latest 20, newest first'),
        weights: z.array(z.object({ at: instant, weightGrams: z.int() })).describe('Oldest first'),
        openReminders: z.array(reminder),
        prescriptions: z.array(prescription).describe('The latest 20, newest first'),
        documents: z.int(),
      }),
    },
  },
  errors: ['NOT_FOUND', 'UNKNOWN_SITE'],
  examples: {
    params: { id: exampleIds.animalId },
    query: {},
    response: {
      animal: exampleAnimal,
      client: exampleClient,
      ...{ allergies: exampleAnimal.allergies, alerts: [] },
      ...{ lastVisits: [], nextAppointments: [exampleAppointment], treatments: [exampleTreatment] },
      weights: [{ at: '2026-11-23T08:00:00.000Z', weightGrams: 498_000 }],
      ...{ openReminders: [exampleReminder], prescriptions: [examplePrescription], documents: 0 },
    },
  },
})
