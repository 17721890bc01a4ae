/** What uploads of documents have in common, and those that can be resumed (tus 1.0). */
import { z } from 'zod'
import { instant, uuid, word } from '../../sync/contract/fields.ts'
import type { ErrorCode } from './errors.ts'
import { call } from './call.ts'
import { exampleIds } from './example-records.ts'
import { fieldRoles } from './mobile.ts'

const fieldUser = { kind: 'user', roles: fieldRoles } as const

/** What a sender says of a file, on either road. */
export const documentFields = z.strictObject({
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
})
export type DocumentFields = z.output<typeof documentFields>

/** Why a file does not become a document, on either road. */
export const documentErrors = [
  'FILE_TOO_LARGE',
  'EMPTY_FILE',
  'CHECKSUM_MISMATCH',
  'FILE_NAME_REFUSED',
  'CONTENT_TYPE_MISMATCH',
  'FILE_TYPE_NOT_ALLOWED',
  'ARCHIVE_REFUSED',
  'POLYGLOT_FILE',
  'ACTIVE_CONTENT',
  'VIRUS_FOUND',
  'SCANNER_UNAVAILABLE',
  'UPLOAD_QUOTA_EXCEEDED',
  'CLIENT_ITEM_ID_IN_USE',
  'UNKNOWN_REFERENCE',
  'SITE_NOT_ALLOWED',
  'PROSPECT_NOT_REGISTERED',
] as const satisfies readonly ErrorCode[]

const tusHeaders = {
  'Tus-Resumable': '1.0.0',
  'Tus-Version': '1.0.0',
  'Tus-Extension':
    'creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation',
  'Tus-Checksum-Algorithm': 'sha1,sha256,sha512,md5',
}
const tusResumable = {
  description: 'The version of the protocol: 1.0.0',
  required: true,
  example: '1.0.0',
} as const
const uploadChecksum = {
  description:
    'Algorithm and base64 digest of the bytes of this request; they are kept only where they match.',
  example: 'sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
}

const uploadErrors = ['TUS_VERSION_UNSUPPORTED', 'UPLOAD_LOCKED'] as const satisfies readonly ErrorCode[]
const uploadParams = z.strictObject({ uploadId: uuid })
const uploadId = '5f0e7b62-9c1d-4a37-8b6e-2d90c4a1f385'

const metadataExample = Object.entries({
  clientItemId: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e01',
  animalId: exampleIds.animalId,
  title: 'Wound, left fore',
  category: 'photo',
  filename: 'wound.jpg',
  filetype: 'image/jpeg',
})
  .map(([name, value]) => `${name} ${btoa(value)}`)
  .join(',')

export const startUpload = call({
  service: 'mobile',
  method: 'POST',
  path: '/v2/mobile/documents/uploads',
  summary: 'Begin a resumable upload of a document',
  description:
    'tus 1.0 (https://tus.io/protocols/resumable-upload), for any tus client. `Upload-Metadata` has the fields of ' +
    'uploadDocument, with what is said there of an animal that is not known yet, and `filename` and `filetype`. ' +
    'The bytes may come along (creation-with-upload), the length may be told later (`Upload-Defer-Length: 1`), ' +
    'and parts sent at once may be joined (`Upload-Concat`). When the last byte is there, the whole is checked and ' +
    'becomes a document, before the answer. An upload belongs to its user and is kept for 7 days. It goes on at ' +
    'the address in `Location`: HEAD (or GET, for the same as JSON) says how far it is, PATCH with `Upload-Offset` ' +
    'sends the next bytes, DELETE gives it up.',
  auth: fieldUser,
  bodyKind: 'bytes',
  headers: {
    'Tus-Resumable': tusResumable,
    'Upload-Length': { description: 'Bytes of the whole file', example: '2000000' },
    'Upload-Defer-Length': { description: '1 where the length is told later' },
    'Upload-Metadata': {
      description: 'Names and base64 values, separated by commas',
      example: metadataExample,
    },
    'Upload-Concat': { description: '`partial`, or `final;` and the URLs of the parts' },
    'Upload-Checksum': uploadChecksum,
  },
  answerHeaders: tusHeaders,
  responses: { 201: { description: 'Begun; `Location` is where it goes on', body: null } },
  errors: [
    ...documentErrors,
    ...uploadErrors,
    'CHUNK_CHECKSUM_MISMATCH',
    'UPLOAD_PART_NOT_READY',
    'NOT_FOUND',
  ],
})

export const uploadStatus = call({
  service: 'mobile',
  method: 'GET',
  path: '/v2/mobile/documents/uploads/:uploadId',
  summary: 'How far a resumable upload is',
  description:
    'HEAD, as tus clients ask it, answers with `Upload-Offset` and `Upload-Length`; GET with the same as JSON, and ' +
    'the document that it became.',
  auth: fieldUser,
  audit: 'none',
  params: uploadParams,
  answerHeaders: tusHeaders,
  responses: {
    200: {
      description: 'How far it is',
      body: z.object({
        uploadId: uuid,
        offset: z.int().describe('Bytes that have arrived'),
        length: z.int().nullable(),
        expiresAt: instant,
        documentId: uuid.nullable(),
      }),
    },
  },
  errors: [...documentErrors, ...uploadErrors, 'NOT_FOUND', 'UPLOAD_EXPIRED'],
  examples: {
    params: { uploadId },
    response: {
      ...{ uploadId, offset: 0, length: 2_000_000, documentId: null },
      expiresAt: '2026-11-30T18:00:00.000Z',
    },
  },
})

export const continueUpload = call({
  service: 'mobile',
  method: 'PATCH',
  path: '/v2/mobile/documents/uploads/:uploadId',
  summary: 'Send more of a resumable upload',
  description:
    'The next bytes, from `Upload-Offset` on. Whatever arrives is kept, also where the connection breaks; with ' +
    '`Upload-Checksum` all of a request or nothing. The answer to the last byte says that the document is there; its ' +
    'id is `clientItemId`, and GET of the upload says it as well. A client that can send no PATCH sends POST with ' +
    '`X-HTTP-Method-Override: PATCH`.',
  auth: fieldUser,
  params: uploadParams,
  bodyKind: 'bytes',
  headers: {
    'Tus-Resumable': tusResumable,
    'Upload-Offset': { description: 'Bytes that have arrived so far', required: true, example: '0' },
    'Upload-Length': { description: 'Bytes of the whole file, where that was deferred' },
    'Upload-Checksum': uploadChecksum,
  },
  answerHeaders: tusHeaders,
  responses: { 204: { description: 'Kept; `Upload-Offset` says how much has arrived', body: null } },
  errors: [
    ...documentErrors,
    ...uploadErrors,
    'CHUNK_CHECKSUM_MISMATCH',
    'UPLOAD_OFFSET_MISMATCH',
    'UPLOAD_JOINED',
    'UPLOAD_EXPIRED',
    'NOT_FOUND',
  ],
  examples: { params: { uploadId } },
})

export const discardUpload = call({
  service: 'mobile',
  method: 'DELETE',
  path: '/v2/mobile/documents/uploads/:uploadId',
  summary: 'Give up a resumable upload',
  description: 'What has arrived of it is thrown away. A finished one is a document, and not touched.',
  auth: fieldUser,
  params: uploadParams,
  headers: { 'Tus-Resumable': tusResumable },
  answerHeaders: tusHeaders,
  responses: { 204: { description: 'Gone', body: null } },
  errors: [...uploadErrors, 'UPLOAD_FINISHED', 'UPLOAD_EXPIRED', 'NOT_FOUND'],
  examples: { params: { uploadId } },
})
