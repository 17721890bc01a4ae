/** The Mobile service's review calls: what a merge could not settle alone, and what the server refused. */
import { z } from 'zod'
import { instant, revision, siteId, uuid } from '../../sync/contract/fields.ts'
import { conflict, itemError } from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { exampleAnimal, exampleIds } from './example-records.ts'
import { fieldRoles } from './mobile.ts'
import { cursor, limit } from './query.ts'

const fieldUser = { kind: 'user', roles: fieldRoles } as const
const page = {
  cursor,
  limit,
}

const openConflict = conflict.extend({ recordRevision: revision, siteIds: z.array(siteId) })

const exampleConflict = {
  id: '5c0e9a5b-61f2-8b7d-9a3e-2f4c6d8e0a1b',
  recordType: 'animal',
  recordId: exampleIds.animalId,
  field: 'weightGrams',
  fields: ['weightGrams'],
  shown: 505_000,
  values: [
    {
      value: 505_000,
      by: '6f1c8f0e-0000-4000-8000-000000000001',
      at: '2026-11-23T10:12:00.000Z',
      stamp: '001993b4c1e00000000a',
    },
    {
      value: 498_500,
      by: '6f1c8f0e-0000-4000-8000-000000000002',
      at: '2026-11-23T10:05:00.000Z',
      stamp: '001993ae5bc000000009',
    },
  ],
  recordRevision: '4-9f0c2b7e5d1a4c8fa3b6e2d417c05c11',
  siteIds: [1, 2],
}

export const listConflicts = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/conflicts',
  summary: 'What a merge could not settle alone',
  description:
    'Open conflicts of the records of your sites: the value that is shown, and every value beside it, by whom ' +
    'and when. A conflict is gone as soon as somebody who saw its values wrote the field again.',
  auth: fieldUser,
  query: z.strictObject(page),
  responses: {
    200: {
      description: 'Conflicts',
      body: z.object({ items: z.array(openConflict), nextCursor: z.string().nullable() }),
    },
  },
  errors: [],
  examples: { query: { limit: 50 }, response: { items: [exampleConflict], nextCursor: null } },
})

export const resolveConflict = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/conflicts/:id/resolve',
  summary: 'Settle a conflict',
  description:
    '`stamp` chooses one of the conflict’s values; `value` gives another (for a unit of fields, an object of ' +
    'them). The other values stay in the history. A conflict that is settled already answers 404.',
  auth: fieldUser,
  audit: { kind: 'CONFLICT_RESOLVED', subjects: { id: 'conflict' } },
  idempotent: true,
  params: z.strictObject({ id: uuid }),
  body: z.union([
    z.strictObject({ stamp: z.string().min(1).max(100) }),
    z.strictObject({ value: z.unknown().refine((value) => value !== undefined, 'is required') }),
  ]),
  responses: {
    200: {
      description: 'The record, settled',
      body: z.object({ record: z.record(z.string(), z.unknown()) }),
    },
  },
  errors: ['NOT_FOUND', 'STALE_REVISION'],
  examples: {
    params: { id: exampleConflict.id },
    body: { stamp: '001993ae5bc000000009' },
    response: { record: { ...exampleAnimal, weightGrams: 498_500 } },
  },
})

export const listRejected = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/rejected',
  summary: 'What the server refused',
  description:
    'The server’s copy, for 30 days, of your items that it refused, newest first, each with its reasons, so ' +
    'that a lost phone loses nothing. An item that was taken later is no longer among them.',
  auth: fieldUser,
  query: z.strictObject(page),
  responses: {
    200: {
      description: 'Refused items',
      body: z.object({
        items: z.array(
          z.object({
            id: z.string(),
            recordType: z.string(),
            deviceId: z.string().nullable(),
            item: z.unknown(),
            errors: z.array(itemError),
            retryable: z.boolean(),
            rejectedAt: instant,
            expiresAt: instant,
          }),
        ),
        nextCursor: z.string().nullable(),
      }),
    },
  },
  errors: [],
  examples: {
    query: { limit: 50 },
    response: {
      items: [
        {
          id: 'c6a1f4f2-8d5b-8a5e-b3a3-1f0e5d7c9b24',
          recordType: 'treatment',
          deviceId: 'phone-of-amelia',
          item: {
            clientItemId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e02',
            editedAt: '2026-11-23T10:12:00Z',
            data: {
              animalId: exampleIds.animalId,
              code: 'CONZ',
              quantity: '1',
              treatedAt: '2026-11-23T10:12:00Z',
            },
          },
          errors: [{ path: 'data.code', code: 'UNKNOWN_TREATMENT_CODE', message: 'No such treatment code' }],
          retryable: false,
          rejectedAt: '2026-11-23T17:00:00.000Z',
          expiresAt: '2026-12-23T17:00:00.000Z',
        },
      ],
      nextCursor: null,
    },
  },
})
