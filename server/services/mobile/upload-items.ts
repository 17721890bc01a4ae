/** The five upload calls: one write path, one type each. */
import type { UploadableType } from '../../../sync/contract/records.ts'
import type { UploadResult } from '../../../sync/contract/upload.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { greetDevice } from './device-contact.ts'

type UploadCall = Api['uploadTreatmentItems']

const uploadOf =
  (type: UploadableType): Handler<UploadCall> =>
  async (input, app) => {
    const { deviceId, sentAt, items } = input.body
    const { user } = input.caller
    await greetDevice(input, app, deviceId)
    const group = await app.groups.get(user.groupId)
    const results: UploadResult[] = await group.upload({
      type,
      actor: user,
      deviceId,
      sentAt: Date.parse(sentAt),
      receivedAt: input.receivedAt,
      items,
    })
    return { status: 200, body: { results } }
  }

export const uploadTreatmentItems: Handler<Api['uploadTreatmentItems']> = uploadOf('treatment')
export const uploadAppointmentItems: Handler<Api['uploadAppointmentItems']> = uploadOf('appointment')
export const uploadPaymentItems: Handler<Api['uploadPaymentItems']> = uploadOf('payment')
export const uploadClientItems: Handler<Api['uploadClientItems']> = uploadOf('client')
export const uploadAnimalItems: Handler<Api['uploadAnimalItems']> = uploadOf('animal')
