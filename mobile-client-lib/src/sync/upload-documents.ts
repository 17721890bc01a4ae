/** Sends documents by resumable upload, by priority and then the small ones first; checked by their hash. */
import { ApiError, OfflineError } from '../errors.ts'
import { sendFile } from '../http/tus.ts'
import { sha256Hex } from '../session/password.ts'
import type { RunContext } from './context.ts'
import type { UploadResult } from './limits.ts'
import type { Upload } from './push.ts'
import { setAside, type Item } from './upload-items.ts'

const refusals = new Set([400, 404, 409, 413, 415, 422])

/** A refusal of this file, as of an animal at a site that was taken from the user; others are of the caller. */
const isOfFile = (error: unknown): error is ApiError =>
  error instanceof ApiError && (refusals.has(error.status) || error.code === 'SITE_NOT_ALLOWED')

const metadataOf = (id: string, data: Record<string, unknown>): Record<string, string> => {
  const metadata: Record<string, string> = { clientItemId: id }
  for (const name of ['animalId', 'clientId', 'appointmentId', 'title', 'category', 'sha256'])
    if (typeof data[name] === 'string') metadata[name] = data[name]
  return { ...metadata, filename: String(data['fileName']), filetype: String(data['contentType']) }
}

const idOf = (item: Item): string => String(item['clientItemId'])

/** The upload of the documents collection. */
export const documentUpload =
  (run: RunContext): Upload =>
  async (items, onBatch) => {
    for (const item of await inOrder(run, items)) onBatch([item], [await sendOne(run, item)])
  }

const inOrder = async ({ database }: RunContext, items: readonly Item[]): Promise<Item[]> => {
  const known = await Promise.all(
    items.map(async (item) => ({ item, head: await database.files.head(idOf(item)) })),
  )
  return known
    .toSorted(
      ({ head: a }, { head: b }) =>
        (b?.priority ?? 0) - (a?.priority ?? 0) || (a?.size ?? 0) - (b?.size ?? 0),
    )
    .map(({ item }) => item)
}

const sendOne = async (run: RunContext, item: Item): Promise<UploadResult> => {
  const { files, transfers } = run.database
  const id = idOf(item)
  const data = item['data'] as Record<string, unknown>
  const head = await files.head(id)
  if (!head) return missing(item)
  const { size, uploadId } = head
  try {
    await sendFile(run, {
      ...{ size, uploadId, metadata: metadataOf(id, data) },
      from: async (offset) => (await files.from(id, offset)) ?? new Uint8Array(),
      setUpload: (begun) => files.setUpload(id, begun),
      onProgress: (done) => transfers.tell({ id, direction: 'upload', done, total: size }),
    })
    return { clientItemId: id, id, revision: null, outcome: 'CREATED' }
  } catch (error) {
    if (!isOfFile(error)) throw error
    await files.setUpload(id, null)
    // The bytes that the device has are those that were added, or it would be no use to send them again.
    if (error.code === 'CHECKSUM_MISMATCH') {
      const bytes = await files.get(id)
      if (bytes && (await sha256Hex(bytes)) === data['sha256'])
        throw new OfflineError('The file did not arrive whole', { cause: error })
    }
    return { ...setAside(item, error, pathInItem), retryable: error.code === 'UNKNOWN_REFERENCE' }
  } finally {
    transfers.end(id)
  }
}

/** Fields of a document travel in a header; where they are wrong is told as of any other record's. */
const pathInItem = (path: string): string => `data.${path.replace(/^Upload-Metadata\./, '')}`

const missing = (item: Item): UploadResult => {
  const error = { path: 'file', code: 'FILE_MISSING', message: 'The file is no longer on this device' }
  const id = idOf(item)
  return { clientItemId: id, id, revision: null, outcome: 'REJECTED', errors: [error], retryable: false }
}
