/** Health and the machine-readable description of the API. */
import { z } from 'zod'
import { instant } from '../../sync/contract/fields.ts'
import { call } from './call.ts'

export const health = call({
  service: 'system',
  method: 'GET',
  path: '/health',
  summary: 'Is the server up?',
  description: 'Answers as long as the process lives; `store` says whether the data store answers too.',
  auth: { kind: 'none' },
  responses: {
    200: {
      description: 'Up',
      body: z.object({
        status: z.enum(['ok', 'degraded']),
        version: z.string(),
        store: z.object({ kind: z.string(), up: z.boolean() }),
        time: instant,
      }),
    },
  },
  errors: [],
  examples: {
    response: {
      status: 'ok',
      version: '2.0.0',
      store: { kind: 'embedded', up: true },
      time: '2026-11-23T09:00:00.000Z',
    },
  },
})

const check = z.object({ ok: z.boolean() })
const readiness = z.object({
  status: z.enum(['ready', 'notReady']),
  checks: z.object({
    store: check.describe('The data store answers'),
    storage: check.describe('What keeps the files answers'),
    disk: check.extend({ freeBytes: z.number(), totalBytes: z.number() }).describe('There is room to write'),
    clock: check
      .extend({ driftMs: z.int().describe('How far the clock was put since the server started') })
      .describe('The clock of the machine goes'),
  }),
})
const readyExample = {
  status: 'ready' as const,
  checks: {
    ...{ store: { ok: true }, storage: { ok: true } },
    disk: { ok: true, freeBytes: 20_000_000_000, totalBytes: 64_000_000_000 },
    clock: { ok: true, driftMs: 0 },
  },
}

export const ready = call({
  service: 'system',
  method: 'GET',
  path: '/health/ready',
  summary: 'Can the server take requests?',
  description: 'For load balancers: 503 where the store, the storage, the disk or the clock would fail them.',
  auth: { kind: 'none' },
  responses: {
    200: { description: 'Ready', body: readiness },
    503: { description: 'Not ready; `checks` says why', body: readiness },
  },
  errors: [],
  examples: { response: readyExample },
})
