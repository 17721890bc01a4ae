/** POST /v2/mobile/sync/pull */
import { InvalidCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { Api } from '../../contract/api.ts'
import { columnsType, toColumns } from '../../../sync/contract/columns.ts'
import { sendJson } from '../../http/answer.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { greetDevice } from './device-contact.ts'

export const syncPull: Handler<Api['syncPull']> = async (input, app) => {
  const { user } = input.caller
  await greetDevice(input, app, input.body.deviceId)
  const group = await app.groups.get(user.groupId)
  try {
    const body = await group.pull(user, input.body)
    const { request, response } = input
    if (!request.headers.accept?.includes(columnsType)) return { status: 200, body }
    await sendJson(request, response, { status: 200, body: toColumns(body), contentType: columnsType })
    return streamed
  } catch (error) {
    if (error instanceof InvalidCheckpoint) return input.fail('INVALID_CHECKPOINT', { detail: error.message })
    throw error
  }
}
