/** POST /v2/mobile/conflicts/{id}/resolve: an edit by somebody who has seen every value. */
import type { Conflict } from '../../../sync/contract/upload.ts'
import { findConflict } from '../../../sync/feed/conflict-list.ts'
import { same } from '../../../sync/merge/canonical.ts'
import type { Group } from '../../../sync/group.ts'
import { hashUuid } from '../../../sync/merge/hash.ts'
import { apiRecord, bareId, docId } from '../../../sync/write/document.ts'
import type { WritableType } from '../../../sync/write/items.ts'
import type { Api } from '../../contract/api.ts'
import type { BodyOf } from '../../contract/call.ts'
import type { Handler, Input } from '../../http/handler.ts'

type Call = Api['resolveConflict']

export const resolveConflict: Handler<Call> = async (input, app) => {
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  // A settled conflict is found no more, so a retry needs what was decided when it still was.
  const { recordType, item } = await input.planned(() => editFor(group, input))
  const [result] = await group.upload({
    type: recordType,
    actor: user,
    deviceId: null,
    sentAt: input.receivedAt,
    receivedAt: input.receivedAt,
    items: [item],
  })
  if (result?.outcome === 'REJECTED') return input.fail('INVALID_REQUEST', { errors: result.errors ?? [] })
  // Somebody else wrote the field at the same time: what stands now is theirs and this, for a person to look at.
  if (result?.outcome === 'CONFLICT')
    return input.fail('STALE_REVISION', { extra: { record: result.record } })
  const doc = result?.record ? undefined : await group.db.get(docId(recordType, item.id))
  return { status: 200, body: { record: result?.record ?? (doc ? apiRecord(doc) : {}) } }
}

/** The edit that settles the conflict. */
const editFor = async (group: Group, input: Input<Call>) => {
  const found = await findConflict(group, input.params.id, input.caller.user)
  if (!found)
    return input.fail('NOT_FOUND', { detail: 'This conflict is settled, or there is none with this id.' })
  const { conflict, doc } = found
  const chosen = chosenFrom(conflict, input.body)
  if (!chosen)
    return input.fail('INVALID_REQUEST', {
      errors: [{ path: 'stamp', message: 'is none of the conflict’s' }],
    })
  return {
    recordType: conflict.recordType as WritableType,
    item: {
      clientItemId: hashUuid(JSON.stringify([conflict.id, chosen.value])),
      id: bareId(doc._id),
      baseRevision: doc._rev,
      editedAt: new Date(input.receivedAt).toISOString(),
      changes: changesOf(conflict, chosen.value),
    },
  }
}

const chosenFrom = (conflict: Conflict, body: BodyOf<Call>): { value: unknown } | undefined =>
  'stamp' in body ? conflict.values.find(({ stamp }) => stamp === body.stamp) : { value: body.value }

/** For a unit, its fields one by one. */
const changesOf = (conflict: Conflict, value: unknown): Record<string, { from: unknown; to: unknown }> => {
  const part = (of: unknown, field: string): unknown =>
    conflict.fields.length === 1 && conflict.fields[0] === conflict.field
      ? of
      : ((of as Record<string, unknown> | null)?.[field] ?? null)
  // A change from a value to itself is none: choosing what is shown is a change from what it is chosen over.
  const over = conflict.values.find((other) => !same(other.value, value))?.value ?? conflict.shown
  return Object.fromEntries(
    conflict.fields.map((field) => [field, { from: part(over, field), to: part(value, field) }]),
  )
}
