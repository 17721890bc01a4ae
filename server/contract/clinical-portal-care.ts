/** The Clinical Portal: prescriptions and reminders. */
import { z } from 'zod'
import { quantity, uuid } from '../../sync/contract/fields.ts'
import {
  prescription,
  prescriptionData,
  prescriptionStatus,
  reminder,
  reminderData,
  reminderStatus,
} from '../../sync/contract/practice-records.ts'
import { call } from './call.ts'
import { exampleIds } from './example-records.ts'
import {
  exampleApproved,
  exampleNewPrescription,
  examplePrescription,
  examplePrescriptionId,
  exampleReminder,
  exampleReminderId,
  exampleWritten,
} from './practice-examples.ts'
import { deskUser, listHelp, listOf, listQuery } from './clinical-portal.ts'

export const portalPrescriptions = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/prescriptions',
  summary: 'Prescriptions, and those that customers ask for',
  description: `Newest first, by when they were asked for. \`status=REQUESTED\` is what waits for a vet. ${listHelp}`,
  auth: deskUser,
  query: z.strictObject({
    ...listQuery,
    practitionerId: uuid.optional(),
    status: prescriptionStatus.optional(),
    clientId: uuid.optional(),
    animalId: uuid.optional(),
  }),
  responses: { 200: { description: 'Prescriptions', body: listOf(prescription) } },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, status: 'REQUESTED' },
    response: { items: [examplePrescription], nextCursor: null },
  },
})

export const createPrescription = call({
  service: 'clinicalPortal',
  method: 'POST',
  path: '/v2/clinicalPortal/prescriptions',
  summary: 'Write a prescription, or ask a vet for one',
  description:
    'It begins as REQUESTED and stands on the site’s list of the day; a vet approves it with a call of its own, or at ' +
    'once with `approve: true`. `repeatOf` asks for a repeat of an earlier one.',
  auth: deskUser,
  idempotent: true,
  body: prescriptionData.omit({ customerNote: true }).extend({
    quantity: quantity.refine((n) => Number(n) > 0, 'must be more than nothing'),
    approve: z.boolean().default(false).describe('Only a vet may'),
  }),
  responses: { 201: { description: 'The prescription', body: prescription } },
  errors: [
    'UNKNOWN_SITE',
    'UNKNOWN_REFERENCE',
    'PROSPECT_NOT_REGISTERED',
    'ANIMAL_DECEASED',
    'NO_REPEATS_LEFT',
    'ALREADY_REQUESTED',
  ],
  examples: { body: exampleNewPrescription, response: exampleWritten },
})

export const changePrescriptionStatus = call({
  service: 'clinicalPortal',
  method: 'POST',
  path: '/v2/clinicalPortal/prescriptions/:id/status',
  summary: 'Take a prescription to its next status',
  description:
    'REQUESTED → APPROVED or DECLINED (by a vet) → DISPENSED (a vet or a nurse) → COLLECTED; CANCELLED before it is ' +
    'collected, once approved by a vet, once dispensed by a vet or a nurse. The approval of a repeat counts one of ' +
    'the repeats left. `note` is for the practice alone, `messageForCustomer` is shown to the customer.',
  auth: deskUser,
  idempotent: true,
  ifMatch: true,
  params: z.strictObject({ id: uuid }),
  body: z.strictObject({
    status: prescriptionStatus,
    note: z.string().max(10_000).nullable().default(null),
    messageForCustomer: z.string().max(10_000).nullable().default(null),
  }),
  responses: { 200: { description: 'The prescription', body: prescription } },
  errors: ['NOT_FOUND', 'STATUS_STEP_NOT_ALLOWED', 'NO_REPEATS_LEFT', 'ANIMAL_DECEASED'],
  examples: {
    params: { id: examplePrescriptionId },
    body: { status: 'APPROVED', messageForCustomer: 'Ready from 4 p.m.' },
    response: exampleApproved,
  },
})

export const portalReminders = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/reminders',
  summary: 'Reminders',
  description: `By the day they are due; \`from\` and \`to\` are such days. ${listHelp}`,
  auth: deskUser,
  query: z.strictObject({
    ...listQuery,
    practitionerId: uuid.optional(),
    status: reminderStatus.optional(),
    clientId: uuid.optional(),
    animalId: uuid.optional(),
  }),
  responses: { 200: { description: 'Reminders', body: listOf(reminder) } },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, status: 'OPEN' },
    response: { items: [exampleReminder], nextCursor: null },
  },
})

export const createReminder = call({
  service: 'clinicalPortal',
  method: 'POST',
  path: '/v2/clinicalPortal/reminders',
  summary: 'Make a reminder',
  description: 'For an animal, or without `animalId` for its client. `text` is what the customer reads.',
  auth: deskUser,
  idempotent: true,
  body: reminderData,
  responses: { 201: { description: 'The reminder', body: reminder } },
  errors: ['UNKNOWN_SITE', 'UNKNOWN_REFERENCE', 'PROSPECT_NOT_REGISTERED', 'ANIMAL_DECEASED'],
  examples: {
    body: {
      ...{ siteId: 1, clientId: exampleIds.clientId, animalId: exampleIds.animalId },
      ...{ kind: 'VACCINATION', text: 'The yearly booster is due', dueOn: '2026-12-13' },
    },
    response: exampleReminder,
  },
})

export const updateReminder = call({
  service: 'clinicalPortal',
  method: 'PATCH',
  path: '/v2/clinicalPortal/reminders/:id',
  summary: 'Change or settle a reminder',
  description:
    'Send the fields to change. `status: "DONE"` or `"CANCELLED"` settles it, `"OPEN"` opens it again. What it was ' +
    'before is kept.',
  auth: deskUser,
  ifMatch: true,
  params: z.strictObject({ id: uuid }),
  body: reminderData
    .pick({ kind: true, text: true, dueOn: true })
    .extend({ notes: z.string().max(20_000).nullable(), status: reminderStatus })
    .partial()
    .refine((body) => Object.keys(body).length > 0, 'Name a field to change'),
  responses: { 200: { description: 'The reminder', body: reminder } },
  errors: ['NOT_FOUND'],
  examples: {
    params: { id: exampleReminderId },
    body: { status: 'DONE' },
    response: {
      ...exampleReminder,
      status: 'DONE',
      settledAt: '2026-11-23T18:00:00.000Z',
      settledBy: '6f1c8f0e-0000-4000-8000-000000000001',
    },
  },
})
