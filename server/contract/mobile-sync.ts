/** The Mobile service's pull, news and events, for the client library. */
import { z } from 'zod'
import {
  countPreference,
  newsRequest,
  newsResponse,
  pullRequest,
  pullResponse,
  syncEvent,
} from '../../sync/contract/pull.ts'
import { collectionNames } from '../../sync/contract/records.ts'
import { deviceId } from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { exampleAnimal } from './example-records.ts'
import { fieldRoles } from './mobile.ts'

const oneCollection = `(?:${collectionNames.join('|')})`
const wantedCollections = z
  .string()
  .regex(
    new RegExp(`^${oneCollection}(?:,${oneCollection})*$`),
    `names collections, separated by commas: ${collectionNames.join(', ')}`,
  )

const exampleCheckpoint = { token: 'eyJ2IjoxLCJncm91cCI6MSwiY29sbGVjdGlvbiI6ImFuaW1hbHMifQ' }

export const syncPull = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/sync/pull',
  summary: 'Pull what changed in a collection',
  description:
    'Documents of the collection that the user’s sites and the group’s windows hold, changed since the ' +
    'checkpoint; null for the first pull. Fewer than `limit` means caught up. A document that was removed or ' +
    'has left the scope comes as its id with `_deleted: true`. Compressed on request (br, gzip). With ' +
    '`Accept: application/vnd.vetspace.columns+json` the page comes by columns, which is smaller ' +
    'compressed: `{tables: [{fields, columns}], checkpoint}`, a table for all documents of the same fields. With ' +
    '`Prefer: count=exact` the answer also says how many documents a first pull brings of each collection.',
  reads: true,
  auth: { kind: 'user', roles: fieldRoles },
  audit: { kind: 'PULLED' },
  body: pullRequest,
  headers: {
    Prefer: { description: '`count=exact`: the answer says `counts` too', example: countPreference },
  },
  responses: { 200: { description: 'Documents and the next checkpoint', body: pullResponse } },
  errors: ['INVALID_CHECKPOINT', 'DEVICE_CUT_OFF'],
  examples: {
    body: { deviceId: 'phone-of-amelia', collection: 'animals', checkpoint: null, limit: 1000 },
    response: {
      documents: [
        { ...exampleAnimal, _deleted: false },
        { id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e09', _deleted: true },
      ],
      checkpoint: exampleCheckpoint,
    },
  },
})

export const syncNews = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/sync/news',
  summary: 'Ask several collections at once for what is new',
  description:
    'What a device asks first that has pulled all collections before: one request in place of a pull of each. ' +
    '`checkpoints` has the last pull’s of each collection, or null where that brought nothing and none was kept. ' +
    '`pages` has, for each collection with little that is new, all of it and the next checkpoint, as a pull would ' +
    'bring it. `large` names the collections that are to be pulled: they have more than comes with this answer, or ' +
    'their checkpoint is not good, which the pull then says. A collection in neither has nothing new: its checkpoint ' +
    'stays. Compressed on request (br, gzip).',
  reads: true,
  auth: { kind: 'user', roles: fieldRoles },
  audit: { kind: 'PULLED' },
  body: newsRequest,
  responses: { 200: { description: 'What is new, and what is to be pulled', body: newsResponse } },
  errors: ['DEVICE_CUT_OFF'],
  examples: {
    body: {
      deviceId: 'phone-of-amelia',
      checkpoints: { clients: exampleCheckpoint, animals: exampleCheckpoint, treatments: exampleCheckpoint },
    },
    response: {
      pages: {
        animals: { documents: [{ ...exampleAnimal, _deleted: false }], checkpoint: exampleCheckpoint },
      },
      large: ['treatments'],
    },
  },
})

export const syncEvents = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/sync/events',
  summary: 'Hear at once when a collection has changed',
  description:
    'One stream of server-sent events for all collections: `{collection, checkpoint}`. It is a hint to pull; ' +
    'the checkpoint of an event is not to be stored. With `Last-Event-ID` the stream begins with what has changed since ' +
    'that event.',
  auth: { kind: 'user', roles: fieldRoles },
  audit: 'none',
  query: z.strictObject({ deviceId, collections: wantedCollections.optional() }),
  responses: {
    200: {
      description: 'A stream of events',
      body: syncEvent,
      contentType: 'text/event-stream',
    },
  },
  errors: ['DEVICE_CUT_OFF'],
  examples: {
    query: { deviceId: 'phone-of-amelia', collections: 'animals,appointments' },
    response: { collection: 'animals', checkpoint: exampleCheckpoint },
  },
})
