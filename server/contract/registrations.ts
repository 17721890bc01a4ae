/** Registrations: what a practice's web site needs so that people can register themselves and their animals. */
import { z } from 'zod'
import { day, groupId, instant, optional, siteId, uuid } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { exampleIds } from './example-records.ts'
import { groupIdText } from './query.ts'

const appKey = { kind: 'key' } as const
const idempotentExample = '2026-11-23T09:30:00.000Z'

const words = (most: number) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be text') })
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/[^\p{C}\p{Z}]|^$/u, 'must have a letter')

/** What is written into one line of a form: a name, a street. */
export const text = (most: number) =>
  words(most).regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must not have line breaks or control characters')

/** What may be written in several lines. */
const lines = (most: number) =>
  words(most).regex(/^(?:[^\p{Cc}]|[\t\n\r])*$/u, 'must not have control characters')

export const phone = text(40).regex(/^(?=(?:\D*\d){6,15}\D*$)\+?[\d ()./-]+$/, 'must be a telephone number')
export const email = text(254).pipe(z.email('must be an e-mail address'))

const address = z.strictObject({
  line1: text(200),
  line2: optional(text(200)),
  city: text(200),
  county: optional(text(200)),
  postcode: text(20),
  country: optional(text(200)),
})

/** Who asks whether they are known: the surname, and something that is theirs. */
const someone = z
  .strictObject({
    groupId,
    lastName: text(200),
    address: optional(address.partial()),
    phones: z.array(phone).max(5).default([]),
    emails: z.array(email).max(5).default([]),
  })
  .refine(
    ({ phones, emails, address: home }) =>
      phones.length + emails.length > 0 || Boolean(home?.postcode) || Boolean(home?.line1),
    {
      path: ['phones'],
      message: 'give a telephone number, an e-mail address, a postcode or the first line of an address',
    },
  )

export const newClient = z.strictObject({
  title: optional(text(40)),
  firstName: text(100),
  lastName: text(200),
  address,
  phones: z.array(phone).min(1, 'give at least one telephone number').max(5),
  emails: z.array(email).min(1, 'give an e-mail address').max(5),
})

export const newAnimal = z.strictObject({
  name: text(100),
  species: text(80).describe('A name from `species`, where the practice has that list'),
  breed: optional(text(100)).describe('From `breeds`, or as the owner says it'),
  sex: optional(text(80)).describe('A name from `sexes`, where the practice has that list'),
  colour: optional(text(80)),
  dateOfBirth: optional(day),
  microchip: optional(text(40)),
  notes: optional(lines(10_000)).describe('What the owner wants the practice to know'),
})

const consent = z.strictObject({
  type: z.string().min(1).max(80).describe('A code of `types` of consentMethods'),
  channel: z.string().min(1).max(80).describe('A code of `items` of consentMethods'),
  granted: z.boolean(),
})

const acceptedTerms = z.strictObject({
  version: text(80).describe('The version that was shown, from `terms`'),
  accepted: z.literal(true, 'must be accepted'),
})

const matchLevel = z.enum(['MATCHED', 'PARTIALLY_MATCHED', 'UNMATCHED'])

export const checkClientExists = call({
  service: 'registrations',
  method: 'POST',
  path: '/v2/registrations/checkClientExists',
  summary: 'Whether somebody is a client already',
  description:
    'Answers the level and nothing else: no number, no name, no hint at what matched. MATCHED: the same surname, and ' +
    'the same e-mail address, telephone number or home. PARTIALLY_MATCHED: one of these under another surname, or the ' +
    'surname at the same postcode or first line. Case, accents, spaces, hyphens and the way a telephone number ' +
    'begins do not count.',
  reads: true,
  auth: appKey,
  body: someone,
  responses: { 200: { description: 'The level', body: z.object({ matchLevel }) } },
  errors: ['UNKNOWN_GROUP'],
  examples: {
    body: { groupId: 1, lastName: 'Marsh', phones: ['01632 960100'] },
    response: { matchLevel: 'MATCHED' },
  },
})

const registration = z.object({
  clientId: uuid,
  groupId,
  siteId,
  registeredAt: instant,
  terms: z.object({ version: z.string(), acceptedAt: instant }).nullable(),
  consents: z.array(consent.extend({ at: instant })).describe('Every type by every channel'),
})

