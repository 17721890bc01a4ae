/** The Mobile service's devices: what a group administrator sees of them, and does about a lost one. */
import { z } from 'zod'
import { instant, uuid } from '../../sync/contract/fields.ts'
import { deviceId } from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { cursor, limit } from './query.ts'

const groupAdmin = { kind: 'user', roles: ['groupAdmin'] } as const
const oneDevice = z.strictObject({ deviceId })

const user = z.object({ userId: uuid, username: z.string(), displayName: z.string() })

export const device = z.object({
  deviceId,
  user: user.describe('Who was seen on it last'),
  users: z
    .array(user.extend({ lastSeenAt: instant }))
    .describe('Who was seen on it, newest first; the last 20'),
  firstSeenAt: instant,
  lastSeenAt: instant.describe('Its last contact, to within ten minutes'),
  software: z.string().nullable().describe('What the app says of itself in the header `Client-Version`'),
  cutOff: z
    .object({
      at: instant,
      by: z.object({ userId: uuid, username: z.string() }),
      toldAt: instant.nullable().describe('When the device heard of it, and wiped itself; null: not yet'),
    })
    .nullable(),
})

const example = {
  deviceId: 'lost-tablet',
  user: {
    userId: '6f1c8f0e-0000-4000-8000-000000000003',
    username: 'nina.nurse',
    displayName: 'Nina Walsh',
  },
  users: [
    {
      userId: '6f1c8f0e-0000-4000-8000-000000000003',
      username: 'nina.nurse',
      displayName: 'Nina Walsh',
      lastSeenAt: '2026-11-23T17:00:00.000Z',
    },
  ],
  firstSeenAt: '2026-11-01T08:12:00.000Z',
  lastSeenAt: '2026-11-23T17:00:00.000Z',
  software: 'hillside-app/2.3.0',
  cutOff: null,
}

export const listDevices = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/devices',
  summary: 'The devices of the group’s users',
  description:
    'In order of their ids. A device is known from its first pull, upload or stream of events on, and forgotten ' +
    'when it has been silent for a year. An app says what it is in the header `Client-Version` of its calls.',
  auth: groupAdmin,
  audit: 'none',
  query: z.strictObject({
    cursor,
    limit,
  }),
  responses: {
    200: {
      description: 'Devices',
      body: z.object({ items: z.array(device), nextCursor: z.string().nullable() }),
    },
  },
  errors: [],
  examples: { query: { limit: 100 }, response: { items: [example], nextCursor: null } },
})

export const cutOffDevice = call({
  service: 'mobile',
  method: 'DELETE',
  path: '/v2/mobile/devices/:deviceId',
  summary: 'Cut a lost device off',
  description:
    'Within a minute, on every server, each call with this `deviceId`, and each call of a session that was used on ' +
    'it, is answered 403 `DEVICE_CUT_OFF`, `refreshUserToken` too; `cutOff.toldAt` of the device then says when it ' +
    'heard. An app built on the client library wipes itself at that: everything it holds, for all of its users, ' +
    '**with what it had not sent yet**. So for a device that may still come back, ask its user to sync first, or ' +
    'wait; what the server already has, `GET /v2/mobile/rejected` included, stays. A change of the user’s password ' +
    'does not keep the device from hearing of it. Again for the same device: nothing changes.',
  auth: groupAdmin,
  audit: { kind: 'DEVICE_CUT_OFF' },
  params: oneDevice,
  responses: { 204: { description: 'Cut off', body: null } },
  errors: ['NOT_FOUND'],
  examples: { params: { deviceId: 'lost-tablet' } },
})

export const restoreDevice = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/devices/:deviceId/restore',
  summary: 'Let a device in again',
  description:
    'After this the device works with a new sign-in; the sessions that it held before have ended for good. What ' +
    'it wiped it pulls anew. For a device that is not cut off, nothing changes.',
  auth: groupAdmin,
  audit: { kind: 'DEVICE_RESTORED' },
  idempotent: true,
  params: oneDevice,
  responses: { 200: { description: 'The device', body: device } },
  errors: ['NOT_FOUND'],
  examples: { params: { deviceId: 'lost-tablet' }, response: example },
})
