/** The audit record: what people did, for group administrators. */
import { z } from 'zod'
import { instant, uuid } from '../../sync/contract/fields.ts'
import { auditKindNames, auditKinds, subjectTypes } from './audit-kinds.ts'
import { call } from './call.ts'
import { cursor, limit } from './query.ts'

export const groupAdmin = { kind: 'user', roles: ['groupAdmin'] } as const

const kind = z.enum(auditKindNames)

export const auditEntry = z.object({
  id: uuid,
  at: instant,
  kind,
  what: z.string().describe('The kind in plain words'),
  actor: z
    .object({
      kind: z.enum(['user', 'key', 'operator', 'server', 'unknown']),
      userId: uuid.optional(),
      accountId: z.string().optional(),
      keyId: z.string().optional(),
      clientId: z.string().optional().describe('The OAuth 2.0 client that acted for the user'),
    })
    .describe('`operator`: at the command line of the server; `server`: nobody, by itself'),
  subjects: z.array(z.object({ type: z.enum(subjectTypes), id: z.string() })),
  detail: z.record(z.string(), z.unknown()),
  call: z.string().nullable(),
  requestId: z.string().nullable(),
  deviceId: z.string().nullable(),
  origin: z
    .string()
    .nullable()
    .describe('Of sign-ins: the same for the same address, which it does not tell'),
  withdraws: uuid.nullable().describe('The entry that tells of what was refused after all'),
})

const exampleEntry = {
  id: '7d1f0e52-9c1b-4a55-8a2f-0b6f1d2c3e4f',
  at: '2026-11-23T10:12:00.000Z',
  kind: 'READ' as const,
  what: auditKinds.READ,
  actor: { kind: 'user' as const, userId: '6f1c8f0e-0000-4000-8000-000000000001' },
  subjects: [{ type: 'client' as const, id: '6f1c8f0e-0000-4000-8000-0000000000c1' }],
  detail: {},
  call: 'getClient',
  requestId: '2f6f0b1e-7a53-4f07-9a0e-6f6f0b1e7a53',
  ...{ deviceId: null, origin: null, withdraws: null },
}

const parts = z
  .string()
  .max(4000)
  .transform((text) => text.split(','))

export const listAudit = call({
  service: 'administration',
  method: 'GET',
  path: '/v2/administration/audit',
  summary: 'What people did in the practice',
  description:
    'The group’s audit record, newest first: sign-ins, also refused ones; rights given and taken; what staff and ' +
    'keys read; voids, reversals, merges, imports, exports and erasures. It holds ids and numbers, no names. Reads ' +
    'are there within seconds. A page may hold fewer than `limit` and still have a `nextCursor`: it then looked ' +
    'through many entries that do not fit.',
  auth: groupAdmin,
  query: z.strictObject({
    from: instant.optional().describe('Inclusive'),
    to: instant.optional().describe('Exclusive'),
    kind: parts.pipe(z.array(kind).min(1).max(50)).optional().describe('Several, separated by commas'),
    actor: z.string().min(1).max(100).optional().describe('A user’s or an API key’s id'),
    subject: parts
      .pipe(z.array(z.string().min(1).max(100)).min(1).max(50))
      .optional()
      .describe(
        'Ids of which an entry has to name one; a client’s, and those of their animals, separated by commas',
      ),
    cursor,
    limit,
  }),
  responses: {
    200: {
      description: 'Entries',
      body: z.object({ items: z.array(auditEntry), nextCursor: z.string().nullable() }),
    },
  },
  errors: [],
  examples: {
    query: { kind: 'READ,LISTED', limit: 20 },
    response: { items: [exampleEntry], nextCursor: null },
  },
})

const blockRef = z.object({ block: z.string(), hash: z.string() })

export const verifyAudit = call({
  service: 'administration',
  method: 'GET',
  path: '/v2/administration/audit/verification',
  summary: 'Whether the audit record is as it was written',
  description:
    'Reads the whole record of the group and checks each hash, each seal, each chain’s order, and that what this ' +
    'server knows to be written is there. Note `heads` somewhere else, and ask for one of them later as `noted`: ' +
    'then also an end that was cut off everywhere shows. What each code means stands in `message`.',
  auth: groupAdmin,
  audit: { kind: 'AUDIT_VERIFIED' },
  query: z.strictObject({
    noted: z
      .string()
      .regex(/^block:[^ ]{1,200}~\d{9} [\w-]{43}$/, 'must be a block and its hash, separated by a space')
      .optional()
      .describe('A block and its hash, as an earlier answer gave them in `heads`, separated by a space'),
  }),
  responses: {
    200: {
      description: 'What was found',
      body: z.object({
        intact: z.boolean(),
        blocks: z.int().min(0),
        entries: z.int().min(0),
        unknownSeals: z
          .int()
          .min(0)
          .describe('Blocks sealed by keys that the server has no more; later blocks vouch for them'),
        heads: z.array(blockRef).describe('The newest block of each server’s turn, newest first'),
        faults: z
          .array(z.object({ code: z.string(), block: z.string(), message: z.string() }))
          .describe('The first hundred'),
      }),
    },
  },
  errors: [],
  examples: {
    query: {},
    response: {
      ...{ intact: true, blocks: 2210, entries: 40_512, unknownSeals: 0, faults: [] },
      heads: [
        {
          block: 'block:2026-11-23T10:12:04.000Z~0b6f1d2c-9c1b-4a55-8a2f-7d1f0e523e4f~000002210',
          hash: 'q3Zk2v0b6mY4nC8pXw1sT5uA7dE9fG0hJ2kL4mN6oPQ',
        },
      ],
    },
  },
})
