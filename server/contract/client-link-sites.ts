/** What a practice's web site shows of its sites: ClientLink calls for an app key alone. */
import { z } from 'zod'
import { day, instant, siteId, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { exampleBookingDay, exampleIds } from './example-records.ts'
import { groupIdText, siteIdText } from './query.ts'

const site = {
  siteId: siteIdText,
  groupId: groupIdText.optional(),
}

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
  query: z.strictObject(site),
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

/** The days that a search covers where it does not say, and the most that it may. */
export const surgeonAvailabilityDays = { usual: 7, most: 62 }

export const surgeonAvailability = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/surgeonAvailability',
  summary: 'When each surgeon of a site is free for customers',
  description:
    'Every surgeon whom customers may book there themselves, by name, with every time at which bookAppointment would ' +
    'take a booking now: as long as the reason takes, without one a slot of the site. `from` and `to` are days in the ' +
    `site’s own time zone, both included: today and the next ${surgeonAvailabilityDays.usual - 1} days where they are ` +
    `left out, ${surgeonAvailabilityDays.most} at most. A surgeon without free time has no \`slots\`. \`groupId\` is ` +
    'needed only where two groups of the key have a site of that number.',
  auth: { kind: 'key' },
  query: z.strictObject({
    ...site,
    ...{ from: day.optional(), to: day.optional() },
    ...{ practitionerId: uuid.optional(), reasonId: uuid.optional() },
  }),
  responses: {
    200: {
      description: 'Surgeons and their free time',
      body: z.object({
        siteId,
        ...{ from: day, to: day },
        surgeons: z.array(
          z.object({
            practitionerId: uuid,
            practitionerName: z.string(),
            slots: z.array(z.object({ startsAt: instant, endsAt: instant })),
          }),
        ),
      }),
    },
  },
  errors: ['UNKNOWN_SITE', 'UNKNOWN_REFERENCE', 'ONLINE_BOOKING_DISALLOWED'],
  examples: {
    query: {
      siteId: 1,
      from: exampleBookingDay,
      to: exampleBookingDay,
      practitionerId: exampleIds.practitionerId,
    },
    response: {
      ...{ siteId: 1, from: exampleBookingDay, to: exampleBookingDay },
      surgeons: [
        {
          ...{ practitionerId: exampleIds.practitionerId, practitionerName: 'Amelia Hart' },
          slots: [
            { startsAt: `${exampleBookingDay}T11:00:00.000Z`, endsAt: `${exampleBookingDay}T11:15:00.000Z` },
          ],
        },
      ],
    },
  },
})
