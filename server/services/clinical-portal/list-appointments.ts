/** GET /v2/clinicalPortal/appointments */
import { sortableInstant } from '../../../sync/feed/entries.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { withPeople } from '../mobile/day.ts'
import { listRecords } from './list.ts'

export const portalAppointments: Handler<Api['portalAppointments']> = async (input, app) => {
  const { user } = input.caller
  const { practitionerId, status } = input.query
  const group = await app.groups.get(user.groupId)
  const body = await listRecords({ group, actor: user, now: app.now() }, input.query, {
    ...{ type: 'appointment', lookup: 'appointment.site', newestFirst: false },
    dateOf: (doc) => sortableInstant(doc['startsAt']),
    fits: (doc) =>
      (practitionerId === undefined || doc['practitionerId'] === practitionerId) &&
      (status === undefined || doc['status'] === status),
    read: (docs) => withPeople(group, docs),
  })
  return { status: 200, body }
}
