/** GET /v2/mobile/documents/{documentId}/thumbnail */
import { FileMissing } from '../../../uploads/storage/port.ts'
import type { Api } from '../../contract/api.ts'
import { verdict } from '../../http/conditions.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { fileOf, findDocument } from './find.ts'
import { safety } from './safety.ts'

export const documentThumbnail: Handler<Api['documentThumbnail']> = async (input, app) => {
  const { size, version } = input.query
  const { doc } = await findDocument(input, app)
  const file = fileOf(doc, version)
  if (!file || doc.purgedAt) return input.fail('NOT_FOUND')
  const etag = `"${file.sha256}-${size}"`
  const headers = { ...safety, ETag: etag, 'Cache-Control': 'private, max-age=86400' }
  const found = verdict(input.request.headers, { etag, modifiedAt: Date.parse(file.storedAt) })
  if (found === 'failed') return input.fail('PRECONDITION_FAILED')
  if (found === 'unchanged') return { status: 304, headers }
  const address = { groupId: input.caller.user.groupId, sha256: file.sha256 }
  const bytes = await app.thumbnails
    .of({ address, contentType: file.contentType, size })
    .catch((error: unknown) => {
      if (error instanceof FileMissing)
        return input.fail('FILE_MISSING', { retryAfterSeconds: 60, cause: error })
      throw error
    })
  if (!bytes) return input.fail('NO_THUMBNAIL')
  const described = { 'Content-Type': 'image/jpeg', 'Content-Length': String(bytes.length) }
  input.response.writeHead(200, { ...headers, ...described })
  input.response.end(input.request.method === 'HEAD' ? undefined : bytes)
  return streamed
}
