/**
 * From bytes that have arrived whole to a document, the same on every road: checksum, name, content, references,
 * then the bytes are committed, then the record is written; whoever called answers only after that.
 *
 * The bytes are committed before the record: a record never names a file that is not on disk. What is refused leaves
 * no file, but for a crash, or a reference that vanishes, between the two; such a file is named by nobody.
 */
import type { z } from 'zod'
import type { DocumentRecord, documentData } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import { References } from '../../../sync/write/references.ts'
import { ContentRefused, inspect } from '../../../uploads/content/inspect.ts'
import { nameFault, safeContentType, safeFileName } from '../../../uploads/file-name.ts'
import type { StagedFile } from '../../../uploads/storage/port.ts'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { DocumentFields, documentErrors } from '../../contract/documents.ts'
import type { FailOptions } from '../../http/problem.ts'
import { documentSettings, type DocumentSettings } from './settings.ts'

type Data = z.output<typeof documentData>
export type DocumentError = (typeof documentErrors)[number]

/** What is known of a file before its bytes are there. */
export interface Announced {
  fields: DocumentFields
  /** As the sender calls it, folders and all. */
  fileName: string
  contentType: string
}

export interface Finishing {
  app: AppContext
  user: StaffIdentity
  /** ms since the epoch */
  receivedAt: number
  /** Ends the call with a problem. */
  fail: (code: DocumentError | 'INVALID_REQUEST', options?: FailOptions) => never
}

const fault = (path: string, message: string): FailOptions => ({
  detail: `${message}.`,
  errors: [{ path, message }],
})

/** Refuses what can be refused before any byte is there. */
export const checkAnnounced = async (
  finishing: Finishing,
  announced: Announced,
  size: number | undefined,
): Promise<void> => {
  const { app, user, fail } = finishing
  const group = await app.groups.get(user.groupId)
  checkSize(finishing, size)
  const badName = nameFault(announced.fileName)
  if (badName !== undefined) return fail('FILE_NAME_REFUSED', fault('file', badName))
  const recorded = await group.db.get(docId('document', announced.fields.clientItemId))
  if (!recorded) await checkReferences(finishing, group, announced.fields)
}

const checkSize = ({ app, fail }: Finishing, size: number | undefined): void => {
  if (size === 0) return fail('EMPTY_FILE', { errors: [{ path: 'file', message: 'has no bytes' }] })
  const { fileLimit } = app.config
  if (size !== undefined && size > fileLimit)
    return fail('FILE_TOO_LARGE', fault('file', `A file may have up to ${fileLimit} bytes`))
}

const checkReferences = async (
  finishing: Finishing,
  group: Group,
  values: Record<string, unknown>,
): Promise<void> => {
  const references = new References(group.db)
  await references.load('document', [values])
  const refusal = references.check('document', values, finishing.user, 'data')
  if (refusal) refuse(finishing, refusal.errors)
}

/**
 * Makes a document of a staged file; the same again is answered the same.
 * @returns its record's data
 */
export const finishDocument = async (
  finishing: Finishing,
  announced: Announced,
  staged: StagedFile,
): Promise<Data> => {
  const { app, user, fail } = finishing
  const { fields } = announced
  checkSize(finishing, staged.size)
  if (fields.sha256 !== undefined && fields.sha256 !== staged.sha256)
    return fail('CHECKSUM_MISMATCH', {
      errors: [{ path: 'sha256', message: 'is not the SHA-256 of the bytes that arrived' }],
      extra: { sha256: staged.sha256, size: staged.size },
    })
  const group = await app.groups.get(user.groupId)
  const recorded = await group.db.get(docId('document', fields.clientItemId))
  await checkAnnounced(finishing, announced, staged.size)
  if (recorded && recorded['sha256'] !== staged.sha256)
    return fail('CLIENT_ITEM_ID_IN_USE', fault('clientItemId', 'It belongs to another file'))
  const contentType = await typeOf(finishing, announced, staged, await documentSettings(group))
  const data = dataOf({ ...announced, contentType }, staged, recorded)
  await staged.commit()
  await record(finishing, group, fields.clientItemId, data)
  return data
}

const typeOf = async (
  { fail }: Finishing,
  { contentType }: Announced,
  staged: StagedFile,
  { allowedTypes }: DocumentSettings,
): Promise<string> => {
  try {
    return await inspect({ staged, declared: safeContentType(contentType), allowed: allowedTypes })
  } catch (error) {
    if (!(error instanceof ContentRefused)) throw error
    return fail(error.fault, fault('file', error.message))
  }
}

/** The record's data. Sent again, a file keeps the name and type under which it was recorded first. */
const dataOf = (announced: Announced, staged: StagedFile, recorded: StoredDoc | undefined): Data => {
  const { animalId, clientId = null, appointmentId = null, title, category } = announced.fields
  const { sha256, size } = staged
  const called = { fileName: safeFileName(announced.fileName), contentType: announced.contentType }
  const { fileName, contentType } = { ...called, ...(recorded as DocumentRecord | undefined) }
  return { animalId, clientId, appointmentId, title, category, fileName, contentType, size, sha256 }
}

const record = async (
  finishing: Finishing,
  group: Group,
  clientItemId: string,
  data: Data,
): Promise<void> => {
  const { user, receivedAt } = finishing
  const [result] = await group.upload({
    type: 'document',
    actor: user,
    deviceId: null,
    sentAt: receivedAt,
    receivedAt,
    items: [{ clientItemId, editedAt: new Date(receivedAt).toISOString(), data }],
  })
  if (!result || result.outcome === 'REJECTED') refuse(finishing, result?.errors ?? [])
}

const passedOn = ['UNKNOWN_REFERENCE', 'SITE_NOT_ALLOWED', 'CLIENT_ITEM_ID_IN_USE'] as const

/** Ends the call with what the write path found. */
const refuse = (
  { fail }: Finishing,
  reasons: readonly { path: string; code: string; message: string }[],
): never => {
  const code = passedOn.find((known) => known === reasons[0]?.code) ?? 'INVALID_REQUEST'
  const errors = reasons.map(({ path, message }) => ({ path: path.replace(/^data\./, ''), message }))
  return fail(code, { ...(reasons[0] ? { detail: `${reasons[0].message}.` } : {}), errors })
}
