/** Managed Bookings: time that is kept free, which is neither offered nor taken by a booking. */
import { z } from 'zod'
import {
  day,
  groupId,
  instant,
  longText,
  optional,
  revision,
  siteId,
  uuid,
} from '../../sync/contract/fields.ts'
import { isBlockTime, noBlockTime } from '../../sync/contract/reference.ts'
import { call } from './call.ts'
import { exampleBookingDay, exampleIds } from './example-records.ts'
import { keyErrors, longestSearchDays, vetFacing, whichGroup } from './managed-bookings.ts'
import { groupIdText, siteIdText } from './query.ts'

const time = {
  siteId,
  practitionerId: optional(uuid).describe('Whose time; everybody’s at the site where it is left out'),
  startsAt: instant,
  endsAt: instant,
  reason: optional(longText).describe('For the practice; customers are not told'),
}

export const blockedTime = z.object({
  ...{ id: uuid, groupId, revision, createdAt: instant, modifiedAt: instant },
  ...time,
  practitionerId: uuid.nullable(),
  reason: z.string().nullable(),
})

const exampleBlockId = '5f0c4b0e-6a0c-4d6e-9a55-0f6a6f5d1c11'
const exampleBody = {
  siteId: 1,
  practitionerId: exampleIds.practitionerId,
  startsAt: `${exampleBookingDay}T15:00:00.000Z`,
  endsAt: `${exampleBookingDay}T16:00:00.000Z`,
  reason: 'Kept for emergencies',
}
const exampleBlock = {
  ...{ id: exampleBlockId, groupId: 1, revision: '1-6f1c1b5d8a0f4e7f9c5f6c5b1f0a2d3e' },
  ...{ createdAt: '2026-11-23T18:00:00.000Z', modifiedAt: '2026-11-23T18:00:00.000Z' },
  ...exampleBody,
}

export const listBlockedTime = call({
  service: 'managedBookings',
  method: 'GET',
  path: '/v2/managedBookings/blockedTime',
  summary: 'Time that is kept free',
  description:
    'Of everybody at the site and of its practitioners, or of one of them, in order of time. `from` and `to` are days ' +
    `in the site’s own time zone, both included, at most ${longestSearchDays}.`,
  auth: vetFacing,
  audit: 'none',
  query: z.strictObject({
    groupId: groupIdText.optional().describe(whichGroup),
    siteId: siteIdText,
    from: day,
    to: day,
    practitionerId: uuid.optional(),
  }),
  responses: { 200: { description: 'Blocked time', body: z.object({ blocks: z.array(blockedTime) }) } },
  errors: [...keyErrors, 'UNKNOWN_SITE'],
  examples: {
    query: { siteId: 1, from: exampleBookingDay, to: exampleBookingDay },
    response: { blocks: [exampleBlock] },
  },
})

export const blockTime = call({
  service: 'managedBookings',
  method: 'POST',
  path: '/v2/managedBookings/blockedTime',
  summary: 'Keep time free',
  description:
    'From now on searchAvailability does not offer it, and a booking there is SLOT_TAKEN. What is booked in it ' +
    'already stays booked. Up to 31 days; longer absences are exceptions of a rota.',
  auth: vetFacing,
  idempotent: true,
  audit: 'none',
  body: z
    .strictObject({ groupId: groupId.optional().describe(whichGroup), ...time })
    .refine(isBlockTime, noBlockTime),
  responses: { 201: { description: 'The blocked time', body: blockedTime } },
  errors: [...keyErrors, 'UNKNOWN_SITE', 'UNKNOWN_REFERENCE'],
  examples: { body: exampleBody, response: exampleBlock },
})

export const unblockTime = call({
  service: 'managedBookings',
  method: 'DELETE',
  path: '/v2/managedBookings/blockedTime/:blockId',
  summary: 'Give blocked time free',
  description: 'It can be booked again at once.',
  auth: vetFacing,
  ifMatch: true,
  audit: 'none',
  params: z.strictObject({ blockId: uuid }),
  responses: { 204: { description: 'It is free', body: null } },
  errors: [...keyErrors, 'NOT_FOUND', 'STALE_REVISION'],
  examples: { params: { blockId: exampleBlockId } },
})
