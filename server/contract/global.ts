/** The Global service: accounts of customers, and the groups and sites that they go to. */
import { z } from 'zod'
import { groupId, instant, optional, siteId, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { text } from './registrations.ts'
import { groupIdText } from './query.ts'

const customer = { kind: 'user', roles: ['customer'] } as const

const expected = (what: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is required' : what

/** What a customer fills in; each message can be shown beside its field. */
export const userInfo = z.strictObject({
  email: z
    .string({ error: expected('must be text') })
    .trim()
    .max(200, 'must have at most 200 characters')
    .pipe(z.email('must be an e-mail address')),
  title: optional(text(40)),
  firstName: text(100),
  lastName: text(100),
  mobile: z
    .string({ error: expected('must be text') })
    .trim()
    .regex(/^\+?[0-9][0-9 ()-]{5,24}$/, 'must be a phone number such as +44 7700 900123'),
  password: z
    .string({ error: expected('must be text') })
    .max(1000, 'must have at most 1000 characters')
    .describe('At least 12 characters, three of four classes'),
  acceptTerms: z.literal(true, 'must be accepted'),
})

const group = z.object({ groupId, name: z.string() })

const connection = z.object({
  linkId: uuid,
  groupId,
  groupName: z.string(),
  siteIds: z.array(siteId),
  clientId: uuid.nullable().describe("The customer's record with the group, where it is known"),
  connectedAt: instant,
})

const link = connection.extend({ globalAccountId: uuid })

const exampleConnection = {
  linkId: '74408180-2cdb-833c-ad80-d1395c9fdbde',
  groupId: 1,
  groupName: 'Hillside Vets',
  siteIds: [1, 2],
  clientId: '02c13a5f-4616-87e9-8533-5a78315fc2a4',
  connectedAt: '2026-01-05T09:00:00.000Z',
}
const exampleLink = {
  globalAccountId: '6f1c8f0e-0000-4000-8000-000000000006',
  linkId: '1d6b7f0a-3c59-4a0e-8b6f-7e2d9c4a5b10',
  groupId: 2,
  groupName: 'Seaview Vets',
  siteIds: [3],
  clientId: null,
  connectedAt: '2026-11-23T09:00:00.000Z',
}

export const captureUserInfo = call({
  service: 'global',
  method: 'POST',
  path: '/v2/global/captureUserInfo',
  summary: 'Make a global account',
  description:
    'The customer signs in with verifyUser, the e-mail address being the user name. A field that is missing or ' +
    'not right is told in `errors`, with a message for each.',
  auth: { kind: 'key' },
  idempotent: true,
  body: z.record(z.string(), z.unknown()),
  documentedBody: userInfo,
  responses: { 201: { description: 'The account', body: z.object({ globalAccountId: uuid }) } },
  errors: ['FIELDS_INVALID', 'EMAIL_TAKEN'],
  examples: {
    body: {
      email: 'dorothy.hale@example.com',
      title: 'Mrs',
      firstName: 'Dorothy',
      lastName: 'Hale',
      mobile: '+44 7700 900123',
      password: 'Three-Grey-Mares-9',
      acceptTerms: true,
    },
    response: { globalAccountId: '2f0d7c1e-5b7a-4c55-9d0e-6f1a2b3c4d5e' },
  },
})

export const connectNewUserToGroup = call({
  service: 'global',
  method: 'POST',
  path: '/v2/global/connectNewUserToGroup',
  summary: 'Link a global account to a group',
  description:
    '`clientId` says which of the group’s clients the customer is, and opens their animals to them: it needs a ' +
    'server key, or an ApiUserToken of the group’s staff. An account has one link to a group; one ' +
    'that says of no client yet may be given one.',
  auth: { kind: 'keyMaybeUser' },
  audit: { kind: 'CLIENT_LINKED' },
  idempotent: true,
  body: z.strictObject({
    globalAccountId: uuid,
    groupId,
    siteId: optional(siteId),
    clientId: optional(uuid),
  }),
  responses: { 201: { description: 'The link', body: link } },
  errors: [
    'NOT_FOUND',
    'UNKNOWN_GROUP',
    'UNKNOWN_SITE',
    'UNKNOWN_REFERENCE',
    'PROSPECT_NOT_REGISTERED',
    'ALREADY_LINKED',
    'SERVER_KEY_REQUIRED',
  ],
  examples: {
    body: { globalAccountId: '6f1c8f0e-0000-4000-8000-000000000006', groupId: 2, siteId: 3 },
    response: exampleLink,
  },
})

export const groups = call({
  service: 'global',
  method: 'GET',
  path: '/v2/global/groups',
  summary: 'The groups that this key may see',
  description: 'By their number.',
  auth: { kind: 'key' },
  responses: { 200: { description: 'Groups', body: z.object({ groups: z.array(group) }) } },
  errors: [],
  examples: {
    response: {
      groups: [
        { groupId: 1, name: 'Hillside Vets' },
        { groupId: 2, name: 'Seaview Vets' },
      ],
    },
  },
})

export const groupSites = call({
  service: 'global',
  method: 'GET',
  path: '/v2/global/groups/:groupId/sites',
  summary: 'The sites of a group',
  description: 'Opening hours are in the site’s own time zone; `weekday` 1 is Monday.',
  auth: { kind: 'key' },
  params: z.strictObject({ groupId: groupIdText }),
  responses: {
    200: {
      description: 'Sites',
      body: z.object({
        sites: z.array(
          z.object({
            siteId,
            name: z.string(),
            timeZone: z.string(),
            openingHours: z.array(
              z.object({ weekday: z.int().min(1).max(7), opens: z.string(), closes: z.string() }),
            ),
          }),
        ),
      }),
    },
  },
  errors: ['UNKNOWN_GROUP'],
  examples: {
    params: { groupId: 1 },
    response: {
      sites: [
        {
          siteId: 1,
          name: 'Hillside Surgery',
          timeZone: 'Europe/London',
          openingHours: [
            { weekday: 1, opens: '09:00', closes: '17:30' },
            { weekday: 6, opens: '09:00', closes: '12:30' },
          ],
        },
      ],
    },
  },
})

export const connectToSite = call({
  service: 'global',
  method: 'POST',
  path: '/v2/global/connectToSite',
  summary: 'Add a site to the customer’s links',
  description:
    'Links the account to the group where it is not linked yet. A site that is there already stays.',
  auth: customer,
  audit: { kind: 'CLIENT_LINKED' },
  idempotent: true,
  body: z.strictObject({ groupId, siteId }),
  responses: { 200: { description: 'The link', body: link } },
  errors: ['NOT_FOUND', 'UNKNOWN_GROUP', 'UNKNOWN_SITE'],
  examples: { body: { groupId: 2, siteId: 3 }, response: exampleLink },
})

export const disconnectFromGroup = call({
  service: 'global',
  method: 'POST',
  path: '/v2/global/disconnectFromGroup',
  summary: 'End the customer’s link to a group',
  description: 'The group’s own records of the client stay as they are.',
  auth: customer,
  audit: { kind: 'CLIENT_UNLINKED' },
  idempotent: true,
  body: z.strictObject({ groupId }),
  responses: { 204: { description: 'Ended', body: null } },
  errors: ['NOT_FOUND'],
  examples: { body: { groupId: 1 } },
})

export const myConnections = call({
  service: 'global',
  method: 'GET',
  path: '/v2/global/myConnections',
  summary: 'The groups that the customer is linked to',
  description: 'Those that this key may see.',
  auth: customer,
  responses: {
    200: { description: 'Links', body: z.object({ connections: z.array(connection) }) },
  },
  errors: [],
  examples: { response: { connections: [exampleConnection] } },
})
