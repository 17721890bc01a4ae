/** Sends documents: one multipart request each, with the hash of the bytes, checked by the server. */
import { ApiError, OfflineError } from '../errors.ts'
import { send } from '../http/request.ts'
import { sha256Hex } from '../session/password.ts'
import type { RunContext } from './context.ts'
import type { UploadResult } from './limits.ts'
import type { Upload } from './push.ts'
import { setAside, type Item } from './upload-items.ts'

const timeoutMs = 15 * 60_000
/** Refusals of this file; others are of the caller, and it is tried again. */
const refusals = new Set([400, 404, 409, 413, 415, 422])

const asFields = (id: string, data: Record<string, unknown>): [string, string][] => {
  const fields: [string, string][] = [['clientItemId', id]]
  for (const name of ['animalId', 'clientId', 'appointmentId', 'title', 'category', 'sha256'])
    if (typeof data[name] === 'string') fields.push([name, data[name]])
  return fields
}

/** The upload of the documents collection. */
export const documentUpload =
  (run: RunContext): Upload =>
  async (items, onBatch) => {
    for (const item of items) onBatch([item], [await sendOne(run, item)])
  }

const sendOne = async (run: RunContext, item: Item): Promise<UploadResult> => {
  const { transport, session, database, stop } = run
  const id = String(item['clientItemId'])
  const data = item['data'] as Record<string, unknown>
  const bytes = await database.files.get(id)
  if (!bytes) return missing(item)
  const path = '/v2/mobile/uploadDocument'
  try {
    const answer = await session.authorized((headers) => {
      const form = new FormData()
      for (const [name, value] of asFields(id, data)) form.append(name, value)
      form.append('file', new Blob([bytes], { type: String(data['contentType']) }), String(data['fileName']))
      return send(transport, { method: 'POST', path, headers, form, stop, timeoutMs })
    })
    if (answer?.['documentId'] !== id) throw new OfflineError('The answer is not one of the server’s')
    return { clientItemId: id, id, revision: null, outcome: 'CREATED' }
  } catch (error) {
    if (!(error instanceof ApiError && refusals.has(error.status))) throw error
    // The bytes that the device has are those that were added, or it would be no use to send them again.
    if (error.code === 'CHECKSUM_MISMATCH' && (await sha256Hex(bytes)) === data['sha256'])
      throw new OfflineError('The file did not arrive whole', { cause: error })
    return { ...setAside(item, error), retryable: error.code === 'UNKNOWN_REFERENCE' }
  }
}

const missing = (item: Item): UploadResult => {
  const error = { path: 'file', code: 'FILE_MISSING', message: 'The file is no longer on this device' }
  const id = String(item['clientItemId'])
  return { clientItemId: id, id, revision: null, outcome: 'REJECTED', errors: [error], retryable: false }
}
