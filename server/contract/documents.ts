/** Documents: files about an animal or a client. Uploads of them are in document-uploads.ts and mobile-upload.ts. */
import { z } from 'zod'
import { day, instant, uuid, word } from '../../sync/contract/fields.ts'
import { document } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { documentErrors, documentFields } from './document-uploads.ts'
import { exampleIds, exampleServed } from './example-records.ts'
import { fieldRoles } from './mobile.ts'
import { cursor, limit, wholeBetween } from './query.ts'

const fieldUser = { kind: 'user', roles: fieldRoles } as const

const documentParams = z.strictObject({ documentId: uuid })
const documentId = '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e01'

const exampleDocument = {
  ...{ id: documentId, revision: '1-3d1f0a9b5c7e4d2a8b6c0e9f1a2b3c4d', ...exampleServed },
  ...{ documentId, clientItemId: documentId, animalId: exampleIds.animalId, clientId: exampleIds.clientId },
  ...{ appointmentId: null, title: 'Left fore, day 3', category: 'photo', siteIds: [1, 2] },
  ...{ fileName: 'photo.jpg', contentType: 'image/jpeg', size: 184_320 },
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
}

const removed = z.object({ id: uuid, deleted: z.literal(true), modifiedAt: instant })

export const listDocuments = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents',
  summary: 'Documents of an animal, a client, a category',
  description:
    'Newest first; filters may be combined. `from` and `to` are days in the time zone of your first site, both ' +
    'included. With `modifiedSince`: what changed since, in the order of changes, ' +
    'removed ones as `{id, deleted: true, modifiedAt}`; keep the last `nextCursor`, which is never null then, and ' +
    'send it for the changes after. `removed=true` lists what was removed and can be restored. A page may hold ' +
    'fewer than `limit` and still have a `nextCursor`.',
  auth: fieldUser,
  query: z.strictObject({
    animalId: uuid.optional(),
    clientId: uuid.optional(),
    category: word.optional(),
    from: day.optional().describe('Made on this day or later'),
    to: day.optional().describe('Made on this day or before'),
    modifiedSince: instant.optional(),
    removed: z.enum(['true', 'false']).optional(),
    cursor,
    limit,
  }),
  responses: {
    200: {
      description: 'A page',
      body: z.object({ items: z.array(z.union([document, removed])), nextCursor: z.string().nullable() }),
    },
  },
  errors: [],
  examples: {
    query: { animalId: exampleIds.animalId, limit: 50 },
    response: { items: [exampleDocument], nextCursor: null },
  },
})

export const getDocument = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents/:documentId',
  summary: 'What is known of one document',
  description: 'Its record, with the older files that took its place; the bytes are at `/content`.',
  auth: fieldUser,
  params: documentParams,
  responses: { 200: { description: 'The document', body: document } },
  errors: ['NOT_FOUND'],
  examples: { params: { documentId }, response: exampleDocument },
})

export const updateDocument = call({
  service: 'mobile',
  method: 'PATCH',
  path: '/v2/mobile/documents/:documentId',
  summary: 'Rename a document, or file it elsewhere',
  description: 'Title, category, file name, appointment. What is left out stays as it is.',
  auth: fieldUser,
  ifMatch: true,
  params: documentParams,
  body: z.strictObject({
    title: z.string().min(1).max(200).optional(),
    category: word.optional(),
    fileName: z.string().min(1).max(200).optional(),
    appointmentId: uuid.nullable().optional(),
  }),
  responses: { 200: { description: 'The document as it is now', body: document } },
  errors: ['NOT_FOUND', 'FILE_NAME_REFUSED', 'UNKNOWN_REFERENCE', 'SITE_NOT_ALLOWED'],
  examples: {
    params: { documentId },
    body: { title: 'Left fore, day 3' },
    response: exampleDocument,
  },
})

export const deleteDocument = call({
  service: 'mobile',
  method: 'DELETE',
  path: '/v2/mobile/documents/:documentId',
  summary: 'Remove a document',
  description: 'It leaves every list and every device, and is kept: `/restore` brings it back.',
  auth: fieldUser,
  audit: { kind: 'DOCUMENT_REMOVED' },
  ifMatch: true,
  params: documentParams,
  responses: { 204: { description: 'Removed, or was before', body: null } },
  errors: ['NOT_FOUND'],
  examples: { params: { documentId } },
})

export const restoreDocument = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/documents/:documentId/restore',
  summary: 'Bring a removed document back',
  description: 'It is in its lists and on devices again, as it was.',
  auth: fieldUser,
  audit: { kind: 'DOCUMENT_RESTORED' },
  idempotent: true,
  ifMatch: true,
  params: documentParams,
  responses: { 200: { description: 'The document', body: document } },
  errors: ['NOT_FOUND', 'DOCUMENT_PURGED'],
  examples: { params: { documentId }, response: exampleDocument },
})

