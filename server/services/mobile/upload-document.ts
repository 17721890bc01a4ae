/**
 * POST /v2/mobile/uploadDocument
 *
 * The bytes are committed before the record and the record before the answer: a record never names a file that
 * is not on disk. What is refused leaves no file, but for a crash, or a reference that vanishes, between the two;
 * such a file is named by nobody and does no harm.
 */
import { z } from 'zod'
import type { DocumentRecord, documentData } from '../../../sync/contract/records.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import { References } from '../../../sync/write/references.ts'
import {
  FormRefused,
  receiveForm,
  type FormFault,
  type ReceivedFile,
  type ReceivedForm,
} from '../../../uploads/multipart.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { CallSpec } from '../../contract/call.ts'
import { uploadDocument as declaration } from '../../contract/mobile-upload.ts'
import { ClientGone } from '../../http/body.ts'
import type { FailCode, Handler, Input } from '../../http/handler.ts'
import { validate } from '../../http/validate.ts'

type Call = Api['uploadDocument']
type Sent = z.output<typeof form>
type Data = z.output<typeof documentData>

const formCodes: Partial<Record<FormFault, FailCode<Call>>> = {
  FILE_TOO_LARGE: 'FILE_TOO_LARGE',
  NOT_A_FORM: 'UNSUPPORTED_MEDIA_TYPE',
  UNKNOWN_ENCODING: 'UNSUPPORTED_ENCODING',
}

/** The form, its file staged. */
const received = async (input: Input<Call>, app: AppContext): Promise<ReceivedForm> => {
  const { groupId } = input.caller.user
  const options = { storage: app.files, groupId, fileLimit: app.config.fileLimit }
  try {
    return await receiveForm(input.request, input.response, options)
  } catch (error) {
    if (!(error instanceof FormRefused)) throw error
    const { fault, field, message } = error
    if (fault === 'SENDER_GONE') throw new ClientGone(message, { cause: error })
    const errors = field === undefined ? [] : [{ path: field, message }]
    return input.fail(formCodes[fault] ?? 'INVALID_REQUEST', { detail: `${message}.`, errors, cause: error })
  }
}

/** The declared fields and the file together, so that the sender hears of all that is wrong at once. */
const form = declaration.body.extend({
  file: z.custom<ReceivedFile>((file) => file !== undefined, 'is required, with a file name'),
})
const formCall: CallSpec = { ...declaration, bodyKind: 'json', body: form }

/** What was sent, checked as far as it can be without looking anything up. */
const checked = (input: Input<Call>, { fields, file }: ReceivedForm): Sent => {
  const { body } = validate(formCall, { params: {}, query: '', body: { ...fields, file } })
  const sent = body as Sent
  const { sha256, size } = sent.file.staged
  if (size === 0) return input.fail('EMPTY_FILE', { errors: [{ path: 'file', message: 'has no bytes' }] })
  if (sent.sha256 !== undefined && sent.sha256 !== sha256)
    return input.fail('CHECKSUM_MISMATCH', {
      errors: [{ path: 'sha256', message: 'is not the SHA-256 of the bytes that arrived' }],
      extra: { sha256, size },
    })
  return sent
}

/** The record's data. Sent again, a file keeps the name and type under which it was recorded first. */
const dataOf = (sent: Sent, recorded: StoredDoc | undefined): Data => {
  const { animalId, clientId = null, appointmentId = null, title, category, file } = sent
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
  await using arrived = await received(input, app)
  const sent = checked(input, arrived)
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const { clientItemId, file } = sent
  const recorded = await group.db.get(docId('document', clientItemId))
  const data = dataOf(sent, recorded)
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
