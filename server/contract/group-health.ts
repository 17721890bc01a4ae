/** How groups fare: what an operator of several practices looks at. */
import { z } from 'zod'
import { deviceId } from '../../sync/contract/upload.ts'
import { groupId, instant } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { groupIdText } from './query.ts'

export const groupHealthBody = z.object({
  groupId,
  name: z.string(),
  status: z
    .enum(['ok', 'attention', 'down'])
    .describe('`attention`: see `reasons`; `down`: the store does not answer'),
  reasons: z.array(z.string()).describe('Why it is not `ok`, in plain words'),
  asOf: instant,
  store: z.object({ kind: z.string(), up: z.boolean() }),
  syncLagMs: z.int().min(0).describe('How far what devices are sent is behind what was written'),
  conflictsOpen: z.int().min(0).describe('Conflicts that wait for people; counted up to 10,000'),
  rejectedLately: z.int().min(0).describe('Items refused in the last 30 days; counted up to 10,000'),
  devices: z.object({
    known: z.int().min(0),
    seenLastDay: z.int().min(0),
    lastSeen: z
      .array(
        z.object({ deviceId, lastSeenAt: instant, software: z.string().nullable(), cutOff: z.boolean() }),
      )
      .describe('The 20 seen last, newest first'),
  }),
  pmsAgent: z
    .object({
      configured: z.boolean(),
      up: z.boolean().nullable(),
      lastSeenAt: instant.nullable(),
      software: z.string().nullable(),
      waiting: z.int().min(0).describe('Writes that wait for the PMS; counted up to 1,000'),
      waitingSince: instant.nullable().describe('How long the first of them has waited'),
    })
    .describe('The agent of the practice’s own PMS; `up` is null where none was ever connected'),
  errorRate: z
    .object({
      windowMinutes: z.int(),
      requests: z.int().min(0),
      errors: z.int().min(0).describe('Answered with a fault of the server’s, 5xx'),
      rate: z.number().min(0).max(1),
    })
    .describe('Of the requests that the answering server has served'),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }),
})

const example = {
  ...{
    groupId: 1,
    name: 'Hillside Vets',
    status: 'ok' as const,
    reasons: [],
    asOf: '2026-11-23T09:00:00.000Z',
  },
  ...{ store: { kind: 'embedded', up: true }, syncLagMs: 0, conflictsOpen: 0, rejectedLately: 0 },
  devices: {
    ...{ known: 1, seenLastDay: 1 },
    lastSeen: [
      { deviceId: 'amelia-phone', lastSeenAt: '2026-11-23T08:55:00.000Z', software: null, cutOff: false },
    ],
  },
  pmsAgent: {
    ...{ configured: false, up: null, lastSeenAt: null, software: null },
    ...{ waiting: 0, waitingSince: null },
  },
  errorRate: { windowMinutes: 5, requests: 120, errors: 0, rate: 0 },
  disk: { freeBytes: 20_000_000_000, totalBytes: 64_000_000_000 },
}

export const groupsHealth = call({
  service: 'system',
  method: 'GET',
  path: '/v2/groups/health',
  summary: 'The health of every group that this key may see',
  description: 'By their number. Needs a server key.',
  auth: { kind: 'serverKey' },
  audit: 'none',
  responses: {
    200: {
      description: 'Groups',
      body: z.object({
        groups: z.array(groupHealthBody.pick({ groupId: true, name: true, status: true, reasons: true })),
      }),
    },
  },
  errors: [],
  examples: { response: { groups: [{ groupId: 1, name: 'Hillside Vets', status: 'ok', reasons: [] }] } },
})

export const groupHealth = call({
  service: 'system',
  method: 'GET',
  path: '/v2/groups/:groupId/health',
  summary: 'The health of a group',
  description:
    'Needs a server key of the group. Answers 200 as long as the server can tell, also where `status` is bad.',
  auth: { kind: 'serverKey' },
  audit: 'none',
  params: z.strictObject({ groupId: groupIdText }),
  responses: { 200: { description: 'Health', body: groupHealthBody } },
  errors: ['UNKNOWN_GROUP'],
  examples: { params: { groupId: 1 }, response: example },
})

export const healthReport = call({
  service: 'system',
  method: 'GET',
  path: '/v2/groups/healthReport',
  summary: 'The health of the key’s groups as a report',
  description:
    'JSON with every group in full, or a page for people where `Accept` prefers `text/html`. Needs a server key.',
  auth: { kind: 'serverKey' },
  audit: 'none',
  responses: {
    200: { description: 'Report', body: z.object({ asOf: instant, groups: z.array(groupHealthBody) }) },
  },
  errors: [],
  examples: { response: { asOf: '2026-11-23T09:00:00.000Z', groups: [example] } },
})
