/** The Mobile service's review calls: what a merge could not settle alone, and what the server refused. */
import { z } from 'zod'
import { instant, revision, siteId, uuid } from '../../sync/contract/fields.ts'
import { conflict, itemError } from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { fieldRoles } from './mobile.ts'

const fieldUser = { kind: 'user', roles: fieldRoles } as const
const page = {
  cursor: z.string().min(1).max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
}

const openConflict = conflict.extend({ recordRevision: revision, siteIds: z.array(siteId) })

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
})
