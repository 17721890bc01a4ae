/** The ClientLink service: what customers see of their animals, and do, over all practices that they go to. */
import { z } from 'zod'
import { groupId, instant, uuid } from '../../sync/contract/fields.ts'
import { clientData } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import {
  exampleMyAnimal,
  exampleMyAppointment,
  exampleMyContact,
  exampleMyPrescription,
  exampleMyReminder,
} from './client-link-examples.ts'
import { changes, customer, listed, ofAllGroups, page } from './client-link-lists.ts'
import { cursor, limit } from './query.ts'
import {
  myAnimal,
  myAppointment,
  myContact,
  myPrescription,
  myReminder,
  myTreatment,
} from './client-link-shapes.ts'
import { exampleIds } from './example-records.ts'
import { email, phone, text } from './registrations.ts'

const oneAnimal = z.strictObject({ id: uuid })

export const myAnimals = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myAnimals',
  summary: 'The customer’s animals',
  description: `${ofAllGroups}In order of their names.${changes}`,
  auth: customer,
  query: z.strictObject(page),
  responses: listed('Animals', myAnimal),
  errors: [],
  examples: { query: { limit: 100 }, response: { items: [exampleMyAnimal], nextCursor: null } },
})

export const myAnimalById = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/animals/:id',
  summary: 'One of the customer’s animals',
  description: 'Another’s is not found.',
  auth: customer,
  params: oneAnimal,
  responses: { 200: { description: 'The animal', body: myAnimal } },
  errors: ['NOT_FOUND'],
  examples: { params: { id: exampleIds.animalId }, response: exampleMyAnimal },
})

export const myAnimalHistory = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/animals/:id/history',
  summary: 'The history of one of the customer’s animals',
  description:
    'Appointments and treatments, newest first, since the animal has been the customer’s. Voided treatments are left ' +
    'out, and so are notes and documents.',
  auth: customer,
  params: oneAnimal,
  query: z.strictObject({ cursor, limit }),
  responses: {
    200: {
      description: 'The history',
      body: z.object({
        items: z.array(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('appointment'), at: instant, appointment: myAppointment }),
            z.object({ type: z.literal('treatment'), at: instant, treatment: myTreatment }),
          ]),
        ),
        nextCursor: z.string().nullable(),
      }),
    },
  },
  errors: ['NOT_FOUND'],
  examples: {
    params: { id: exampleIds.animalId },
    query: { limit: 100 },
    response: {
      items: [{ type: 'appointment', at: exampleMyAppointment.startsAt, appointment: exampleMyAppointment }],
      nextCursor: null,
    },
  },
})

export const myAppointments = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myAppointments',
  summary: 'The customer’s appointments',
  description: `${ofAllGroups}In order of time; with \`from\` and \`to\`, those that begin in between.${changes}`,
  auth: customer,
  query: z.strictObject({ from: instant.optional(), to: instant.optional(), ...page }),
  responses: listed('Appointments', myAppointment),
  errors: [],
  examples: {
    query: { from: '2026-11-23T00:00:00Z', to: '2026-12-07T00:00:00Z' },
    response: { items: [exampleMyAppointment], nextCursor: null },
  },
})

export const myReminders = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myReminders',
  summary: 'What the customer’s animals are due for',
  description: `${ofAllGroups}By the day they are due.${changes}`,
  auth: customer,
  query: z.strictObject(page),
  responses: listed('Reminders', myReminder),
  errors: [],
  examples: { query: { limit: 100 }, response: { items: [exampleMyReminder], nextCursor: null } },
})

export const myPrescriptions = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myPrescriptions',
  summary: 'The prescriptions of the customer’s animals',
  description: `${ofAllGroups}In order of when they were asked for.${changes}`,
  auth: customer,
  query: z.strictObject(page),
  responses: listed('Prescriptions', myPrescription),
  errors: [],
  examples: { query: { limit: 100 }, response: { items: [exampleMyPrescription], nextCursor: null } },
})

export const requestPrescription = call({
  service: 'clientLink',
  method: 'POST',
  path: '/v2/clientLink/requestPrescription',
  summary: 'Ask for a medicine again',
  description:
    '`prescriptionId` is one of the customer’s own, the first or a repeat of it. The request lands on the day list of ' +
    'its site, where a vet approves or declines it; until then there is no second one.',
  auth: customer,
  idempotent: true,
  body: z.strictObject({
    prescriptionId: uuid,
    note: z.string().min(1).max(10_000).nullable().default(null),
  }),
  responses: { 201: { description: 'The request', body: myPrescription } },
  errors: ['NOT_FOUND', 'UNKNOWN_REFERENCE', 'ANIMAL_DECEASED', 'NO_REPEATS_LEFT', 'ALREADY_REQUESTED'],
  examples: {
    body: { prescriptionId: exampleMyPrescription.id, note: 'Clover has four tablets left.' },
    response: {
      ...exampleMyPrescription,
      ...{ id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e31', status: 'REQUESTED', repeatsLeft: 0 },
      ...{ repeatOf: exampleMyPrescription.id, customerNote: 'Clover has four tablets left.' },
    },
  },
})

const account = z.object({
  globalAccountId: uuid,
  email: z.string(),
  title: z.string().nullable(),
  firstName: z.string(),
  lastName: z.string(),
  mobile: z.string(),
})

export const myDetails = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myDetails',
  summary: 'Who the customer is, to each practice',
  description: 'The account, and the name, address, phones and e-mail addresses that each group has.',
  auth: customer,
  responses: {
    200: { description: 'Details', body: z.object({ account, details: z.array(myContact) }) },
  },
  errors: ['NOT_FOUND'],
  examples: {
    response: {
      account: {
        globalAccountId: '6f1c8f0e-0000-4000-8000-000000000006',
        ...{ email: 'carol@example.com', title: null, firstName: 'Carol', lastName: 'Marsh' },
        mobile: '+44 1632 960100',
      },
      details: [exampleMyContact],
    },
  },
})

const { address } = clientData.shape

export const updateMyDetails = call({
  service: 'clientLink',
  method: 'PUT',
  path: '/v2/clientLink/myDetails',
  summary: 'Change name, address, phones or e-mail addresses',
  description:
    'Send only what the customer has changed; a field that is sent is taken whole. It is changed with every linked ' +
    'group, or with `groupId` alone; `If-Match` needs `groupId`. The practice’s edit of the same field at the same ' +
    'time is kept beside it, for staff to look at. The sign-in and its e-mail address stay as they are.',
  auth: customer,
  ifMatch: true,
  body: z
    .strictObject({
      groupId: groupId.optional(),
      title: text(40).nullable().optional(),
      firstName: text(100).nullable().optional(),
      lastName: text(200).optional(),
      address: address.removeDefault().optional(),
      phones: z.array(phone).max(20).optional(),
      emails: z.array(email).max(20).optional(),
    })
    .refine((body) => Object.keys(body).some((field) => field !== 'groupId'), 'must name a field to change'),
  responses: { 200: { description: 'As it is now', body: z.object({ details: z.array(myContact) }) } },
  errors: ['NOT_FOUND'],
  examples: {
    body: { phones: ['+44 1632 960100', '+44 1632 960199'] },
    response: { details: [{ ...exampleMyContact, phones: ['+44 1632 960100', '+44 1632 960199'] }] },
  },
})
