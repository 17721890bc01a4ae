/** What a practice's web site shows of its sites: ClientLink calls for an app key alone. */
import { z } from 'zod'
import { groupId, instant, siteId } from '../../sync/contract/fields.ts'
import { call } from './call.ts'

export const avgWaitForSite = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/avgWaitForSite',
  summary: 'How long patients wait at a site',
  description:
    'The mean, in whole minutes, of the times from `ARRIVED` to `IN_TREATMENT` of the patients who came in the last ' +
    '28 days. Times below zero and over four hours are not counted: somebody forgot to tap. `groupId` is needed only ' +
    'where two groups of the key have a site of that number.',
  auth: { kind: 'key' },
  query: z.strictObject({
    siteId: z.coerce.number().pipe(siteId),
    groupId: z.coerce.number().pipe(groupId).optional(),
  }),
  responses: {
    200: {
      description: 'The wait',
      body: z.object({
        siteId,
        averageMinutes: z.int().min(0),
        sampleSize: z.int().min(1),
        asOf: instant,
      }),
    },
  },
  errors: ['UNKNOWN_SITE', 'NO_DATA'],
  examples: {
    query: { siteId: 1 },
    response: { siteId: 1, averageMinutes: 5, sampleSize: 214, asOf: '2026-11-23T18:00:00.000Z' },
  },
})
