/**
 * From bytes that have arrived whole to a document, the same on every road: checksum, name, content, references,
 * then the bytes are committed, then the record is written; whoever called answers only after that.
 *
 * The bytes are committed before the record: a record never names a file that is not on disk. What is refused leaves
 * no file, but for a crash, or a reference that vanishes, between the two; such a file is named by nobody.
 */
import type { z } from 'zod'
import type { documentData } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import { docId } from '../../../sync/write/document.ts'
import { prospectRefusal } from '../../../sync/write/prospects.ts'
import { References } from '../../../sync/write/references.ts'
import { ContentRefused, inspect } from '../../../uploads/content/inspect.ts'
import { withoutPlace } from '../../../uploads/content/location.ts'
import { nameFault, safeContentType, safeFileName } from '../../../uploads/file-name.ts'
import type { StagedFile } from '../../../uploads/storage/port.ts'
import type { DocumentFields } from '../../contract/document-uploads.ts'
import type { FailOptions } from '../../http/problem.ts'
import type { Found } from './find.ts'
import { handOver } from './hand-over.ts'
import { checkQuota, countAgainstQuota } from './quota.ts'
import { scan } from './scan.ts'
import type { Announced, Finishing } from './finishing.ts'
import { documentSettings, type DocumentSettings } from './group-settings.ts'

type Data = z.output<typeof documentData>

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
  const { app, user } = finishing
  const group = await app.groups.get(user.groupId)
  const settings = await documentSettings(group)
  checkSize(finishing, size, settings)
  checkName(finishing, announced)
  const recorded = await group.db.get(docId('document', announced.fields.clientItemId))
  if (recorded) return
  await checkQuota(finishing, settings, size ?? 0)
  await checkReferences(finishing, group, announced.fields)
}

const checkSize = ({ app, fail }: Finishing, size: number | undefined, settings: DocumentSettings): void => {
  if (size === 0) return fail('EMPTY_FILE', { errors: [{ path: 'file', message: 'has no bytes' }] })
  const limit = Math.min(app.config.fileLimit, settings.fileLimit ?? Infinity)
  if (size !== undefined && size > limit)
    return fail('FILE_TOO_LARGE', fault('file', `A file may have up to ${limit} bytes`))
}

const checkName = ({ fail }: Finishing, { fileName }: Pick<Announced, 'fileName'>): void => {
  const bad = nameFault(fileName)
  if (bad !== undefined) fail('FILE_NAME_REFUSED', fault('file', bad))
}

const checkReferences = async (
  finishing: Finishing,
  group: Group,
  values: Record<string, unknown>,
): Promise<void> => {
  const references = new References(group.db)
  await references.load('document', [values])
  const refusal =
    references.check('document', values, finishing.user, 'data') ??
    (await prospectRefusal('document', values, { db: group.db, references }))
  if (refusal) refuse(finishing, refusal.errors)
}

/** A file as its sender describes it, checksum too. */
interface Described extends Pick<Announced, 'fileName' | 'contentType'> {
  sha256?: string | undefined
}

/** A file that may become a document's. Disposing throws it away where it was not committed. */
interface CheckedFile extends AsyncDisposable {
  staged: StagedFile
  contentType: string
  fileName: string
  /** Counts it among what its sender has sent today; before it is committed. */
  count: () => Promise<void>
}

/** Checks a file that has arrived whole, and takes the place out of a photograph where the group does not want it. */
export const checkFile = async (
  finishing: Finishing,
  described: Described,
  arrived: StagedFile,
): Promise<CheckedFile> => {
  const { app, user, fail } = finishing
  const settings = await documentSettings(await app.groups.get(user.groupId))
  checkSize(finishing, arrived.size, settings)
  if (described.sha256 !== undefined && described.sha256 !== arrived.sha256)
    return fail('CHECKSUM_MISMATCH', {
      errors: [{ path: 'sha256', message: 'is not the SHA-256 of the bytes that arrived' }],
      extra: { sha256: arrived.sha256, size: arrived.size },
    })
  checkName(finishing, described)
  const contentType = await typeOf(finishing, described, arrived, settings)
  await scan(finishing, arrived)
  const fileName = safeFileName(described.fileName)
  const bare = settings.keepGps ? undefined : await withoutPlace(arrived, contentType)
  const staged = bare ? await app.files.stage(user.groupId, bare) : arrived
  const count = () => countAgainstQuota(finishing, settings, staged.size)
  return { staged, contentType, fileName, count, [Symbol.asyncDispose]: () => staged.abort() }
}

/**
 * Makes a document of a staged file; the same again is answered the same.
 * @returns its record's data
 */
export const finishDocument = async (
  finishing: Finishing,
  announced: Announced,
  arrived: StagedFile,
): Promise<Data> => {
  const { app, user, fail } = finishing
  const { fields } = announced
  const group = await app.groups.get(user.groupId)
  const recorded = (await group.db.get(docId('document', fields.clientItemId))) as Found | undefined
  await using file = await checkFile(finishing, { ...announced, sha256: fields.sha256 }, arrived)
  const { staged } = file
  if (!recorded) await checkReferences(finishing, group, fields)
  const data = dataOf(fields, file, recorded)
  // A file that others have taken the place of since was kept long ago.
  if (recorded?.versions?.some(({ sha256 }) => sha256 === staged.sha256)) return data
  if (recorded && recorded.sha256 !== staged.sha256)
    return fail('CLIENT_ITEM_ID_IN_USE', fault('clientItemId', 'It belongs to another file'))
  if (!recorded) await file.count()
  await staged.commit()
  if (!recorded?.versions) await record(finishing, group, fields.clientItemId, data)
  await handOver(app, user.groupId, { documentId: fields.clientItemId, data })
  return data
}

const typeOf = async (
  { fail }: Finishing,
  { contentType }: Described,
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
const dataOf = (fields: DocumentFields, file: CheckedFile, recorded: Found | undefined): Data => {
  const { animalId, clientId = null, appointmentId = null, title, category } = fields
  const { sha256, size } = file.staged
  const { fileName, contentType } = recorded ?? file
  return { animalId, clientId, appointmentId, title, category, fileName, contentType, size, sha256 }
}

const record = async (
  finishing: Finishing,
  group: Group,
  clientItemId: string,
  data: Data,
): Promise<void> => {
  const { app, user } = finishing
  // Not when the request came in: a large file takes its time, and lists of changes go by this.
  const at = app.now()
  const [result] = await group.upload({
    type: 'document',
    actor: user,
    deviceId: null,
    sentAt: at,
    receivedAt: at,
    items: [{ clientItemId, editedAt: new Date(at).toISOString(), data }],
  })
  if (!result || result.outcome === 'REJECTED') refuse(finishing, result?.errors ?? [])
}

const passedOn = [
  'UNKNOWN_REFERENCE',
  'SITE_NOT_ALLOWED',
  'CLIENT_ITEM_ID_IN_USE',
  'PROSPECT_NOT_REGISTERED',
] as const

/** Ends the call with what the write path found. */
const refuse = (
  { fail }: Finishing,
  reasons: readonly { path: string; code: string; message: string }[],
): never => {
  const code = passedOn.find((known) => known === reasons[0]?.code) ?? 'INVALID_REQUEST'
  const errors = reasons.map(({ path, message }) => ({ path: path.replace(/^data\./, ''), message }))
  return fail(code, { ...(reasons[0] ? { detail: `${reasons[0].message}.` } : {}), errors })
}
