/** The second factor of the Authentication service. */
import { z } from 'zod'
import { call } from './call.ts'

/** From an app (six digits) or one of the recovery codes; spaces and hyphens do not count. */
export const oneTimeCode = z.string().min(1).max(40)
const password = z.string().min(1).max(1000)

const staff = { kind: 'user', roles: ['vet', 'nurse', 'reception', 'groupAdmin'] } as const

const exampleSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

export const enrolSecondFactor = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/secondFactor/enrol',
  summary: 'Begin a second factor',
  description:
    'Answers a new secret for codes by time (TOTP, RFC 6238), and the same as a `uri` that apps read from a QR code. ' +
    'It counts once `confirmSecondFactor` has taken a first code; until then it may be asked for anew.',
  auth: staff,
  body: z.strictObject({ password }),
  responses: {
    200: {
      description: 'The secret, told this once',
      body: z.object({ secret: z.string(), uri: z.string() }),
    },
  },
  errors: ['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED', 'SECOND_FACTOR_STATE'],
  examples: {
    body: { password: 'Demo-Practice-2026' },
    response: {
      secret: exampleSecret,
      uri: `otpauth://totp/Vetspace:amelia.vet?issuer=Vetspace&secret=${exampleSecret}&algorithm=SHA1&digits=6&period=30`,
    },
  },
})

export const confirmSecondFactor = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/secondFactor/confirm',
  summary: 'Turn the second factor on',
  description:
    'Takes a first code of the secret that `enrolSecondFactor` answered. From then on `verifyUser` asks for a code, and ' +
    'every other session of the user ends. The recovery codes are told this once; each stands for one code, should the ' +
    'app be lost.',
  audit: { kind: 'SECOND_FACTOR_ON' },
  auth: staff,
  body: z.strictObject({ oneTimeCode }),
  responses: { 200: { description: 'It is on', body: z.object({ recoveryCodes: z.array(z.string()) }) } },
  errors: ['SECOND_FACTOR_INVALID', 'SECOND_FACTOR_STATE', 'ACCOUNT_LOCKED'],
  examples: {
    body: { oneTimeCode: '492039' },
    response: { recoveryCodes: ['K5QW-Y3DP-EHPK-3PXP', 'MFRG-GZDF-MZTW-Q2LK'] },
  },
})

export const disableSecondFactor = call({
  service: 'authentication',
  method: 'POST',
  path: '/v2/authentication/secondFactor/disable',
  summary: 'Turn the second factor off',
  description:
    'Needs the password and a code. Where the group asks a second factor of its administrators, one without it has ' +
    'their rights no longer.',
  audit: { kind: 'SECOND_FACTOR_OFF' },
  auth: staff,
  body: z.strictObject({ password, oneTimeCode }),
  responses: { 204: { description: 'It is off', body: null } },
  errors: ['INVALID_CREDENTIALS', 'SECOND_FACTOR_INVALID', 'SECOND_FACTOR_STATE', 'ACCOUNT_LOCKED'],
  examples: { body: { password: 'Demo-Practice-2026', oneTimeCode: 'K5QW-Y3DP-EHPK-3PXP' } },
})
