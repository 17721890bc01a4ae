/** POST /v2/clinicalPortal/prescriptions */
import { visible } from '../../../sync/feed/present.ts'
import { docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { fail } from '../../http/problem.ts'
import { changePrescription, makePrescription } from '../prescriptions/prescriptions.ts'
import { mustSee } from './must-see.ts'
import { siteFor, todayAt } from './sites.ts'

export const createPrescription: Handler<Api['createPrescription']> = async (input, app) => {
  const { user } = input.caller
  const { approve, ...data } = input.body
  if (approve && !user.roles.includes('vet'))
    return fail('ROLE_NOT_ALLOWED', { detail: 'Only a vet approves a prescription.' })
  const group = await app.groups.get(user.groupId)
  const site = await siteFor(group, data.siteId, user)
  await mustSee(group, user, { clientId: data.clientId, animalId: data.animalId, repeatOf: data.repeatOf })
  const code = data.code === null ? null : await group.db.get(docId('treatmentCode', data.code))
  if (code === undefined || (code && !visible(code, user)))
    return fail('UNKNOWN_REFERENCE', {
      errors: [{ path: 'code', message: 'is no treatment code of this practice' }],
    })
  const writing = { by: user.userId, at: input.receivedAt }
  const id = input.derivedId('prescription')
  const made = await makePrescription(
    group,
    { id, data: { ...data, customerNote: null }, kind: 'STAFF', today: todayAt(site, input.receivedAt) },
    writing,
  )
  if (!approve || made.status !== 'REQUESTED') return { status: 201, body: made }
  const step = {
    id: made.id,
    to: 'APPROVED',
    expected: undefined,
    by: user,
    note: null,
    messageForCustomer: null,
  } as const
  const { record } = await changePrescription(group, step, writing)
  return { status: 201, body: record }
}
