/** The calls of a practice's bridge agent (server/bridge/agent), which dials out and carries calls to the PMS. */
import { z } from 'zod'
import { shortText, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'

const agentKey = { kind: 'key' } as const

/** Bytes of a body that goes through the bridge, either way. */
export const bridgeBodyLimit = 4 * 1024 * 1024
/** In base64, several of them together. */
const resultsLimit = 16 * 1024 * 1024

const headers = z.record(z.string(), z.string())

/** A call for the PMS's HTTP API as it came from the caller. */
const plainCall = z.object({
  operation: z.literal('call'),
  method: z.enum(['GET', 'POST', 'PUT']),
  path: z.string().describe('Begins with `/`; percent-encoded'),
  query: z.string(),
  headers,
  body: z.string().nullable().describe('JSON text'),
})
const verifyUser = z.object({
  operation: z.literal('verifyUser'),
  username: z.string(),
  password: z.string(),
})
const changePassword = z.object({
  operation: z.literal('changePassword'),
  username: z.string(),
  newPassword: z.string(),
})
/** A document's file; its bytes are fetched by bridgeFile. */
const handOver = z.object({
  operation: z.literal('document'),
  documentId: uuid,
  file: z.object({
    sha256: z.string(),
    size: z.int(),
    contentType: z.string(),
    fileName: z.string(),
  }),
  details: z.record(z.string(), z.unknown()).describe('animalId, clientId, title, category and the like'),
})
const bridgeRequest = z.discriminatedUnion('operation', [plainCall, verifyUser, changePassword, handOver])
export type BridgeRequest = z.infer<typeof bridgeRequest>

const bridgeWork = z.object({
  id: uuid,
  kind: z
    .enum(['ask', 'write'])
    .describe('`ask`: somebody waits for the answer now. `write`: to be delivered once, in the order given'),
  waitMs: z.int().describe('How long the answer to an `ask` is of use'),
  request: bridgeRequest,
})
export type BridgeWork = z.infer<typeof bridgeWork>

const pmsAnswer = z.object({
  status: z.int().min(100).max(599),
  headers,
  body: z.string().describe('base64'),
})
export type PmsAnswer = z.infer<typeof pmsAnswer>

const failure = z.object({
  code: z.enum(['UNREACHABLE', 'NO_ANSWER', 'TOO_LARGE', 'NOT_ALLOWED', 'GONE', 'UNCERTAIN']),
  reason: shortText,
})
export type BridgeFailure = z.infer<typeof failure>

const bridgeResult = z.strictObject({
  id: uuid,
  answer: pmsAnswer.strict().optional(),
  failure: failure.strict().optional(),
})
export type BridgeResult = z.infer<typeof bridgeResult>

export const allowRule = z.strictObject({
  methods: z.array(z.enum(['GET', 'POST', 'PUT'])).min(1),
  path: z
    .string()
    .max(500)
    .regex(/^\/\S*$/, 'must begin with a slash')
    .describe('`*` stands for one step, `**` at the end for any further ones'),
})
export type AllowRule = z.infer<typeof allowRule>

const services = z
  .strictObject({ users: z.boolean(), documents: z.boolean() })
  .describe('Whether the PMS verifies users and changes their passwords, and takes documents')
export type PmsServices = z.infer<typeof services>

const agentId = uuid.describe('Of this installation of the agent, kept over restarts')

const bytes = z.unknown()

export const bridgeTake = call({
  service: 'bridge',
  method: 'POST',
  path: '/v2/bridge/agent',
  summary: 'For the agent: what is there for the PMS',
  description:
    'A long poll by the agent of a practice’s PMS, which dials out so that no practice opens a port. Needs an agent ' +
    'key (`npm run cli -- keys create --kind agent`). It says what the agent lets through and which work it has in ' +
    'hand; the answer, after `waitSeconds` at most, is work that it has not. The first call of an agent gives its ' +
    'group a PMS. One agent a group: another one is refused until the first has been silent for half a minute.',
  auth: agentKey,
  audit: 'none',
  body: z.strictObject({
    agentId,
    software: shortText.min(1),
    allow: z.array(allowRule).max(200),
    services,
    have: z.array(uuid).max(200).describe('Work that the agent has in hand'),
    waitSeconds: z.int().min(0).max(25),
  }),
  responses: { 200: { description: 'Work', body: z.object({ work: z.array(bridgeWork) }) } },
  errors: ['AGENT_KEY_REQUIRED', 'AGENT_ALREADY_CONNECTED'],
  examples: {
    body: {
      agentId: '6a0d7f1e-2b3c-4d5e-8f90-a1b2c3d4e5f6',
      software: 'vetspace-bridge-agent/2.0.0',
      allow: [{ methods: ['GET', 'PUT'], path: '/patients/*' }],
      services: { users: false, documents: false },
      have: [],
      waitSeconds: 0,
    },
    response: {
      work: [
        {
          id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71',
          kind: 'write',
          waitMs: 0,
          request: {
            ...{ operation: 'call', method: 'PUT', path: '/patients/42', query: '', headers: {} },
            body: '{"weight":512}',
          },
        },
      ],
    },
  },
})

export const bridgeReport = call({
  service: 'bridge',
  method: 'POST',
  path: '/v2/bridge/agent/results',
  summary: 'For the agent: what the PMS answered',
  description:
    'Safe to repeat: a result that is known already is accepted again. Ids in `accepted` may be forgotten by the ' +
    'agent, also those of work that nobody waits for any more. `leaving` says that the agent stops.',
  auth: agentKey,
  audit: 'none',
  bodyLimit: resultsLimit,
  body: z.strictObject({
    agentId,
    results: z.array(bridgeResult).max(50),
    leaving: z.boolean().default(false),
  }),
  responses: { 200: { description: 'Kept', body: z.object({ accepted: z.array(uuid) }) } },
  errors: ['AGENT_KEY_REQUIRED', 'AGENT_ALREADY_CONNECTED'],
  examples: {
    body: {
      agentId: '6a0d7f1e-2b3c-4d5e-8f90-a1b2c3d4e5f6',
      results: [
        {
          id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71',
          answer: { status: 200, headers: { 'content-type': 'application/json' }, body: 'e30=' },
        },
      ],
      leaving: false,
    },
    response: { accepted: ['0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71'] },
  },
})

export const bridgeFile = call({
  service: 'bridge',
  method: 'GET',
  path: '/v2/bridge/agent/files/:writeId',
  summary: 'For the agent: the file of a document',
  description: 'The bytes of the file that a `document` hands over, as long as it waits to be handed over.',
  auth: agentKey,
  audit: 'none',
  params: z.strictObject({ writeId: uuid }),
  responses: {
    200: { description: 'The bytes', body: bytes, contentType: 'application/octet-stream' },
  },
  errors: ['AGENT_KEY_REQUIRED', 'NOT_FOUND', 'FILE_MISSING'],
  examples: { params: { writeId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e71' } },
})
