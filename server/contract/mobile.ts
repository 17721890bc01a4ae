/** The Mobile service: what a vet's app reads on demand. Uploads are in mobile-upload.ts, sync in mobile-sync.ts. */
import { z } from 'zod'
import { currency, day, instant, money, siteId, uuid, vatRate } from '../../sync/contract/fields.ts'
import {
  animal,
  appointment,
  appointmentStatus,
  client,
  document,
  served,
  treatment,
} from '../../sync/contract/records.ts'
import { prescription } from '../../sync/contract/practice-records.ts'
import { call, type Role } from './call.ts'
import {
  exampleAnimal,
  exampleAppointment,
  exampleClient,
  exampleDay,
  exampleIds,
  exampleListedAppointment,
} from './example-records.ts'
import { cursor, limit, siteIdText } from './query.ts'

export const fieldRoles = ['vet', 'nurse', 'reception'] as const satisfies readonly Role[]
const fieldUser = { kind: 'user', roles: fieldRoles } as const

/** An appointment as lists show it: with its client and animals, so that one call draws the day. */
export const listedAppointment = appointment.extend({
  client: z
    .object({
      ...{ id: uuid, name: z.string(), phone: z.string().nullable() },
      prospect: z.boolean().optional().describe('True of somebody who booked and is not registered yet'),
    })
    .nullable(),
  animals: z.array(
    z.object({
      id: uuid,
      name: z.string().nullable(),
      species: z.string().nullable(),
      breed: z.string().nullable(),
      allergies: z.array(z.string()),
      alerts: z.array(z.string()),
    }),
  ),
})

const slot = z.object({ startsAt: instant, endsAt: instant, state: z.enum(['FREE', 'BOOKED', 'CLOSED']) })

export const retrieveDiariesForDay = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/retrieveDiariesForDay',
  summary: "A site's diaries for one day",
  description:
    'One diary for each practitioner who works at the site or has an appointment there that day. `date` is a ' +
    "day in the site's own time zone.",
  auth: fieldUser,
  query: z.strictObject({ siteId: siteIdText, date: day, practitionerId: uuid.optional() }),
  responses: {
    200: {
      description: 'The diaries',
      body: z.object({
        date: day,
        siteId,
        diaries: z.array(
          z.object({
            practitionerId: uuid,
            practitionerName: z.string(),
            slots: z.array(slot),
            appointments: z.array(listedAppointment),
          }),
        ),
      }),
    },
  },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, date: exampleDay },
    response: {
      date: exampleDay,
      siteId: 1,
      diaries: [
        {
          practitionerId: exampleIds.practitionerId,
          practitionerName: 'Amelia Hart',
          slots: [
            { startsAt: '2026-11-23T09:00:00.000Z', endsAt: '2026-11-23T09:15:00.000Z', state: 'BOOKED' },
            { startsAt: '2026-11-23T09:45:00.000Z', endsAt: '2026-11-23T10:00:00.000Z', state: 'FREE' },
          ],
          appointments: [exampleListedAppointment],
        },
      ],
    },
  },
})

const statusFlags = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(z.enum([...appointmentStatus.options, 'REQUESTED'])).min(1))

const prescriptionRequest = prescription
  .pick({ id: true, revision: true, siteId: true, code: true, description: true, quantity: true })
  .extend({
    statusFlag: z.literal('REQUESTED'),
    ...{ requestedAt: instant, customerNote: z.string().nullable(), repeatOf: uuid.nullable() },
    ...{ client: listedAppointment.shape.client, animals: listedAppointment.shape.animals },
  })

export const retrieveFullList = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/retrieveFullList',
  summary: "A site's list for one day, by status",
  description:
    'Every appointment of the day in order of time, or those whose status is among `statusFlag` ' +
    '(several, comma-separated): the day list, who is waiting, who has been treated. `prescriptionRequests` are what ' +
    'customers and staff have asked for by the end of that day and no vet has decided on yet; with `statusFlag`, ' +
    'where `REQUESTED` is among it.',
  auth: fieldUser,
  query: z.strictObject({ siteId: siteIdText, date: day, statusFlag: statusFlags.optional() }),
  responses: {
    200: {
      description: 'The list',
      body: z.object({
        items: z.array(
          listedAppointment.extend({ statusFlag: appointmentStatus, arrivedAt: instant.nullable() }),
        ),
        prescriptionRequests: z
          .array(prescriptionRequest)
          .describe('Prescriptions that wait for a vet, oldest first'),
      }),
    },
  },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, date: exampleDay, statusFlag: 'ARRIVED,IN_TREATMENT' },
    response: {
      items: [{ ...exampleListedAppointment, statusFlag: 'ARRIVED', arrivedAt: '2026-11-23T08:55:00.000Z' }],
      prescriptionRequests: [],
    },
  },
})

