/** Prospect Bookings, the practice's side: who a prospect may be, registering them, merging them into a client. */
import { z } from 'zod'
import { groupId, uuid } from '../../sync/contract/fields.ts'
import { animal, client } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { exampleClient, exampleIds } from './example-records.ts'
import { cursor, groupIdText, limit } from './query.ts'

const vetFacing = { kind: 'keyMaybeUser' } as const
const params = z.strictObject({ prospectId: uuid })
const whichGroup = 'Only for a server key that sees several groups'
const vetErrors = ['SERVER_KEY_REQUIRED', 'ROLE_NOT_ALLOWED', 'UNKNOWN_GROUP', 'NOT_FOUND'] as const
const exampleParams = { prospectId: '3f6b2c1e-8d4a-8f7b-9c0d-000000000001' }

export const prospectMatches = call({
  service: 'prospectBookings',
  method: 'GET',
  path: '/v2/prospectBookings/prospects/:prospectId/matches',
  summary: 'Clients that a prospect may be',
  description:
    'By the same rules as checkClientExists, the surest first, each with their animals; only clients that the caller ' +
    'may see. Empty where nobody matches.',
  auth: vetFacing,
  params,
  query: z.strictObject({
    groupId: groupIdText.optional().describe(whichGroup),
    cursor,
    limit,
  }),
  responses: {
    200: {
      description: 'Clients',
      body: z.object({
        items: z.array(
          z.object({
            matchLevel: z.enum(['MATCHED', 'PARTIALLY_MATCHED']),
            client,
            animals: z.array(
              animal.pick({ id: true, name: true, species: true, breed: true, deceasedAt: true }),
            ),
          }),
        ),
        nextCursor: z.string().nullable(),
      }),
    },
  },
  errors: vetErrors,
  examples: {
    params: exampleParams,
    query: { groupId: 1, limit: 20 },
    response: {
      items: [{ matchLevel: 'MATCHED', client: exampleClient, animals: [] }],
      nextCursor: null,
    },
  },
})

const outcome = z.object({
  prospectId: uuid,
  status: z.enum(['REGISTERED', 'MERGED']),
  clientId: uuid.describe('The client that they are now'),
})

export const registerProspect = call({
  service: 'prospectBookings',
  method: 'POST',
  path: '/v2/prospectBookings/prospects/:prospectId/register',
  summary: 'Make a prospect a client',
  description:
    'They and their animals become a client and a client’s animals, under the same ids, with their appointments. ' +
    'Somebody who may be a client already is refused with POSSIBLE_DUPLICATE, unless `overrideDuplicate`.',
  auth: vetFacing,
  audit: { kind: 'PROSPECT_REGISTERED' },
  idempotent: true,
  params,
  body: z.strictObject({
    groupId: groupId.optional().describe(whichGroup),
    overrideDuplicate: z.boolean().default(false),
  }),
  responses: { 200: { description: 'They are a client', body: outcome } },
  errors: [...vetErrors, 'POSSIBLE_DUPLICATE', 'PROSPECT_CLOSED'],
  examples: {
    params: exampleParams,
    body: { groupId: 1 },
    response: { ...exampleParams, status: 'REGISTERED', clientId: exampleParams.prospectId },
  },
})

export const mergeProspect = call({
  service: 'prospectBookings',
  method: 'POST',
  path: '/v2/prospectBookings/prospects/:prospectId/merge',
  summary: 'Merge a prospect into a client',
  description:
    'Their appointments become the client’s, at the same times. `animals` says which animal of the prospect is which ' +
    'of the client’s; one that is not named becomes a further animal of the client. What the prospect had told of ' +
    'themselves is kept, deactivated.',
  auth: vetFacing,
  audit: { kind: 'PROSPECT_MERGED' },
  idempotent: true,
  params,
  body: z.strictObject({
    groupId: groupId.optional().describe(whichGroup),
    clientId: uuid,
    animals: z
      .array(z.strictObject({ animalId: uuid, isAnimalId: uuid }))
      .max(50)
      .default([]),
  }),
  responses: { 200: { description: 'They are that client', body: outcome } },
  errors: [...vetErrors, 'UNKNOWN_REFERENCE', 'CLIENT_DEACTIVATED', 'ANIMAL_DECEASED', 'PROSPECT_CLOSED'],
  examples: {
    params: exampleParams,
    body: { groupId: 1, clientId: exampleIds.clientId },
    response: { ...exampleParams, status: 'MERGED', clientId: exampleIds.clientId },
  },
})
