/** POST /v2/mobile/uploadDocument */
import { z } from 'zod'
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
import { documentFields } from '../../contract/documents.ts'
import { uploadDocument as declaration } from '../../contract/mobile-upload.ts'
import { ClientGone } from '../../http/body.ts'
import type { FailCode, Handler, Input } from '../../http/handler.ts'
import { validate } from '../../http/validate.ts'
import { finishDocument } from '../documents/finish.ts'

type Call = Api['uploadDocument']
type Sent = z.output<typeof form>

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
const form = documentFields.extend({
  size: z.coerce.number().int().min(0).optional(),
  file: z.custom<ReceivedFile>((file) => file !== undefined, 'is required, with a file name'),
})
const formCall: CallSpec = { ...declaration, bodyKind: 'json', body: form }

/** What was sent, checked as far as it can be without looking anything up. */
const checked = (input: Input<Call>, { fields, file }: ReceivedForm): Sent => {
  const { body } = validate(formCall, { params: {}, query: '', body: { ...fields, file } })
  const sent = body as Sent
  const arrived = sent.file.staged.size
  if (sent.size !== undefined && sent.size !== arrived)
    return input.fail('SIZE_MISMATCH', {
      errors: [{ path: 'size', message: 'is not the number of bytes that arrived' }],
      extra: { size: arrived },
    })
  return sent
}

export const uploadDocument: Handler<Call> = async (input, app) => {
  await using arrived = await received(input, app)
  const { file, size: _, ...fields } = checked(input, arrived)
  const { caller, receivedAt, fail } = input
  const finishing = { app, user: caller.user, receivedAt, fail }
  const { sha256, size, contentType } = await finishDocument(finishing, { ...file, fields }, file.staged)
  return { status: 201, body: { documentId: fields.clientItemId, sha256, size, contentType } }
}
