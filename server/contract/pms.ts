/** Users of a practice's PMS: linking an account to one, and changing its password. Of the Mobile and Global services. */
import { z } from 'zod'
import { groupId, instant, shortText, uuid } from '../../sync/contract/fields.ts'
import { role } from './authentication.ts'
import { call } from './call.ts'
import { oneTimeCode } from './second-factor.ts'

const anyUser = { kind: 'user', roles: role.options } as const
const secret = z.string().min(1).max(1000)
const pmsUsername = shortText.min(1)
/** What keeps a PMS behind the bridge from answering. */
const away = ['PMS_AWAY', 'PMS_TIMEOUT', 'PMS_FAILED', 'BRIDGE_BUSY', 'PATH_NOT_ALLOWED'] as const

const pmsLink = z.object({
  linkId: uuid,
  groupId,
  groupName: z.string(),
  pmsUsername: z.string(),
  displayName: z.string(),
  connectedAt: instant,
})

const exampleLink = {
  linkId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e21',
  groupId: 2,
  groupName: 'Seaview Vets',
  pmsUsername: 'sam.seaview',
  displayName: 'Sam Trewin',
  connectedAt: '2026-11-23T18:00:00.000Z',
}

export const connectUserToPmsGroup = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/connectUserToPmsGroup',
  summary: 'Link the account to a user of a practice’s PMS',
  description:
    'For any account: a customer’s, or staff of another group. Where the group has a PMS behind the bridge that ' +
    'verifies users, name and password are checked there; else the PMS users of a practice are its own staff in this ' +
    'system, checked as `verifyUser` checks them. Failures lock as they do there. Somebody who is no staff of the ' +
    'practice is `NOT_A_VET_USER`. **The link opens no records**: for those, sign in as ' +
    'that user. It is listed by pmsConnections and lets the account change that user’s password (updatePMSPassword). ' +
    'An account has one link to a group; another PMS user takes its place. It ends when the PMS user’s password is ' +
    'changed by anybody else.',
  auth: anyUser,
  audit: { kind: 'PMS_LINKED' },
  idempotent: true,
  body: z.strictObject({
    ...{ groupId, pmsUsername, pmsPassword: secret },
    /** Where the PMS user is one of this system's with a second factor. */
    oneTimeCode: oneTimeCode.optional(),
  }),
  responses: { 200: { description: 'The link', body: pmsLink } },
  errors: [
    ...(['UNKNOWN_GROUP', 'INVALID_CREDENTIALS', 'NOT_A_VET_USER', 'ACCOUNT_LOCKED', 'DEMO_ONLY'] as const),
    ...(['SECOND_FACTOR_REQUIRED', 'SECOND_FACTOR_INVALID'] as const),
    ...away,
  ],
  examples: {
    body: { groupId: 2, pmsUsername: 'sam.seaview', pmsPassword: 'Demo-Practice-2026' },
    response: exampleLink,
  },
})

export const pmsConnections = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/pmsConnections',
  summary: 'The account’s links to PMS users',
  description: 'Those that stand, of the groups that this key may see.',
  auth: anyUser,
  audit: 'none',
  responses: { 200: { description: 'Links', body: z.object({ connections: z.array(pmsLink) }) } },
  errors: [],
  examples: { response: { connections: [exampleLink] } },
})

export const disconnectUserFromPmsGroup = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/disconnectUserFromPmsGroup',
  summary: 'End the account’s link to a PMS user',
  description:
    'The PMS user stays as it is. Without a link there is nothing to end, and the answer is the same.',
  auth: anyUser,
  audit: { kind: 'PMS_UNLINKED' },
  idempotent: true,
  body: z.strictObject({ groupId }),
  responses: { 204: { description: 'Ended', body: null } },
  errors: [],
  examples: { body: { groupId: 2 } },
})

export const updatePMSPassword = call({
  service: 'global',
  method: 'PUT',
  path: '/v2/global/updatePMSPassword',
  summary: 'Change the password of a PMS user',
  description:
    'Of the caller’s own, where they are staff of the group, or of one that they are linked to ' +
    '(connectUserToPmsGroup); where the group has a PMS behind the bridge that verifies users, of one that they are ' +
    'linked to, and there. What the PMS refuses is `PMS_REJECTED`, with its reasons in plain words; without such a ' +
    'PMS those are the rules for passwords here. Every session of the PMS user ends but the caller’s own, and so does every other ' +
    'account’s link to it. The password that it has already is no change.',
  auth: anyUser,
  audit: { kind: 'PMS_PASSWORD_CHANGED' },
  body: z.strictObject({ groupId, pmsUsername, newPmsPassword: secret }),
  responses: {
    200: {
      description: 'Changed',
      body: z.object({ groupId, pmsUsername: z.string(), changedAt: instant }),
    },
  },
  errors: ['NOT_FOUND', 'UNKNOWN_GROUP', 'PMS_REJECTED', ...away],
  examples: {
    body: { groupId: 1, pmsUsername: 'amelia.vet', newPmsPassword: 'Correct-Horse-47' },
    response: { groupId: 1, pmsUsername: 'amelia.vet', changedAt: '2026-11-23T18:00:00.000Z' },
  },
})
