/** GET, PATCH, DELETE /v2/mobile/documents/{documentId}, and POST …/restore */
import { isRemoved } from '../../../sync/feed/entries.ts'
import { reviseRecord, type Revised } from '../../../sync/write/revise.ts'
import type { Group } from '../../../sync/group.ts'
import { nameFault, safeFileName } from '../../../uploads/file-name.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { checkRevision, documentOf, findDocument, type Found } from './find.ts'

export const getDocument: Handler<Api['getDocument']> = async (input, app) => {
  const { doc } = await findDocument(input, app)
  return { status: 200, body: documentOf(doc) }
}

const passedOn = ['UNKNOWN_REFERENCE', 'SITE_NOT_ALLOWED'] as const

export const updateDocument: Handler<Api['updateDocument']> = async (input, app) => {
  const { group, doc } = await findDocument(input, app)
  checkRevision(input, doc)
  const { fileName, ...rest } = input.body
  const bad = fileName === undefined ? undefined : nameFault(fileName)
  if (bad !== undefined)
    return input.fail('FILE_NAME_REFUSED', {
      detail: `${bad}.`,
      errors: [{ path: 'fileName', message: bad }],
    })
  const wanted = { ...rest, ...(fileName === undefined ? {} : { fileName: safeFileName(fileName) }) }
  const changes = changesOf(doc, wanted)
  if (Object.keys(changes).length === 0) return { status: 200, body: documentOf(doc) }
  const at = app.now()
  const clientItemId = input.derivedId('edit')
  const editedAt = new Date(at).toISOString()
  const item = { clientItemId, id: input.params.documentId, baseRevision: doc._rev, editedAt, changes }
  const times = { sentAt: at, receivedAt: at }
  const [result] = await group.upload({
    ...{ type: 'document', actor: input.caller.user, deviceId: null, ...times, items: [item] },
  })
  if (result?.outcome !== 'REJECTED')
    return { status: 200, body: documentOf((await findDocument(input, app)).doc) }
  const errors = (result.errors ?? []).map(({ path, message }) => ({
    path: path.replace(/^changes\./, '').replace(/\.to$/, ''),
    message,
  }))
  const code = passedOn.find((known) => known === result.errors?.[0]?.code) ?? 'INVALID_REQUEST'
  return input.fail(code, { errors })
}

const changesOf = (
  doc: Found,
  wanted: Record<string, unknown>,
): Record<string, { from: unknown; to: unknown }> =>
  Object.fromEntries(
    Object.entries(wanted)
      .filter(([field, to]) => to !== undefined && to !== doc[field])
      .map(([field, to]) => [field, { from: doc[field] ?? null, to }]),
  )

/** Removes or brings back; what is so already stays as it is. */
const setDeletedAt = async (
  group: Group,
  id: string,
  change: { deletedAt: string | null; expected: readonly string[] | undefined },
  writing: { by: string; at: number },
): Promise<Revised> => {
  const { deletedAt, expected } = change
  return await reviseRecord(
    group.db,
    {
      ...{ type: 'document', id, expected },
      change: (doc) => (isRemoved(doc) === (deletedAt !== null) ? undefined : { deletedAt }),
    },
    writing,
  )
}

export const deleteDocument: Handler<Api['deleteDocument']> = async (input, app) => {
  const { group, doc } = await findDocument(input, app, { removedToo: true })
  if (isRemoved(doc)) return { status: 204 }
  checkRevision(input, doc)
  const at = app.now()
  const change = { deletedAt: new Date(at).toISOString(), expected: input.ifMatch }
  const revised = await setDeletedAt(group, input.params.documentId, change, {
    by: input.caller.user.userId,
    at,
  })
  if (revised.outcome === 'stale') checkRevision(input, revised.doc as Found)
  return { status: 204 }
}

export const restoreDocument: Handler<Api['restoreDocument']> = async (input, app) => {
  const { group, doc } = await findDocument(input, app, { removedToo: true })
  if (doc.purgedAt) return input.fail('DOCUMENT_PURGED')
  checkRevision(input, doc)
  const change = { deletedAt: null, expected: input.ifMatch }
  const by = { by: input.caller.user.userId, at: app.now() }
  const revised = await setDeletedAt(group, input.params.documentId, change, by)
  if (revised.outcome === 'missing') return input.fail('NOT_FOUND')
  if (revised.outcome === 'stale') checkRevision(input, revised.doc as Found)
  return { status: 200, body: documentOf(revised.doc) }
}
