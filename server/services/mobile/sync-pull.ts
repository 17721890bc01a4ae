/** POST /v2/mobile/sync/pull */
import { InvalidCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { Api } from '../../contract/api.ts'
import { columnsType } from '../../../sync/contract/columns.ts'
import { sendBytes } from '../../http/answer.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { greetDevice } from './device-contact.ts'

export const syncPull: Handler<Api['syncPull']> = async (input, app) => {
  const { user } = input.caller
  await greetDevice(input, app, input.body.deviceId)
  const group = await app.groups.get(user.groupId)
  try {
    const { request, response, body: asked } = input
    if (!request.headers.accept?.includes(columnsType)) {
      const body = await group.pull(user, asked)
      input.shown(body.documents.length)
      return { status: 200, body }
    }
    const accepts = request.headers['accept-encoding']
    const { documents, ...page } = await group.page({ actor: user, request: asked, accepts })
    input.shown(documents)
    sendBytes(response, { ...page, status: 200, contentType: columnsType })
    return streamed
  } catch (error) {
    if (error instanceof InvalidCheckpoint) return input.fail('INVALID_CHECKPOINT', { detail: error.message })
    throw error
  }
}
