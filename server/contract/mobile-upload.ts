/** The Mobile service's uploads. */
import { z } from 'zod'
import { uuid } from '../../sync/contract/fields.ts'
import { uploadable, type UploadableType } from '../../sync/contract/records.ts'
import {
  createItem,
  editItem,
  maxBatchItems,
  uploadBatch,
  uploadResults,
} from '../../sync/contract/upload.ts'
import { call } from './call.ts'
import { documentErrors, documentFields } from './document-uploads.ts'
import {
  exampleAnimal,
  exampleAppointment,
  exampleIds,
  exampleServed,
  exampleTreatment,
} from './example-records.ts'
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

const upload = (name: string, type: UploadableType, examples: { body: unknown; response: unknown }) =>
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

const clientItemId = exampleTreatment.id
const examplesOf = (data: Record<string, unknown>, kept: Record<string, unknown>) => ({
  body: {
    deviceId: 'phone-of-amelia',
    batchId: '1',
    sentAt: '2026-11-23T17:00:00Z',
    items: [{ clientItemId, editedAt: '2026-11-23T10:12:00Z', data }],
  },
  response: {
    results: [
      {
        clientItemId,
        id: clientItemId,
        revision: exampleTreatment.revision,
        outcome: 'CREATED',
        record: { ...kept, ...data, id: clientItemId, revision: exampleTreatment.revision },
      },
    ],
  },
})
const { animalId, clientId, practitionerId } = exampleIds

export const uploadTreatmentItems = upload(
  'uploadTreatmentItems',
  'treatment',
  examplesOf(
    { animalId, code: 'CONS', quantity: '1', treatedAt: '2026-11-23T10:12:00Z' },
    { ...exampleTreatment, notes: null },
  ),
)
export const uploadAppointmentItems = upload(
  'uploadAppointmentItems',
  'appointment',
  examplesOf(
    {
      siteId: 1,
      practitionerId,
      clientId,
      animalIds: [animalId],
      startsAt: '2026-11-24T10:45:00Z',
      endsAt: '2026-11-24T11:00:00Z',
    },
    {
      ...exampleAppointment,
      status: 'BOOKED',
      reasonId: null,
      reasonText: null,
      statusTimes: { BOOKED: '2026-11-23T10:12:00.000Z' },
    },
  ),
)
export const uploadPaymentItems = upload(
  'uploadPaymentItems',
  'payment',
  examplesOf(
    { clientId, method: 'CARD', amount: 4500, currency: 'GBP', takenAt: '2026-11-23T10:30:00Z' },
    {
      ...exampleServed,
      siteIds: [1, 2],
      appointmentId: null,
      allocations: null,
      reversalOf: null,
      notes: null,
    },
  ),
)
export const uploadClientItems = upload(
  'uploadClientItems',
  'client',
  examplesOf(
    { title: 'Mr', firstName: 'Owen', lastName: 'Price', phones: ['+44 1632 960201'], siteIds: [1] },
    { ...exampleServed, address: null, emails: [], deactivated: false, externalIds: [] },
  ),
)
export const uploadAnimalItems = upload(
  'uploadAnimalItems',
  'animal',
  examplesOf(
    { clientId, name: 'Bramble', species: 'Horse', weightGrams: 512_000, allergies: [] },
    { ...exampleAnimal, breed: null, sex: null, colour: null, dateOfBirth: null, microchip: null },
  ),
)

export const uploadDocument = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/uploadDocument',
  summary: 'Upload a document',
  description:
    'multipart/form-data: the fields, and the `file`. `sha256` and `size`, where given, are checked against the ' +
    'bytes that arrived, and the content against the part’s Content-Type. The document’s id is `clientItemId`; sent ' +
    'again with the same bytes it is answered the same. An animal that is not known yet is no reason to refuse: its ' +
    'own upload may still be on its way from a phone without signal. Until it comes, the document is kept for the ' +
    'sites of whoever sent it; then it becomes the animal’s. A `clientId` or an `appointmentId` has to be known.',
  auth: { kind: 'user', roles: fieldRoles },
  body: documentFields.extend({
    size: z.int().min(0).optional().describe('Bytes of the file, where the sender knows them'),
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
  errors: [...documentErrors, 'SIZE_MISMATCH'],
  examples: {
    body: { clientItemId, animalId, title: 'Left fore, day 3', category: 'photo' },
    response: {
      documentId: clientItemId,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      size: 184_320,
      contentType: 'image/jpeg',
    },
  },
})
