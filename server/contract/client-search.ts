/** Managed Bookings: finding the client and the animals that a booking is for. */
import { z } from 'zod'
import { animal, client } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { cursor, groupIdText, limit, siteIdText } from './query.ts'

const typed = (what: string) =>
  z.string().trim().min(1, 'must not be empty').max(200).optional().describe(what)

const ofAnimal = animal.pick({
  ...{ id: true, name: true, species: true, breed: true, sex: true, colour: true, dateOfBirth: true },
  ...{ allergies: true, alerts: true, deceasedAt: true },
})

/** A client with what a receptionist needs to know which one it is. */
const foundClient = client.extend({
  clientNumber: z
    .string()
    .nullable()
    .describe('The number by which another system knows the client: the first of `externalIds`'),
  animals: z.array(ofAnimal),
})

export const searchClients = call({
  service: 'managedBookings',
  method: 'GET',
  path: '/v2/managedBookings/searchClients',
  summary: 'Find clients and their animals',
  description:
    'Give one field or several, which then must all fit. Case, accents, spaces, hyphens and apostrophes do not ' +
    'count. Clients come by the field that narrows most, in its order. A user finds the clients and animals of ' +
    'their own sites; a server key on its own, which must say `groupId` where it sees several, those of every site. ' +
    'Deactivated clients and deceased animals are found too, and say so. A page may hold fewer than `limit` and ' +
    'still have a `nextCursor`: there may be more.',
  auth: { kind: 'keyMaybeUser' },
  query: z.strictObject({
    groupId: groupIdText.optional(),
    siteId: siteIdText.optional().describe('Only clients of this site'),
    surname: typed('The beginning of the surname, or of one of its parts'),
    postcode: typed('The postcode or its beginning, at least two characters'),
    phone: typed('The number, in any spelling, or its last digits, at least four'),
    email: typed('The whole address'),
    animalName: typed('The beginning of an animal’s name, or of one of its words'),
    clientNumber: typed('A number by which another system knows the client: one of `externalIds`, whole'),
    cursor,
    limit,
  }),
  responses: {
    200: {
      description: 'Clients',
      body: z.object({ items: z.array(foundClient), nextCursor: z.string().nullable() }),
    },
  },
  errors: ['SERVER_KEY_REQUIRED', 'ROLE_NOT_ALLOWED', 'UNKNOWN_GROUP', 'UNKNOWN_SITE'],
  examples: {
    query: { groupId: 1, surname: 'marsh', limit: 1 },
    response: {
      items: [
        {
          id: '3f6b2c1e-8d4a-4f7b-9c0d-000000000001',
          groupId: 1,
          revision: '1-0d5a3c6f8e9b47d2a1c4b7e6f5d8a9c0',
          createdAt: '2026-11-23T09:00:00.000Z',
          modifiedAt: '2026-11-23T09:00:00.000Z',
          siteIds: [1, 2],
          title: 'Mrs',
          firstName: 'Carol',
          lastName: 'Marsh',
          address: {
            line1: '12 Orchard Lane',
            line2: null,
            city: 'Millbrook',
            county: 'North Yorkshire',
            postcode: 'HD4 7QX',
            country: 'GB',
          },
          phones: ['+44 1632 960100'],
          emails: ['carol@example.com'],
          deactivated: false,
          externalIds: [],
          clientNumber: null,
          animals: [
            {
              id: '3f6b2c1e-8d4a-4f7b-9c0d-000000000002',
              name: 'Bramble',
              species: 'Horse',
              breed: 'Welsh Cob',
              sex: 'female',
              colour: 'bay',
              dateOfBirth: '2016-04-12',
              allergies: ['Penicillin'],
              alerts: ['Kicks'],
              deceasedAt: null,
            },
          ],
        },
      ],
      nextCursor: null,
    },
  },
})