export const addDocumentVersion = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/documents/:documentId/versions',
  summary: 'Put a new file in the place of a document’s',
  description:
    'multipart/form-data: the `file`, and `sha256` and `size` of it where they are known. The older file is kept ' +
    '(`versions`, `/content?version=1`). The same bytes again change nothing.',
  auth: fieldUser,
  ifMatch: true,
  params: documentParams,
  bodyKind: 'multipart',
  body: z.strictObject({ sha256: documentFields.shape.sha256, size: z.int().min(0).optional() }),
  responses: { 201: { description: 'The document with its new file', body: document } },
  errors: [...documentErrors, 'SIZE_MISMATCH', 'NOT_FOUND'],
  examples: {
    params: { documentId },
    body: {},
    response: { ...exampleDocument, revision: '2-5b7c1f0a9b5c7e4d2a8b6c0e9f1a2b3c', version: 2 },
  },
})

const version = wholeBetween(1, 100_000).optional()
const bytes = z.unknown()
const conditions = {
  Range: { description: 'Part of the bytes, or several (RFC 9110, section 14)' },
  'If-None-Match': { description: 'The `ETag` that you hold: answered 304 where it is still that' },
  'If-Range': { description: 'The `ETag` that the range belongs to' },
} as const

export const documentContent = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents/:documentId/content',
  summary: 'The bytes of a document',
  description:
    'As an attachment that no browser runs, with `ETag`, `Last-Modified` and `Accept-Ranges`; conditions and ' +
    'ranges as RFC 9110 has them.',
  auth: fieldUser,
  params: documentParams,
  query: z.strictObject({ version }),
  headers: conditions,
  responses: {
    200: { description: 'All of it', body: bytes, contentType: 'application/octet-stream' },
    206: { description: 'The ranges asked for', body: bytes, contentType: 'application/octet-stream' },
    304: { description: 'Not changed', body: null },
  },
  errors: ['NOT_FOUND', 'PRECONDITION_FAILED', 'RANGE_NOT_SATISFIABLE', 'FILE_MISSING'],
  examples: { params: { documentId }, query: {} },
})

export const documentThumbnail = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents/:documentId/thumbnail',
  summary: 'A small picture of a document',
  description:
    'A JPEG of at most `size` pixels a side, upright, without the place where it was taken: of photographs, and of ' +
    'a PDF’s first page where the server has the tool for it.',
  auth: fieldUser,
  params: documentParams,
  query: z.strictObject({ size: wholeBetween(32, 1024).default(256), version }),
  headers: { 'If-None-Match': conditions['If-None-Match'] },
  responses: {
    200: { description: 'The picture', body: bytes, contentType: 'image/jpeg' },
    304: { description: 'Not changed', body: null },
  },
  errors: ['NOT_FOUND', 'NO_THUMBNAIL', 'FILE_MISSING', 'PRECONDITION_FAILED'],
  examples: { params: { documentId }, query: { size: 256 } },
})

/** What a group may set of its documents. */
export const documentSettingsBody = z.strictObject({
  allowedTypes: z.array(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/, 'must be a content type')).max(200),
  keepGps: z.boolean().describe('Whether photographs keep the place where they were taken'),
  retentionDays: z
    .record(word, z.int().min(1).max(36_500))
    .describe('Category → days after which its documents are removed and their files forgotten'),
  fileLimit: z.int().min(1).nullable().describe('Largest file in bytes, below the server’s own limit'),
  dailyBytesPerUser: z.int().min(1).nullable().describe('Bytes that one user may send a day (UTC)'),
})

const exampleSettings = {
  ...{ allowedTypes: ['image/jpeg', 'application/pdf'], keepGps: false },
  ...{ retentionDays: { passport: 365 }, fileLimit: null, dailyBytesPerUser: null },
}

export const getDocumentSettings = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents/settings',
  summary: 'What the group wants of its documents',
  description: 'Kinds of file taken, the place in photographs, time of keeping by category, limits.',
  auth: { kind: 'user', roles: ['vet', 'nurse', 'reception', 'groupAdmin'] },
  audit: 'none',
  responses: { 200: { description: 'The settings', body: documentSettingsBody } },
  errors: [],
  examples: { response: exampleSettings },
})

export const putDocumentSettings = call({
  service: 'mobile',
  method: 'PUT',
  path: '/v2/mobile/documents/settings',
  summary: 'Set what the group wants of its documents',
  description: 'Fields that are left out stay as they are.',
  auth: { kind: 'user', roles: ['groupAdmin'] },
  audit: { kind: 'SETTINGS_CHANGED' },
  body: documentSettingsBody.partial(),
  responses: { 200: { description: 'The settings as they are now', body: documentSettingsBody } },
  errors: [],
  examples: { body: { keepGps: false, retentionDays: { passport: 365 } }, response: exampleSettings },
})
