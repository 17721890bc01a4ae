/** POST /v2/clientLink/requestPrescription */
import { DateTime } from 'luxon'
import { docId } from '../../../sync/write/document.ts'
import { siteOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { requestRepeat } from '../prescriptions/prescriptions.ts'
import { findOwned, ownedBy } from './owned.ts'
import { prescriptionShown, referredBy } from './shown.ts'

export const requestPrescription: Handler<Api['requestPrescription']> = async (input, app) => {
  const { prescriptionId, note } = input.body
  const found = await findOwned(await ownedBy(app, input.caller), 'prescription', prescriptionId)
  if (!found) return input.fail('NOT_FOUND', { detail: 'There is no such prescription of yours.' })
  const { mine, doc } = found
  const { group, clientId } = mine
  const site = await siteOf(group, Number(doc['siteId']))
  const at = input.receivedAt
  const today = DateTime.fromMillis(at, { zone: site?.timeZone ?? 'utc' }).toISODate() ?? ''
  const request = { id: input.derivedId('prescription'), prescriptionId, clientId, customerNote: note }
  const { id } = await requestRepeat(
    group,
    { ...request, kind: 'CUSTOMER', today },
    { by: input.caller.user.userId, at },
  )
  const made = await group.db.get(docId('prescription', id))
  if (!made) return input.fail('NOT_FOUND')
  return { status: 201, body: prescriptionShown(mine, made, await referredBy(mine, [made])) }
}
