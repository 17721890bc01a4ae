/**
 * POST /v2/mobile/uploadDocument
 *
 * The bytes are committed before the record and the record before the answer: a record never names a file that
 * is not on disk. What is refused leaves no file, but for a crash, or a reference that vanishes, between the two;
 * such a file is named by nobody and does no harm.
 */
import type { z } from 'zod'
import type { DocumentRecord, documentData } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import { References } from '../../../sync/write/references.ts'
import { FormRefused, receiveForm, type ReceivedFile, type ReceivedForm } from '../../../uploads/multipart.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import { uploadDocument as declaration } from '../../contract/mobile-upload.ts'
import type { FailCode, Handler, Input } from '../../http/handler.ts'
import type { FieldError } from '../../http/problem.ts'

type Call = Api['uploadDocument']
type Fields = z.output<Call['body']>
type Data = z.output<typeof documentData>

const formCodes = {
  FILE_TOO_LARGE: 'FILE_TOO_LARGE',
  NOT_A_FORM: 'UNSUPPORTED_MEDIA_TYPE',
  UNKNOWN_ENCODING: 'UNSUPPORTED_ENCODING',
} as const

/** The form, its file staged. */
const received = async (input: Input<Call>, app: AppContext): Promise<ReceivedForm> => {
  const { groupId } = input.caller.user
  const options = { storage: app.files, groupId, fileLimit: app.config.fileLimit }
  try {
    return await receiveForm(input.request, input.response, options)
  } catch (error) {
    if (!(error instanceof FormRefused)) throw error
    const code = Object.hasOwn(formCodes, error.fault)
      ? formCodes[error.fault as keyof typeof formCodes]
      : 'INVALID_REQUEST'
    const errors = error.field === undefined ? [] : [{ path: error.field, message: error.message }]
    return input.fail(code, { detail: error.message, errors, cause: error })
  }
}

const faultsOf = (error: z.ZodError): FieldError[] =>
  error.issues.flatMap(({ path, message, ...issue }) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: key, message: 'There is no such field' }))
      : [{ path: path.join('.'), message }],
  )

/** What was sent, checked as far as it can be without looking anything up. */
const checked = (input: Input<Call>, form: ReceivedForm): { fields: Fields; file: ReceivedFile } => {
  const fields = declaration.body.safeParse(form.fields)
  const { file } = form
  const errors = fields.success ? [] : faultsOf(fields.error)
  if (!file) errors.push({ path: 'file', message: 'Send the file, with a file name' })
  if (!fields.success || !file)
    return input.fail('INVALID_REQUEST', { detail: 'The form is not as described.', errors })
  if (file.staged.size === 0) return input.fail('EMPTY_FILE')
  const { sha256 } = fields.data
  if (sha256 !== undefined && sha256 !== file.staged.sha256)
    return input.fail('CHECKSUM_MISMATCH', { extra: { sha256: file.staged.sha256, size: file.staged.size } })
  return { fields: fields.data, file }
}

/** The record's data. Sent again, a file keeps the name and type under which it was recorded first. */
const dataOf = (fields: Fields, file: ReceivedFile, recorded: StoredDoc | undefined): Data => {
  const { animalId, clientId = null, appointmentId = null, title, category } = fields
  const { sha256, size } = file.staged
  const { fileName, contentType } = { ...file, ...(recorded as DocumentRecord | undefined) }
  return { animalId, clientId, appointmentId, title, category, fileName, contentType, size, sha256 }
}

const passedOn = ['UNKNOWN_REFERENCE', 'SITE_NOT_ALLOWED', 'CLIENT_ITEM_ID_IN_USE'] as const

/** Ends the call with what the write path found. */
const refuse = (
  input: Input<Call>,
  reasons: readonly { path: string; code: string; message: string }[],
): never => {
  const known = passedOn.find((code) => code === reasons[0]?.code)
  const code: FailCode<Call> = known ?? 'INVALID_REQUEST'
  const errors = reasons.map(({ path, message }) => ({ path: path.replace(/^data\./, ''), message }))
  return input.fail(code, { ...(reasons[0] ? { detail: `${reasons[0].message}.` } : {}), errors })
}

/** Refuses, before any byte is committed, what the write path would refuse after. */
const mayStand = async (
  input: Input<Call>,
  group: Group,
  data: Data,
  recorded: StoredDoc | undefined,
): Promise<void> => {
  if (recorded && recorded['sha256'] !== data.sha256)
    return refuse(input, [
      { code: 'CLIENT_ITEM_ID_IN_USE', path: 'clientItemId', message: 'It belongs to another file' },
    ])
  if (recorded) return
  const references = new References(group.db)
  await references.load('document', [data])
  const refusal = references.check('document', data, input.caller.user, 'data')
  if (refusal) refuse(input, refusal.errors)
}

export const uploadDocument: Handler<Call> = async (input, app) => {
  await using form = await received(input, app)
  const { fields, file } = checked(input, form)
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const { clientItemId } = fields
  const recorded = await group.db.get(docId('document', clientItemId))
  const data = dataOf(fields, file, recorded)
  await mayStand(input, group, data, recorded)
  await file.staged.commit()
  const { receivedAt } = input
  const [result] = await group.upload({
    type: 'document',
    actor: user,
    deviceId: null,
    sentAt: receivedAt,
    receivedAt,
    items: [{ clientItemId, editedAt: new Date(receivedAt).toISOString(), data }],
  })
  if (!result || result.outcome === 'REJECTED') return refuse(input, result?.errors ?? [])
  const { sha256, size, contentType } = data
  return { status: 201, body: { documentId: clientItemId, sha256, size, contentType } }
}
