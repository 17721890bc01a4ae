/** POST /v2/clinicalPortal/prescriptions/{id}/status */
import type { RecordDoc } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from '../mobile/readable.ts'
import { changePrescription } from '../prescriptions/prescriptions.ts'
import { prescriptionOf } from '../prescriptions/read.ts'

export const changePrescriptionStatus: Handler<Api['changePrescriptionStatus']> = async (input, app) => {
  const { user } = input.caller
  const { id } = input.params
  const { status: to, note, messageForCustomer } = input.body
  const group = await app.groups.get(user.groupId)
  const doc = await readable(group, 'prescription', id, user)
  if (!doc) return input.fail('NOT_FOUND')
  // A retry after a crash may find the step taken, by its own first attempt.
  const begun = await input.planned(() => Promise.resolve({ revision: doc._rev }))
  const record = prescriptionOf(doc as RecordDoc)
  const last = record.steps.at(-1)
  if (doc._rev !== begun.revision && last?.status === to && last.by === user.userId)
    return { status: 200, body: record }
  const step = { id, to, expected: input.ifMatch, by: user, note, messageForCustomer }
  const changed = await changePrescription(group, step, { by: user.userId, at: input.receivedAt })
  return changed.outcome === 'stale'
    ? input.fail('STALE_REVISION', { extra: { record: changed.record } })
    : { status: 200, body: changed.record }
}
