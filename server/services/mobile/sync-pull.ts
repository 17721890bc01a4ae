/** POST /v2/mobile/sync/pull */
import type { Actor } from '../../../sync/actor.ts'
import { InvalidCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { Group } from '../../../sync/group.ts'
import type { Api } from '../../contract/api.ts'
import { columnsType, toColumns } from '../../../sync/contract/columns.ts'
import { countPreference, type PullRequest, type PullResponse } from '../../../sync/contract/pull.ts'
import type { Conflict } from '../../../sync/contract/upload.ts'
import type { AppContext } from '../../context.ts'
import { sendBytes, sendJson } from '../../http/answer.ts'
import { streamed, type Handler } from '../../http/handler.ts'
import { named } from './conflict-names.ts'
import { greetDevice } from './device-contact.ts'

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
      sendBytes(response, { ...page, status: 200, contentType: columnsType })
      return streamed
    }
    const page = await withNames(app, group, { user, asked })
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

interface Asked {
  user: Pick<Actor, 'siteIds'>
  asked: PullRequest
}

/** A page; one of conflicts says who wrote their values. */
const withNames = async (app: AppContext, group: Group, { user, asked }: Asked): Promise<PullResponse> => {
  const page = await group.pull(user, asked)
  if (asked.collection !== 'conflicts') return page
  type Open = PullResponse['documents'][number] & Pick<Conflict, 'values'>
  const open = page.documents.filter(({ _deleted }) => !_deleted) as Open[]
  const gone = page.documents.filter(({ _deleted }) => _deleted)
  return { ...page, documents: [...(await named(app, group.groupId, open)), ...gone] }
}
