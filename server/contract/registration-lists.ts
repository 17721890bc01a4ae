/** Registrations: what a form offers to choose from, from the group's own reference data. */
import { z } from 'zod'
import { siteId } from '../../sync/contract/fields.ts'
import { call } from './call.ts'
import { cursor, groupIdText, limit } from './query.ts'

const listQuery = z.strictObject({
  groupId: groupIdText,
  cursor,
  limit,
})

const entry = z.object({ code: z.string(), name: z.string() })

const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

const list = (path: string, what: string, example: z.output<typeof entry>) =>
  call({
    service: 'registrations',
    method: 'GET',
    path: `/v2/registrations/${path}`,
    summary: `The ${what} to choose from`,
    description: 'As the practice lists them, in its order; empty where it has no such list.',
    auth: { kind: 'key' },
    query: listQuery,
    responses: { 200: { description: what, body: page(entry) } },
    errors: ['UNKNOWN_GROUP'],
    examples: { query: { groupId: 1, limit: 1 }, response: { items: [example], nextCursor: 'MA' } },
  })

export const titles = list('titles', 'titles', { code: 'mr', name: 'Mr' })
export const cities = list('cities', 'towns', { code: 'hillside', name: 'Hillside' })
export const counties = list('counties', 'counties', {
  ...{ code: 'east-riding-of-yorkshire', name: 'East Riding of Yorkshire' },
})
export const species = list('species', 'species', { code: 'dog', name: 'Dog' })
export const colours = list('colours', 'colours', { code: 'bay', name: 'bay' })
export const sexes = list('sexes', 'sexes', { code: 'female', name: 'female' })
export const clientCategories = list('clientCategories', 'kinds of client', {
  code: 'private',
  name: 'Private',
})
export const introducedBy = list('introducedBy', 'ways to have heard of the practice', {
  ...{ code: 'a-friend-or-neighbour', name: 'A friend or neighbour' },
})

export const breeds = call({
  service: 'registrations',
  method: 'GET',
  path: '/v2/registrations/breeds',
  summary: 'The breeds to choose from',
  description:
    'Of one species, or of all, each with its species. A species that the practice does not list is refused.',
  auth: { kind: 'key' },
  query: listQuery.extend({
    species: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .describe('A name or a code from `species`, in capitals or not'),
  }),
  responses: { 200: { description: 'Breeds', body: page(entry.extend({ species: z.string() })) } },
  errors: ['UNKNOWN_GROUP', 'FIELDS_INVALID'],
  examples: {
    query: { groupId: 1, species: 'Cat', limit: 1 },
    response: { items: [{ code: 'cat-bengal', name: 'Bengal', species: 'Cat' }], nextCursor: 'MA' },
  },
})

export const registrationSites = call({
  service: 'registrations',
  method: 'GET',
  path: '/v2/registrations/sites',
  summary: 'The sites to register with',
  description: 'The sites of the group, by number.',
  auth: { kind: 'key' },
  query: listQuery,
  responses: { 200: { description: 'Sites', body: page(z.object({ siteId, name: z.string() })) } },
  errors: ['UNKNOWN_GROUP'],
  examples: {
    query: { groupId: 1, limit: 1 },
    response: { items: [{ siteId: 1, name: 'Hillside Surgery' }], nextCursor: 'MA' },
  },
})

export const consentMethods = call({
  service: 'registrations',
  method: 'GET',
  path: '/v2/registrations/consentMethods',
  summary: 'What people are asked to consent to, and by which channels',
  description:
    '`items` are the channels, `types` what they are used for: the two sides of the grid of consents. The type that ' +
    'is `contractual` is on, because nobody can be a client without it; every other one is off until it is granted.',
  auth: { kind: 'key' },
  query: listQuery,
  responses: {
    200: {
      description: 'Channels and types',
      body: page(entry).extend({
        types: z.array(entry.extend({ description: z.string().nullable(), contractual: z.boolean() })),
      }),
    },
  },
  errors: ['UNKNOWN_GROUP'],
  examples: {
    query: { groupId: 1, limit: 1 },
    response: {
      items: [{ code: 'e-mail', name: 'E-mail' }],
      nextCursor: 'MA',
      types: [
        {
          ...{ code: 'reminders', name: 'Reminders', contractual: false },
          description: 'That a vaccination, a worming or a check-up is due.',
        },
      ],
    },
  },
})

export const terms = call({
  service: 'registrations',
  method: 'GET',
  path: '/v2/registrations/terms',
  summary: 'The terms in force',
  description:
    'To be shown before registering; `version` is sent back with the acceptance. 404 where there are none.',
  auth: { kind: 'key' },
  query: z.strictObject({ groupId: groupIdText }),
  responses: {
    200: {
      description: 'The terms',
      body: z.object({ version: z.string(), title: z.string(), text: z.string() }),
    },
  },
  errors: ['UNKNOWN_GROUP', 'NOT_FOUND'],
  examples: {
    query: { groupId: 1 },
    response: { version: '2026-01', title: 'Terms of business', text: 'We look after your animals …' },
  },
})
