/** /v2/mobile/documents/uploads: resumable uploads by the tus protocol. */
import type { UploadMetadata } from '../../../uploads/tus/upload-states.ts'
import { TusRefused, type TusFault } from '../../../uploads/tus/tus-refused.ts'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import { documentErrors, documentFields } from '../../contract/document-uploads.ts'
import { errorTable, type ErrorCode } from '../../contract/errors.ts'
import { ClientGone } from '../../http/body.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { fail, ProblemError } from '../../http/problem.ts'
import { faultsIn } from '../../http/validate.ts'
import { checkAnnounced, finishDocument } from './finish.ts'
import type { Announced, Finishing } from './finishing.ts'
import { fileLimitOf } from './group-settings.ts'

const codes: Record<TusFault, ErrorCode> = {
  NOT_FOUND: 'NOT_FOUND',
  UNKNOWN_PART: 'NOT_FOUND',
  MALFORMED: 'INVALID_REQUEST',
  PART_NOT_READY: 'UPLOAD_PART_NOT_READY',
  WRONG_OFFSET: 'UPLOAD_OFFSET_MISMATCH',
  TOO_LARGE: 'FILE_TOO_LARGE',
  UNKNOWN_VERSION: 'TUS_VERSION_UNSUPPORTED',
  BAD_HEADER: 'INVALID_REQUEST',
  WRONG_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  BAD_CHECKSUM: 'INVALID_REQUEST',
  CHUNK_DIFFERS: 'CHUNK_CHECKSUM_MISMATCH',
  EXPIRED: 'UPLOAD_EXPIRED',
  LOCKED: 'UPLOAD_LOCKED',
  FINISHED: 'UPLOAD_FINISHED',
}
const lockedSeconds = 1

/** `Upload-Metadata` as uploadDocument's fields. */
const announcedBy = (metadata: UploadMetadata): Announced => {
  const { filename, filetype, ...sent } = metadata
  const filled = Object.fromEntries(
    Object.entries(sent).filter(([, value]) => value !== null && value !== ''),
  )
  const faults = faultsIn(documentFields, filled)
  if (!filename) faults.push({ path: 'filename', message: 'is required' })
  if (faults.length > 0)
    return fail('INVALID_REQUEST', {
      detail: 'Upload-Metadata is not as described.',
      errors: faults.map(({ path, message }) => ({ path: `Upload-Metadata.${path}`, message })),
    })
  const contentType = filetype ?? 'application/octet-stream'
  return { fields: documentFields.parse(filled), fileName: String(filename), contentType }
}

/** Whether a failure is about these bytes and would be the same again. */
const isFinal = (error: unknown): boolean =>
  error instanceof ProblemError &&
  (error.code === 'INVALID_REQUEST' || documentErrors.some((code) => code === error.code)) &&
  errorTable[error.code].status < 500 &&
  error.code !== 'UPLOAD_QUOTA_EXCEEDED'

interface Asked {
  request: Parameters<Handler<Api['startUpload']>>[0]['request']
  response: Parameters<Handler<Api['startUpload']>>[0]['response']
  caller: { user: StaffIdentity }
  receivedAt: number
}

const serve = async (asked: Asked, app: AppContext): Promise<typeof streamed> => {
  const { request, response, caller, receivedAt } = asked
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return fail('UNSUPPORTED_ENCODING')
  const { user } = caller
  const finishing: Finishing = { app, user, receivedAt, fail }
  try {
    await app.uploads.serve({
      ...{ request, response, groupId: user.groupId, userId: user.userId, at: receivedAt },
      fileLimit: await fileLimitOf(app, user.groupId),
      check: (metadata, size) => checkAnnounced(finishing, announcedBy(metadata), size),
      complete: async (metadata, staged) => {
        const announced = announcedBy(metadata)
        await finishDocument(finishing, announced, staged)
        return announced.fields.clientItemId
      },
      refuses: isFinal,
    })
    return streamed
  } catch (error) {
    if (request.destroyed && !request.complete) throw new ClientGone('The sender has gone', { cause: error })
    if (!(error instanceof TusRefused)) throw error
    const code = codes[error.fault]
    const wait = error.fault === 'LOCKED' ? { retryAfterSeconds: lockedSeconds } : {}
    return fail(code, {
      detail: error.message.endsWith('.') ? error.message : `${error.message}.`,
      ...wait,
      cause: error,
    })
  }
}

/** An upload that has run out is gone, whether it was swept yet or not. */
const notExpired = async (asked: Asked, app: AppContext, uploadId: string) => {
  const { user } = asked.caller
  const at = asked.receivedAt
  const state = await app.uploads.state(uploadId, { groupId: user.groupId, userId: user.userId, at })
  if (!state) return fail('NOT_FOUND')
  return state.expiresAt <= at ? fail('UPLOAD_EXPIRED') : state
}

export const startUpload: Handler<Api['startUpload']> = (input, app) => serve(input, app)

export const continueUpload: Handler<Api['continueUpload']> = async (input, app) => {
  const { concat } = await notExpired(input, app, input.params.uploadId)
  if (concat?.startsWith('final;') === true) return fail('UPLOAD_JOINED')
  return await serve(input, app)
}

export const discardUpload: Handler<Api['discardUpload']> = async (input, app) => {
  await notExpired(input, app, input.params.uploadId)
  return await serve(input, app)
}

export const uploadStatus: Handler<Api['uploadStatus']> = async (input, app) => {
  const { uploadId } = input.params
  const state = await notExpired(input, app, uploadId)
  if (input.request.method === 'HEAD') return await serve(input, app)
  const offset = await app.uploads.heldOf(state)
  const { size: length, documentId } = state
  const expiresAt = new Date(state.expiresAt).toISOString()
  return { status: 200, body: { uploadId, offset, length, expiresAt, documentId } }
}
