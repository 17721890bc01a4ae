/** What the practice holds of a client: given out whole, and erased. */
import { z } from 'zod'
import { instant, uuid, word } from '../../sync/contract/fields.ts'
import { groupAdmin } from './audit.ts'
import { call } from './call.ts'
import { exampleIds } from './example-records.ts'

const oneClient = z.strictObject({ clientId: uuid })

export const exportPersonalData = call({
  service: 'administration',
  method: 'GET',
  path: '/v2/administration/clients/:clientId/personalData',
  summary: 'All that is held of a client',
  description:
    'One JSON document to be saved, over all sites of the group: the client, animals, appointments, treatments, ' +
    'payments, invoices, prescriptions, reminders, what was agreed to, documents (each with `contentPath`, where ' +
    'its file is fetched), open conflicts, the history of edits, what was refused, and the customer accounts ' +
    'connected to it. It comes as it is read; it is whole where it ends in `"complete": true`. Recorded in the ' +
    'audit record before the first byte.',
  auth: groupAdmin,
  audit: { kind: 'EXPORTED' },
  params: oneClient,
  responses: {
    200: {
      description: 'Everything',
      body: z.looseObject({
        clientId: uuid,
        exportedAt: instant,
        client: z.record(z.string(), z.unknown()),
        complete: z.literal(true),
      }),
    },
  },
  errors: ['NOT_FOUND'],
  examples: {
    params: { clientId: exampleIds.clientId },
    response: {
      ...{ clientId: exampleIds.clientId, groupId: 1, exportedAt: '2026-11-23T10:12:00.000Z' },
      client: { id: exampleIds.clientId, firstName: 'Carol', lastName: 'Marsh' },
      animals: [{ id: exampleIds.animalId, name: 'Clover 231' }],
      complete: true as const,
    },
  },
})

const keptKind = z.object({
  kind: z.string(),
  count: z.int().min(0),
  what: z.string().describe('What of it stays, in plain words'),
  why: z.string(),
  years: z.int().nullable().describe('Years from its own date; null: as long as what refers to it'),
})

export const erasure = z.object({
  clientId: uuid,
  begunAt: instant,
  completedAt: instant,
  documentCategories: z
    .array(z.string())
    .describe('Categories of documents that were erased with their files'),
  erased: z.array(z.object({ kind: z.string(), count: z.int().min(0), what: z.string() })),
  kept: z.array(keptKind),
  elsewhere: z.array(z.string()).describe('What this call does not reach, in plain words'),
})

export const erasePersonalData = call({
  service: 'administration',
  method: 'POST',
  path: '/v2/administration/clients/:clientId/erasure',
  summary: 'Erase the personal data of a client',
  description:
    'Names, address, telephone numbers, e-mail addresses, notes in words, marks of other systems, connected customer ' +
    'accounts, and the documents of the categories that are named, wherever they stand: in records, in their history, ' +
    'in conflicts and in what was refused. What the law asks to keep is kept, and the answer says what and why. It ' +
    'cannot be undone. Devices and replicating clients get the erased records with their next pull; what a device ' +
    'edited before and sends later is refused with CLIENT_ERASED, and no copy of it is kept. The same again carries on ' +
    'where a crash ended it, and changes nothing else; further categories may be named later. 409 APPOINTMENTS_AHEAD ' +
    'where the client is still booked.',
  auth: groupAdmin,
  audit: { kind: 'ERASED' },
  idempotent: true,
  params: oneClient,
  body: z.strictObject({
    documentCategories: z
      .array(word)
      .max(100)
      .default([])
      .describe('Categories of documents that are no clinical record, such as identity papers and letters'),
  }),
  responses: { 200: { description: 'What was erased, and what is kept', body: erasure } },
  errors: ['NOT_FOUND', 'APPOINTMENTS_AHEAD'],
  examples: {
    params: { clientId: exampleIds.clientId },
    body: { documentCategories: ['CONSENT'] },
    response: {
      ...{ clientId: exampleIds.clientId, begunAt: '2026-11-23T10:12:00.000Z' },
      ...{ completedAt: '2026-11-23T10:12:01.000Z', documentCategories: ['CONSENT'] },
      erased: [{ kind: 'client', count: 1, what: 'title, firstName, lastName, address, phones, emails' }],
      kept: [
        {
          ...{ kind: 'payment', count: 3, years: 6 },
          what: 'Payments and their reversals: amounts, dates and means, without notes',
          why: 'Tax law asks to keep the books for six years',
        },
      ],
      elsewhere: ['Backups, until they are overwritten'],
    },
  },
})
