/** POST /v2/mobile/sync/pull */
import { InvalidCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { Api } from '../../contract/api.ts'
import { columnsType, toColumns } from '../../../sync/contract/columns.ts'
import { countPreference } from '../../../sync/contract/pull.ts'
import { sendEncoded, sendJson } from '../../http/answer.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { greetDevice } from './device-contact.ts'
import { pullNamed } from './pull-named.ts'

export const syncPull: Handler<Api['syncPull']> = async (input, app) => {
  const { user } = input.caller
  await greetDevice(input, app, input.body.deviceId)
  const group = await app.groups.get(user.groupId)
  try {
    const { request, response, body: asked } = input
    const byColumns = request.headers.accept?.includes(columnsType) ?? false
    const isCounted = request.get('prefer')?.includes(countPreference) ?? false
    if (byColumns && !isCounted && asked.collection !== 'conflicts') {
      const accepts = request.headers['accept-encoding']
      const { documents, ...page } = await group.page({ actor: user, request: asked, accepts })
      input.shown(documents)
      sendEncoded(response, { ...page, status: 200, contentType: columnsType })
      return streamed
    }
    const page = await pullNamed(app, group, { user, asked })
    input.shown(page.documents.length)
    const body = isCounted ? { ...page, counts: await group.counts(user) } : page
    const headers: Record<string, string> = isCounted ? { 'Preference-Applied': countPreference } : {}
    if (!byColumns) return { status: 200, body, headers }
    const answer = { status: 200, body: toColumns(body), headers, contentType: columnsType }
    await sendJson(request, response, answer)
    return streamed
  } catch (error) {
    if (error instanceof InvalidCheckpoint) return input.fail('INVALID_CHECKPOINT', { detail: error.message })
    throw error
  }
}
