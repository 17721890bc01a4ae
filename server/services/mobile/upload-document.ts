/** POST /v2/mobile/uploadDocument */
import type { Api } from '../../contract/api.ts'
import { documentFields } from '../../contract/document-uploads.ts'
import { uploadDocument as declaration } from '../../contract/mobile-upload.ts'
import type { Handler } from '../../http/handler.ts'
import { finishDocument } from '../documents/finish.ts'
import { receiveDocument } from '../documents/receive.ts'

export const uploadDocument: Handler<Api['uploadDocument']> = async (input, app) => {
  await using arrived = await receiveDocument(input, app, declaration)
  const { file, ...sent } = arrived.sent
  const { caller, receivedAt, fail } = input
  const finishing = { app, user: caller.user, receivedAt, fail }
  const announced = { ...file, fields: documentFields.strip().parse(sent) }
  const { sha256, size, contentType } = await finishDocument(finishing, announced, file.staged)
  return { status: 201, body: { documentId: sent.clientItemId, sha256, size, contentType } }
}
