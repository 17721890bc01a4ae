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
