/** POST /v2/mobile/documents/{documentId}/versions */
import { reviseRecord, type Revision } from '../../../sync/write/revise.ts'
import type { RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import { addDocumentVersion as declaration } from '../../contract/documents.ts'
import type { Handler } from '../../http/handler.ts'
import { receiveDocument } from './receive.ts'
import {
  checkRevision,
  currentFile,
  documentOf,
  findDocument,
  type DocumentFile,
  type Found,
} from './find.ts'
import { checkFile } from './finish.ts'
import { handOver } from './hand-over.ts'
import type { Finishing } from './finishing.ts'

export const addDocumentVersion: Handler<Api['addDocumentVersion']> = async (input, app) => {
  const { group, doc } = await findDocument(input, app)
  checkRevision(input, doc)
  await using arrived = await receiveDocument(input, app, declaration)
  const { file, sha256 } = arrived.sent
  const finishing: Finishing = {
    app,
    user: input.caller.user,
    receivedAt: input.receivedAt,
    fail: input.fail,
  }
  await using checked = await checkFile(finishing, { ...file, sha256 }, file.staged)
  const at = app.now()
  if (checked.staged.sha256 !== doc.sha256) await checked.count()
  await checked.staged.commit()
  const { staged, contentType, fileName } = checked
  const next = {
    sha256: staged.sha256,
    size: staged.size,
    contentType,
    fileName,
    storedAt: new Date(at).toISOString(),
  }
  const revised = await reviseRecord(
    group.db,
    {
      ...{ type: 'document', id: input.params.documentId, expected: input.ifMatch },
      change: (now) => replaced(now as Found, next, input.caller.user.userId),
    },
    { by: input.caller.user.userId, at },
  )
  if (revised.outcome === 'missing') return input.fail('NOT_FOUND')
  if (revised.outcome === 'stale') checkRevision(input, revised.doc as Found)
  const record = documentOf(revised.doc)
  await handOver(app, input.caller.user.groupId, { documentId: record.documentId, data: record })
  return { status: 201, body: record }
}

/** The record with a new file, the one before among the older; nothing where it is the same. */
const replaced = (doc: Found, next: Omit<DocumentFile, 'version'>, by: string): Revision => {
  if (doc.sha256 === next.sha256) return undefined
  const before = currentFile(doc)
  const stored = doc as RecordDoc
  const older = { ...before, storedBy: stored['storedBy'] ?? stored.createdBy }
  return { ...next, version: before.version + 1, versions: [...(doc.versions ?? []), older], storedBy: by }
}