const exampleConsents = [
  { type: 'care-and-appointments', channel: 'e-mail', granted: true, at: idempotentExample },
  { type: 'reminders', channel: 'e-mail', granted: true, at: idempotentExample },
]
const exampleRegistration = {
  ...{ clientId: exampleIds.clientId, groupId: 1, siteId: 1, registeredAt: idempotentExample },
  terms: { version: '2026-01', acceptedAt: idempotentExample },
  consents: exampleConsents,
}

export const registerClient = call({
  service: 'registrations',
  method: 'POST',
  path: '/v2/registrations/registerClient',
  summary: 'Register a client with their animals',
  description:
    'Somebody who may be a client already is refused with POSSIBLE_DUPLICATE and the level, unless ' +
    '`overrideDuplicate` says that they want to register all the same. Where the practice has terms, the version ' +
    'in force has to be accepted. `consents` are what the person agreed to; what is not named is off, but for the ' +
    'contractual type, which is on and cannot be refused.',
  auth: appKey,
  idempotent: true,
  body: z.strictObject({
    groupId,
    siteId,
    client: newClient,
    animals: z.array(newAnimal).max(20).default([]),
    clientCategory: optional(text(80)).describe('A code of `clientCategories`'),
    introducedBy: optional(text(80)).describe('A code of `introducedBy`'),
    terms: optional(acceptedTerms),
    consents: z.array(consent).max(200).default([]),
    overrideDuplicate: z.boolean().default(false),
  }),
  responses: {
    201: {
      description: 'The registration',
      body: registration.extend({ animals: z.array(z.object({ animalId: uuid, name: z.string() })) }),
    },
  },
  errors: ['UNKNOWN_GROUP', 'UNKNOWN_SITE', 'FIELDS_INVALID', 'TERMS_CHANGED', 'POSSIBLE_DUPLICATE'],
  examples: {
    body: {
      groupId: 1,
      siteId: 1,
      client: {
        ...{ title: 'Mrs', firstName: 'Dorothy', lastName: 'Hale' },
        address: { line1: '3 Tithe Barn Close', city: 'Stonebeck', postcode: 'HD9 4LT' },
        phones: ['01632 960777'],
        emails: ['dorothy.hale@example.com'],
      },
      animals: [
        { name: 'Biscuit', species: 'Dog', breed: 'Whippet', sex: 'female', dateOfBirth: '2024-05-02' },
      ],
      clientCategory: 'private',
      introducedBy: 'a-friend-or-neighbour',
      terms: { version: '2026-01', accepted: true },
      consents: [{ type: 'reminders', channel: 'e-mail', granted: true }],
    },
    response: {
      ...exampleRegistration,
      animals: [{ animalId: exampleIds.animalId, name: 'Biscuit' }],
    },
  },
})

export const getRegistration = call({
  service: 'registrations',
  method: 'GET',
  path: '/v2/registrations/clients/:clientId',
  summary: 'How a client registered: terms and consents',
  description:
    'For the practice: a server key, which must say `groupId` where it sees several, or an ApiUserToken of staff. ' +
    '`matchLevel` is what the client was found to be when they registered; a level other than UNMATCHED was ' +
    'overridden. 404 for a client who did not register through these calls.',
  auth: { kind: 'keyMaybeUser' },
  params: z.strictObject({ clientId: uuid }),
  query: z.strictObject({ groupId: groupIdText.optional() }),
  responses: {
    200: {
      description: 'The registration',
      body: registration.extend({
        matchLevel,
        clientCategory: z.string().nullable(),
        introducedBy: z.string().nullable(),
      }),
    },
  },
  errors: ['SERVER_KEY_REQUIRED', 'ROLE_NOT_ALLOWED', 'UNKNOWN_GROUP', 'NOT_FOUND'],
  examples: {
    params: { clientId: exampleIds.clientId },
    query: { groupId: 1 },
    response: {
      ...exampleRegistration,
      ...{ matchLevel: 'UNMATCHED', clientCategory: 'private', introducedBy: 'a-friend-or-neighbour' },
    },
  },
})
