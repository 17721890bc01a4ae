/** Files: sent whole, sent in parts by the tus protocol, read, changed, removed and restored. */
import { statSync } from 'node:fs'
import { bare, field, type Step } from './step.ts'

const documentId = { documentId: '${documentItem}' }
const { size } = statSync(new URL('photo.png', import.meta.url))
const tus = { 'Tus-Resumable': '1.0.0' }

const begun = (metadata: string, upload: string): Step => ({
  ...{ call: 'startUpload', as: 'vet' },
  headers: { ...tus, 'Upload-Length': String(size), 'Upload-Metadata': metadata },
  take: { [upload]: { pattern: '(?i)location: .*/uploads/([0-9a-f-]+)', from: 'headers' } },
})

export const documentSteps: readonly Step[] = [
  {
    ...{ call: 'uploadDocument', as: 'vet' },
    form: {
      ...{ clientItemId: '${documentItem}', animalId: '${animalItem}' },
      ...{ title: 'Left fore, day 3', category: 'photo' },
    },
  },
  { call: 'listDocuments', as: 'vet', query: { animalId: '${animalItem}', limit: '50' } },
  { call: 'getDocument', as: 'vet', params: documentId, take: { documentRevision: field('revision') } },
  { call: 'updateDocument', as: 'vet', params: documentId, body: { title: 'Left fore, day 4' } },
  { call: 'documentContent', as: 'vet', params: documentId },
  { call: 'documentThumbnail', as: 'vet', params: documentId },
  { call: 'addDocumentVersion', as: 'vet', params: documentId, form: {} },
  { call: 'deleteDocument', as: 'vet', params: documentId },
  { call: 'restoreDocument', as: 'vet', params: documentId },
  begun('${uploadMetadata}', 'upload'),
  { call: 'uploadStatus', as: 'vet', params: { uploadId: '${upload}' }, headers: tus },
  {
    ...{ call: 'continueUpload', as: 'vet', params: { uploadId: '${upload}' }, bytes: true },
    headers: { ...tus, 'Upload-Offset': '0' },
  },
  begun('${discardedMetadata}', 'discarded'),
  { call: 'discardUpload', as: 'vet', params: { uploadId: '${discarded}' }, headers: tus },
  // Set to what they are, so that nobody's documents are kept longer or shorter.
  { call: 'getDocumentSettings', as: 'admin', take: { keepGps: '"keepGps":(true|false)' } },
  { call: 'putDocumentSettings', as: 'admin', body: { keepGps: bare('keepGps') } },
]
