/** The form of a call that brings a document's file: its file staged, its fields checked. */
import { z } from 'zod'
import { FormRefused, receiveForm, type FormFault, type ReceivedFile } from '../../../uploads/multipart.ts'
import type { Request, Response } from 'express'
import type { StaffIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import type { CallSpec } from '../../contract/call.ts'
import { ClientGone } from '../../http/body.ts'
import type { FailOptions } from '../../http/problem.ts'
import { validate } from '../../http/validate.ts'
import { fileLimitOf } from './group-settings.ts'

type FormError =
  'FILE_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'UNSUPPORTED_ENCODING' | 'INVALID_REQUEST' | 'SIZE_MISMATCH'

interface Receiving {
  request: Request
  response: Response
  caller: { user: StaffIdentity }
  fail: (code: FormError, options?: FailOptions) => never
}

/** A call whose form has these fields, besides the file. */
type FormSpec<Fields extends z.ZodObject> = Omit<CallSpec, 'body'> & { body: Fields }

const formCodes: Partial<Record<FormFault, FormError>> = {
  FILE_TOO_LARGE: 'FILE_TOO_LARGE',
  NOT_A_FORM: 'UNSUPPORTED_MEDIA_TYPE',
  UNKNOWN_ENCODING: 'UNSUPPORTED_ENCODING',
}

/** Fields and file together. Disposing throws a file away that was not committed. */
export interface Received<Fields extends z.ZodObject> extends AsyncDisposable {
  sent: z.output<Fields> & { file: ReceivedFile }
}

/** Receives the form; the sender hears of all that is wrong with its fields at once. */
export const receiveDocument = async <Fields extends z.ZodObject>(
  receiving: Receiving,
  app: AppContext,
  spec: FormSpec<Fields>,
): Promise<Received<Fields>> => {
  const form = await formOf(receiving, app)
  try {
    // A form's fields are text.
    const body = spec.body.extend({
      size: z.coerce.number().int().min(0).optional(),
      file: z.custom<ReceivedFile>((file) => file !== undefined, 'is required, with a file name'),
    })
    const call: CallSpec = { ...spec, bodyKind: 'json', body }
    const { fields, file } = form
    // The path's and the query's own were checked before.
    const { params: _, query: __, ...bare } = call
    const valid = validate(bare, { params: {}, query: '', body: { ...fields, file } })
    const sent = valid.body as Received<Fields>['sent'] & { size?: number }
    checkSize(receiving, sent)
    return { sent, [Symbol.asyncDispose]: () => form[Symbol.asyncDispose]() }
  } catch (error) {
    await form[Symbol.asyncDispose]()
    throw error
  }
}

const checkSize = ({ fail }: Receiving, { size, file }: { size?: number; file: ReceivedFile }): void => {
  const arrived = file.staged.size
  if (size !== undefined && size !== arrived)
    fail('SIZE_MISMATCH', {
      errors: [{ path: 'size', message: 'is not the number of bytes that arrived' }],
      extra: { size: arrived },
    })
}

const formOf = async ({ request, response, caller, fail }: Receiving, app: AppContext) => {
  const { groupId } = caller.user
  const options = { storage: app.files, groupId, fileLimit: await fileLimitOf(app, groupId) }
  try {
    return await receiveForm(request, response, options)
  } catch (error) {
    if (!(error instanceof FormRefused)) throw error
    const { fault, field, message } = error
    if (fault === 'SENDER_GONE') throw new ClientGone(message, { cause: error })
    const errors = field === undefined ? [] : [{ path: field, message }]
    return fail(formCodes[fault] ?? 'INVALID_REQUEST', { detail: `${message}.`, errors, cause: error })
  }
}
