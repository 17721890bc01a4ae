/** The bridge: calls relayed to a practice's own PMS (server/bridge/README.md). */
import { z } from 'zod'
import { groupId, instant, uuid } from '../../sync/contract/fields.ts'
import { bridgeBodyLimit } from './bridge-agent.ts'
import { call } from './call.ts'
import { groupIdText } from './query.ts'

const serverKey = { kind: 'serverKey' } as const
const params = z.strictObject({
  groupId: groupIdText,
  path: z.string().max(2000).describe('Path in the PMS’s API; its slashes are sent as they are'),
})
/** Whatever the PMS takes. */
const query = z.looseObject({})

/** A write that the PMS has not answered yet. */
const queued = z.object({
  writeId: uuid,
  groupId,
  status: z.literal('WAITING'),
  queuedAt: instant,
  statusUrl: z.string().describe('GET it for what has become of the write'),
})
export type QueuedWrite = z.output<typeof queued>

const ownAnswer = {
  description:
    'The PMS’s own answer: its status (whatever it is below 500), its body, its content type and `ETag`, marked by ' +
    'the header `Vetspace-Bridge: pms`',
  body: z.unknown(),
  contentType: 'application/json',
}

const passedHeaders = {
  'If-Match': { description: 'Passed to the PMS as it is' },
  'If-None-Match': { description: 'Passed to the PMS as it is' },
} as const
const idempotencyKey = {
  description:
    'Makes the write repeatable: the same key with the same request is the same write, for as long as its fate is ' +
    'kept. The PMS is given a key of the bridge’s own',
} as const

const relayErrors = [
  'UNKNOWN_GROUP',
  'NO_PMS',
  'PATH_NOT_ALLOWED',
  'PMS_AWAY',
  'PMS_TIMEOUT',
  'PMS_FAILED',
  'BRIDGE_BUSY',
] as const
const writeErrors = [...relayErrors, 'PMS_UNCERTAIN', 'IDEMPOTENCY_KEY_REUSED'] as const

const writeDescription =
  'Only paths that the practice’s agent lets through. The write is kept before it is sent; where the PMS has not ' +
  'answered in time, or is away, the answer is 202 with a `statusUrl` (and `Location`), and the write is delivered ' +
  'once, after those before it. A write that waits for 30 days is given up. Needs a server key of the group.'

const example = { groupId: 1, path: 'patients/42' }
const exampleQueued = {
  writeId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71',
  groupId: 1,
  status: 'WAITING' as const,
  queuedAt: '2026-11-23T18:00:00.000Z',
  statusUrl: '/v2/bridge/writes/1/0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71',
}

export const bridgeGet = call({
  service: 'bridge',
  method: 'GET',
  path: '/v2/bridge/:groupId/*path',
  summary: 'Ask the practice’s own PMS',
  description:
    'The call is relayed to that practice’s PMS, with its query, and answered with what the PMS answers within the ' +
    'server’s time limit (20 s by default). Only paths that the practice’s agent lets through. Needs a server key of ' +
    'the group.',
  auth: serverKey,
  params,
  query,
  headers: passedHeaders,
  responses: { 200: ownAnswer },
  errors: relayErrors,
  examples: { params: example, query: {}, response: { id: 42, name: 'Bramble', weight: 512 } },
})

export const bridgePost = call({
  service: 'bridge',
  method: 'POST',
  path: '/v2/bridge/:groupId/*path',
  summary: 'Post to the practice’s own PMS',
  description: writeDescription,
  auth: serverKey,
  params,
  query,
  bodyLimit: bridgeBodyLimit,
  body: z.unknown(),
  headers: { ...passedHeaders, 'Idempotency-Key': idempotencyKey },
  responses: {
    200: ownAnswer,
    202: { description: 'Kept; it waits for the PMS', body: queued, contentType: 'application/json' },
  },
  errors: writeErrors,
  examples: {
    params: { groupId: 1, path: 'patients' },
    query: {},
    body: { name: 'Bramble' },
    response: { id: 42, name: 'Bramble' },
  },
})

export const bridgePut = call({
  service: 'bridge',
  method: 'PUT',
  path: '/v2/bridge/:groupId/*path',
  summary: 'Put to the practice’s own PMS',
  description: writeDescription,
  auth: serverKey,
  params,
  query,
  bodyLimit: bridgeBodyLimit,
  body: z.unknown(),
  headers: { ...passedHeaders, 'Idempotency-Key': idempotencyKey },
  responses: {
    200: ownAnswer,
    202: { description: 'Kept; it waits for the PMS', body: queued, contentType: 'application/json' },
  },
  errors: writeErrors,
  examples: { params: example, query: {}, body: { weight: 512 }, response: { id: 42, weight: 512 } },
})

const writeStatus = z
  .enum(['WAITING', 'ACCEPTED', 'REFUSED', 'UNCERTAIN', 'EXPIRED'])
  .describe(
    '`ACCEPTED`: the PMS answered below 400. `REFUSED`: it answered 400 or above, or the agent does not let the path ' +
      'through. `UNCERTAIN`: it was sent and no answer came, so that a person has to look. `EXPIRED`: it waited for ' +
      '30 days and was never sent',
  )
export type WriteStatus = z.output<typeof writeStatus>

const fate = z.object({
  writeId: uuid,
  groupId,
  status: writeStatus,
  method: z.string(),
  path: z.string(),
  queuedAt: instant,
  settledAt: instant.nullable(),
  reason: z.string().nullable().describe('Why it is REFUSED, UNCERTAIN or EXPIRED, in plain words'),
  answer: z
    .object({
      status: z.int(),
      contentType: z.string().nullable(),
      body: z.unknown().describe('JSON where it is JSON, else text; null for anything else'),
    })
    .nullable()
    .describe('What the PMS answered'),
})
export type WriteFate = z.output<typeof fate>

export const bridgeFate = call({
  service: 'bridge',
  method: 'GET',
  path: '/v2/bridge/writes/:groupId/:writeId',
  summary: 'What has become of a write to the PMS',
  description: 'For 30 days after it was settled. Needs a server key of the group.',
  auth: serverKey,
  audit: 'none',
  params: z.strictObject({ groupId: groupIdText, writeId: uuid }),
  responses: { 200: { description: 'Its fate', body: fate } },
  errors: ['UNKNOWN_GROUP', 'NOT_FOUND'],
  examples: {
    params: { groupId: 1, writeId: exampleQueued.writeId },
    response: {
      ...{ writeId: exampleQueued.writeId, groupId: 1, status: 'ACCEPTED', method: 'PUT' },
      ...{ path: '/patients/42', queuedAt: '2026-11-23T18:00:00.000Z', reason: null },
      settledAt: '2026-11-23T18:20:00.000Z',
      answer: { status: 200, contentType: 'application/json', body: { id: 42, weight: 512 } },
    },
  },
})
