/** GET /v2/clinicalPortal/reminders */
import type { RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { reminderOf } from '../reminders/reminders.ts'
import { listRecords } from './list.ts'

export const portalReminders: Handler<Api['portalReminders']> = async (input, app) => {
  const { user } = input.caller
  const { practitionerId, status, clientId, animalId } = input.query
  const group = await app.groups.get(user.groupId)
  const body = await listRecords({ group, actor: user, now: app.now() }, input.query, {
    ...{ type: 'reminder', lookup: 'reminder.site', newestFirst: false, days: true },
    dateOf: (doc) => String(doc['dueOn']),
    ever: (doc) =>
      (clientId === undefined || doc['clientId'] === clientId) &&
      (animalId === undefined || doc['animalId'] === animalId),
    fits: (doc) =>
      (practitionerId === undefined || doc['practitionerId'] === practitionerId) &&
      (status === undefined || doc['status'] === status),
    read: (docs) => docs.map((doc) => reminderOf(doc as RecordDoc)),
  })
  return { status: 200, body }
}