const codeItem = served.extend({
  code: z.string().describe('The same as `id`'),
  name: z.string(),
  kind: z.string(),
  unitPrice: money,
  fixedPrice: money,
  currency,
  vatRate,
  sellingUnit: z.string().nullable(),
  drugSchedule: z.string().nullable(),
  active: z.boolean(),
})
const exampleCode = {
  ...{ id: 'MELOX', groupId: 1, revision: '1-3f2b8c6d1e9a4b7c8d2e5f6a7b8c9d0e' },
  createdAt: '2026-11-23T08:00:00.000Z',
  code: 'MELOX',
  name: 'Meloxicam 1.5 mg/ml oral suspension',
  kind: 'DRUG',
  unitPrice: 62,
  fixedPrice: 0,
  currency: 'GBP',
  vatRate: 2000,
  sellingUnit: 'ml',
  drugSchedule: 'POM-V',
  active: true,
  modifiedAt: '2026-11-23T08:00:00.000Z',
}
const removedCode = z.object({ id: z.string(), deleted: z.literal(true), modifiedAt: instant })

export const retrieveTreatmentCodes = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/retrieveTreatmentCodes',
  summary: 'The price list, or what changed in it',
  description:
    'Without `modifiedSince` and `cursor`: every code in use. With `modifiedSince`: what changed since, ' +
    'removed codes as `{id, deleted: true, modifiedAt}`; keep `nextCursor` and send it next time for the ' +
    'changes since. Answers `ETag`; send it as `If-None-Match` and get 304 where nothing changed. ' +
    'Without `limit` the whole list comes at once.',
  auth: fieldUser,
  audit: 'none',
  query: z.strictObject({
    siteId: siteIdText,
    modifiedSince: instant.optional(),
    cursor,
    limit: limit.removeDefault().optional(),
  }),
  responses: {
    200: {
      description: 'Codes in order of their code, or of their change',
      body: z.object({ items: z.array(z.union([codeItem, removedCode])), nextCursor: z.string().nullable() }),
    },
    304: { description: 'Nothing changed', body: null },
  },
  errors: ['UNKNOWN_SITE'],
  examples: { query: { siteId: 1 }, response: { items: [exampleCode], nextCursor: null } },
})

export const getClient = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/clients/:clientId',
  summary: 'One client',
  description: 'A client of one of your sites, also one that the device does not hold.',
  auth: fieldUser,
  params: z.strictObject({ clientId: uuid }),
  responses: { 200: { description: 'The client', body: client } },
  errors: ['NOT_FOUND'],
  examples: { params: { clientId: exampleIds.clientId }, response: exampleClient },
})

export const getAnimal = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/animals/:animalId',
  summary: 'One animal',
  description: 'An animal of one of your sites, also one that the device does not hold.',
  auth: fieldUser,
  params: z.strictObject({ animalId: uuid }),
  responses: { 200: { description: 'The animal', body: animal } },
  errors: ['NOT_FOUND'],
  examples: { params: { animalId: exampleIds.animalId }, response: exampleAnimal },
})

/** One line of a record's past: which edit changed what. */
export const historyEntry = z.object({
  clientItemId: z.string(),
  recordType: z.string(),
  recordId: z.string(),
  at: instant.describe("When the edit was made, as far as the device's clock can be believed"),
  by: z.string().nullable(),
  changes: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })),
})

export const getAnimalHistory = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/animals/:animalId/history',
  summary: "One animal's history",
  description: 'Appointments, treatments and documents, newest first, and every edit of the animal itself.',
  auth: fieldUser,
  params: z.strictObject({ animalId: uuid }),
  query: z.strictObject({ cursor, limit }),
  responses: {
    200: {
      description: 'The history',
      body: z.object({
        items: z.array(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('appointment'), at: instant, appointment }),
            z.object({ type: z.literal('treatment'), at: instant, treatment }),
            z.object({ type: z.literal('document'), at: instant, document }),
            z.object({ type: z.literal('edit'), at: instant, edit: historyEntry }),
          ]),
        ),
        nextCursor: z.string().nullable(),
      }),
    },
  },
  errors: ['NOT_FOUND'],
  examples: {
    params: { animalId: exampleIds.animalId },
    query: { limit: 20 },
    response: {
      items: [{ type: 'appointment', at: exampleAppointment.startsAt, appointment: exampleAppointment }],
      nextCursor: null,
    },
  },
})
