/** GET /v2/mobile/rejected */
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, docId, type RecordDoc } from '../../../sync/write/document.ts'
import type { RejectionDoc } from '../../../sync/write/rejection.ts'
import { markOfHeld } from '../../../sync/write/sight.ts'
import type { Group } from '../../../sync/group.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { instantAndDoc, placeIn } from '../list-place.ts'

export const listRejected: Handler<Api['listRejected']> = async (input, app) => {
  const { user } = input.caller
  const { cursor, limit } = input.query
  const before = placeIn(cursor, instantAndDoc)
  const group = await app.groups.get(user.groupId)
  const found = await group.index.lookup(['rejected.user', user.userId], {
    reverse: true,
    limit: limit + 1,
    ...(before === '' ? {} : { to: before }),
  })
  const shown = found.slice(0, limit)
  const docs = (await group.db.getMany(shown.map((parts) => parts[1] ?? ''))).filter(
    (doc) => doc !== undefined,
  )
  const now = new Date(app.now()).toISOString()
  const open: RejectionDoc[] = []
  for (const doc of docs as (StoredDoc & RejectionDoc)[])
    if (doc.expiresAt > now && !(await takenSince(group, doc))) open.push(doc)
  const items = open.map((doc) => ({
    id: bareId(doc._id),
    recordType: doc.recordType,
    deviceId: doc.deviceId,
    item: doc.item,
    errors: doc.errors,
    retryable: doc.retryable,
    rejectedAt: doc.rejectedAt,
    expiresAt: doc.expiresAt,
  }))
  const last = found.length > limit ? shown[shown.length - 1]?.join('\u0000') : undefined
  return { status: 200, body: { items, nextCursor: last ?? null } }
}

/** Whether the item was taken later: mended and sent again, or its reference came. */
const takenSince = async (group: Group, { recordType, item }: RejectionDoc): Promise<boolean> => {
  const { clientItemId, id, changes } = (item ?? {}) as Record<string, unknown>
  if (typeof clientItemId !== 'string') return false
  const recordId = changes === undefined ? clientItemId : id
  const record = await group.db.get(docId(recordType, String(recordId)))
  if (!record) return false
  return (
    changes === undefined || (await markOfHeld(group.db, record as RecordDoc, clientItemId)) !== undefined
  )
}
