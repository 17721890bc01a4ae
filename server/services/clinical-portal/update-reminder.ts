/** PATCH /v2/clinicalPortal/reminders/{id} */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from '../mobile/readable.ts'
import { changeReminder, reminderOf } from '../reminders/reminders.ts'

export const updateReminder: Handler<Api['updateReminder']> = async (input, app) => {
  const { user } = input.caller
  const { id } = input.params
  const group = await app.groups.get(user.groupId)
  if (!(await readable(group, 'reminder', id, user))) return input.fail('NOT_FOUND')
  const revised = await changeReminder(
    group,
    { id, expected: input.ifMatch, changes: input.body },
    { by: user.userId, at: input.receivedAt },
  )
  if (revised.outcome === 'missing') return input.fail('NOT_FOUND')
  const record = reminderOf(revised.doc)
  return revised.outcome === 'stale'
    ? input.fail('STALE_REVISION', { extra: { record } })
    : { status: 200, body: record }
}
