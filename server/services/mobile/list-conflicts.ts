/** GET /v2/mobile/conflicts */
import { listConflicts as conflictsOf } from '../../../sync/feed/conflict-list.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { named } from './conflict-names.ts'
import { placeIn, uuidPlace } from '../list-place.ts'

export const listConflicts: Handler<Api['listConflicts']> = async (input, app) => {
  const { user } = input.caller
  const { cursor, limit } = input.query
  const after = placeIn(cursor, uuidPlace)
  const group = await app.groups.get(user.groupId)
  const { items, last } = await conflictsOf(group, user, { after, limit })
  const open = items.map(({ conflict, doc }) => ({
    ...conflict,
    recordRevision: doc._rev,
    siteIds: doc['siteIds'] as number[],
  }))
  const body = {
    items: await named(app, user.groupId, open),
    nextCursor: last ?? null,
  }
  return { status: 200, body }
}
