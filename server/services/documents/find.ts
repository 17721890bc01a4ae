/** One document as a call finds it. */
import { isRemoved } from '../../../sync/feed/entries.ts'
import type { DocumentRecord } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, type RecordDoc } from '../../../sync/write/document.ts'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { FailOptions } from '../../http/problem.ts'
import { readable } from '../mobile/readable.ts'

export type Found = RecordDoc & DocumentRecord

/** A document as the API gives it. */
export const documentOf = (doc: StoredDoc): DocumentRecord => apiRecord(doc) as unknown as DocumentRecord

interface Asking {
  params: { documentId: string }
  caller: { user: StaffIdentity }
  ifMatch?: readonly string[] | undefined
}

/** The document that a call is about, removed ones too where asked; fails where there is none. */
export const findDocument = async (
  asking: Asking & { fail: (code: 'NOT_FOUND') => never },
  app: AppContext,
  options: { removedToo?: true } = {},
): Promise<{ group: Group; doc: Found }> => {
  const { params, caller } = asking
  const group = await app.groups.get(caller.user.groupId)
  const doc = await readable(group, 'document', params.documentId, caller.user)
  if (!doc || (isRemoved(doc) && !options.removedToo)) return asking.fail('NOT_FOUND')
  return { group, doc: doc as Found }
}

/** Fails where the caller has seen another revision. */
export const checkRevision = (
  { ifMatch, fail }: Asking & { fail: (code: 'STALE_REVISION', options: FailOptions) => never },
  doc: Found,
): void => {
  if (ifMatch?.includes(doc._rev) === false) fail('STALE_REVISION', { extra: { record: documentOf(doc) } })
}

/** One of a document's files. */
export interface DocumentFile {
  version: number
  sha256: string
  size: number
  contentType: string
  fileName: string
  /** When it came, ISO 8601. */
  storedAt: string
}

export const currentFile = (doc: Found): DocumentFile => {
  const { sha256, size, contentType, fileName, createdAt, version = 1, storedAt = createdAt } = doc
  return { version, sha256, size, contentType, fileName, storedAt }
}

/** The file of a version, the current one where none is named; undefined where there is none. */
export const fileOf = (doc: Found, version: number | undefined): DocumentFile | undefined => {
  const current = currentFile(doc)
  if (version === undefined || version === current.version) return current
  return doc.versions?.find((older) => older.version === version)
}
