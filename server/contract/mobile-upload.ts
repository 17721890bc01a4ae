/** The Mobile service's uploads. */
import { z } from 'zod'
import { uuid, word } from '../../sync/contract/fields.ts'
import { uploadable, type UploadableType } from '../../sync/contract/records.ts'
import {
  createItem,
  editItem,
  maxBatchItems,
  uploadBatch,
  uploadResults,
} from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { fieldRoles } from './mobile.ts'

const uploadBodyLimit = 16 * 1024 * 1024

const description =
  'Up to 500 items, each for itself: a bad one is REJECTED with the reason and harms no other, and the same ' +
  'batch sent again changes nothing. `{clientItemId, editedAt, data}` makes a record whose id is `clientItemId`; ' +
  '`{clientItemId, id, baseRevision, editedAt, changes: {field: {from, to}}}` changes one. ' +
  'Results come in the order of the items, when everything is on disk.'

/** A batch with its items spelled out, for documents. */
const documentedBatch = (type: UploadableType) =>
  uploadBatch.extend({
    items: z.array(z.union([createItem.extend({ data: uploadable[type] }), editItem])).max(maxBatchItems),
  })

const upload = (name: string, type: UploadableType, examples: { body: unknown }) =>
  call({
    service: 'mobile',
    method: 'POST',
    path: `/v2/mobile/${name}`,
    summary: `Upload ${type}s`,
    description,
    auth: { kind: 'user', roles: fieldRoles },
    body: uploadBatch,
    documentedBody: documentedBatch(type),
    bodyLimit: uploadBodyLimit,
    responses: { 200: { description: 'One result for each item', body: uploadResults } },
    errors: ['BATCH_TOO_LARGE', 'DEVICE_CUT_OFF'],
    examples,
  })

const exampleOf = (data: Record<string, unknown>) => ({
  body: {
    deviceId: 'phone-of-amelia',
    batchId: '1',
    sentAt: '2026-11-23T17:00:00Z',
    items: [{ clientItemId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e01', editedAt: '2026-11-23T10:12:00Z', data }],
  },
})
const id = (n: number) => `0b5fd6a5-7c3a-4d8e-9a57-0000000000${String(n).padStart(2, '0')}`

export const uploadTreatmentItems = upload(
  'uploadTreatmentItems',
  'treatment',
  exampleOf({ animalId: id(1), code: 'CONS', quantity: '1', treatedAt: '2026-11-23T10:12:00Z' }),
)
export const uploadAppointmentItems = upload(
  'uploadAppointmentItems',
  'appointment',
  exampleOf({
    siteId: 1,
    practitionerId: id(2),
    clientId: id(3),
    animalIds: [id(1)],
    startsAt: '2026-11-24T09:00:00Z',
    endsAt: '2026-11-24T09:15:00Z',
  }),
)
export const uploadPaymentItems = upload(
  'uploadPaymentItems',
  'payment',
  exampleOf({
    clientId: id(3),
    method: 'CARD',
    amount: 4500,
    currency: 'GBP',
    takenAt: '2026-11-23T10:30:00Z',
  }),
)
export const uploadClientItems = upload(
  'uploadClientItems',
  'client',
  exampleOf({ lastName: 'Marsh', phones: ['+44 1632 960001'], siteIds: [1] }),
)
export const uploadAnimalItems = upload(
  'uploadAnimalItems',
  'animal',
  exampleOf({ clientId: id(3), name: 'Bramble', species: 'Horse', weightGrams: 512000 }),
)

export const uploadDocument = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/uploadDocument',
  summary: 'Upload a document',
  description:
    'multipart/form-data: the fields first, then `file`. `sha256`, where given, is checked against the bytes ' +
    'that arrived. The document’s id is `clientItemId`; sent again with the same bytes it is answered the same.',
  auth: { kind: 'user', roles: fieldRoles },
  body: z.strictObject({
    clientItemId: uuid,
    animalId: uuid,
    clientId: uuid.optional(),
    appointmentId: uuid.optional(),
    title: z.string().min(1).max(200),
    category: word,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
      .optional(),
  }),
  bodyKind: 'multipart',
  responses: {
    201: {
      description: 'Kept, on disk',
      body: z.object({
        documentId: uuid,
        sha256: z.string(),
        size: z.int(),
        contentType: z.string(),
      }),
    },
  },
  errors: [
    'FILE_TOO_LARGE',
    'EMPTY_FILE',
    'CHECKSUM_MISMATCH',
    'CLIENT_ITEM_ID_IN_USE',
    'UNKNOWN_REFERENCE',
    'SITE_NOT_ALLOWED',
  ],
})
