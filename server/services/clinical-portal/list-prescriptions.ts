/** GET /v2/clinicalPortal/prescriptions */
import type { RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { prescriptionOf } from '../prescriptions/read.ts'
import { listRecords } from './list.ts'

export const portalPrescriptions: Handler<Api['portalPrescriptions']> = async (input, app) => {
  const { user } = input.caller
  const { practitionerId, status, clientId, animalId } = input.query
  const group = await app.groups.get(user.groupId)
  const body = await listRecords({ group, actor: user, now: app.now() }, input.query, {
    ...{ type: 'prescription', lookup: 'prescription.site', newestFirst: true },
    dateOf: (doc) => String(doc['requestedAt']),
    ever: (doc) =>
      (clientId === undefined || doc['clientId'] === clientId) &&
      (animalId === undefined || doc['animalId'] === animalId),
    fits: (doc) =>
      (practitionerId === undefined || doc['practitionerId'] === practitionerId) &&
      (status === undefined || doc['status'] === status),
    read: (docs) => docs.map((doc) => prescriptionOf(doc as RecordDoc)),
  })
  return { status: 200, body }
}
