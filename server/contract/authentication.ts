/** The Authentication service. */
import { z } from 'zod'
import { groupId, instant, shortText, siteId, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { oneTimeCode } from './second-factor.ts'

const secret = z.string().min(1).max(1000)
export const role = z.enum(['vet', 'nurse', 'reception', 'groupAdmin', 'customer'])

const user = z.object({
  userId: uuid,
  username: z.string(),
  displayName: z.string(),
  roles: z.array(role),
  groupId: groupId.nullable(),
  siteIds: z.array(siteId),
  practitionerId: uuid.nullable(),
})

const secondFactor = z.object({
  on: z.boolean(),
  /** The user's group asks it of its administrators; until it is on, the role counts for nothing. */
  needed: z.boolean(),
  recoveryCodesLeft: z.number().int().nullable(),
})

const userTokens = z.object({ userToken: z.string(), expiresAt: instant, refreshToken: z.string() })

const demoUser = {
  userId: '6f1c8f0e-0000-4000-8000-000000000001',
  username: 'amelia.vet',
  displayName: 'Amelia Hart',
  roles: ['vet'],
  groupId: 1,
  siteIds: [1, 2],
  practitionerId: '6f1c8f0e-0000-4000-8000-000000000011',
}

const exampleToken = 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImRlbW8ifQ.eyJhdWQiOiJhcGkifQ.vN4mS5h0cR8k3q2TtC1w7A'
const exampleTokens = {
  userToken: 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImRlbW8ifQ.eyJhdWQiOiJ1c2VyIn0.b7Zk1qY5n0uX2fGm9sLw4Q',
  expiresAt: '2026-11-23T10:00:00.000Z',
  refreshToken: 'mB1rZc0cYpJtVg2nqkq0Qy7bC9T3b6n5Hq4Y0rLw2xE',
}

export const login = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/login',
  summary: 'Exchange an API key for a token',
  description:
    'The first call of every client. Send the answer as the header `ApiToken` with every other call. ' +
    '`groups` are the groups that this key may see.',
  auth: { kind: 'none' },
  body: z.strictObject({ accountId: uuid, apiKey: secret }),
  responses: {
    200: {
      description: 'A token',
      body: z.object({
        token: z.string(),
        expiresAt: instant,
        groups: z.array(z.object({ groupId, name: z.string() })),
      }),
    },
  },
  errors: ['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED', 'DEMO_ONLY'],
  examples: {
    body: { accountId: '00000000-0000-4000-8000-000000000001', apiKey: 'demo-api-key' },
    response: {
      token: exampleToken,
      expiresAt: '2026-11-24T09:00:00.000Z',
      groups: [
        { groupId: 1, name: 'Hillside Vets' },
        { groupId: 2, name: 'Seaview Vets' },
      ],
    },
  },
})

export const verifyUser = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/verifyUser',
  summary: 'Sign a user in',
  description:
    'Send `userToken` as the header `ApiUserToken` with calls made on behalf of the user; renew it with ' +
    '`refreshToken` before or after it expires. A user with a second factor is answered `SECOND_FACTOR_REQUIRED` where ' +
    'the password is right and `oneTimeCode` is missing: send all three then.',
  auth: { kind: 'key' },
  body: z.strictObject({
    username: shortText.min(1),
    password: secret,
    oneTimeCode: oneTimeCode.optional(),
  }),
  responses: {
    200: {
      description: 'The user, with tokens',
      body: userTokens.extend({ passwordExpired: z.boolean(), user, secondFactor }),
    },
  },
  errors: [
    'INVALID_CREDENTIALS',
    'ACCOUNT_LOCKED',
    'DEMO_ONLY',
    'SECOND_FACTOR_REQUIRED',
    'SECOND_FACTOR_INVALID',
  ],
  examples: {
    body: { username: 'amelia.vet', password: 'Demo-Practice-2026' },
    response: {
      ...{ ...exampleTokens, passwordExpired: false, user: demoUser },
      secondFactor: { on: false, needed: false, recoveryCodesLeft: null },
    },
  },
})

export const refreshUserToken = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/refreshUserToken',
  summary: "Renew a user's token",
  description:
    'Answers a new token and a new refresh token. The previous refresh token stays good until the new one is ' +
    'first used, so that a lost answer signs nobody out; one used again after that ends the session. Any key of the ' +
    'account that the session was begun by will do.',
  auth: { kind: 'key' },
  body: z.strictObject({ refreshToken: secret }),
  responses: { 200: { description: 'New tokens', body: userTokens } },
  errors: ['TOKEN_INVALID', 'TOKEN_EXPIRED', 'DEVICE_CUT_OFF'],
  examples: { body: { refreshToken: exampleTokens.refreshToken }, response: exampleTokens },
})

export const changePassword = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/changePassword',
  summary: "Change the signed-in user's password",
  description: 'Every other token of that user ends; the one of this call goes on.',
  auth: { kind: 'user', roles: role.options },
  audit: { kind: 'PASSWORD_CHANGED' },
  body: z.strictObject({ oldPassword: secret, newPassword: secret }),
  responses: { 204: { description: 'Changed', body: null } },
  errors: ['INVALID_CREDENTIALS', 'PASSWORD_RULES', 'ACCOUNT_LOCKED'],
  examples: { body: { oldPassword: 'Demo-Practice-2026', newPassword: 'Correct-Horse-47' } },
})

export const forgottenPassword = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/forgottenPassword',
  summary: 'Ask for a token to reset a password with',
  description:
    'The token goes to the user alone, is good for 30 minutes and for one use. The answer is the same for a name ' +
    'that does not exist. It comes by mail, with a link to a page of this server; without a mail server the demo writes ' +
    'it into its log.',
  auth: { kind: 'key' },
  body: z.strictObject({ username: shortText.min(1) }),
  responses: { 202: { description: 'Taken; where there is such a user, a token is on its way', body: null } },
  errors: [],
  examples: { body: { username: 'amelia.vet' } },
})

export const resetPassword = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/resetPassword',
  summary: 'Set a new password with a reset token',
  description: 'Every session of the user ends, and a sign-in that was locked is open again.',
  auth: { kind: 'key' },
  body: z.strictObject({ resetToken: secret, newPassword: secret }),
  responses: { 204: { description: 'Changed', body: null } },
  errors: ['RESET_TOKEN_INVALID', 'PASSWORD_RULES', 'ACCOUNT_LOCKED'],
  examples: {
    body: {
      resetToken: 'mB1rZc0cYpJtVg2nqkq0Qy7bC9T3b6n5Hq4Y0rLw2xE.2f6c0a8fUe1q0m0f1mV6o0x8y0Jb2r7c3T9n1k5s4hQ',
      newPassword: 'Correct-Horse-47',
    },
  },
})

export const logout = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/logout',
  summary: 'End the session',
  description: 'The user token of this call and its refresh token end at once.',
  auth: { kind: 'user', roles: role.options },
  audit: { kind: 'SIGN_OUT' },
  responses: { 204: { description: 'Ended', body: null } },
  errors: [],
})
