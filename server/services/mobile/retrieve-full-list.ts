/** GET /v2/mobile/retrieveFullList, and under its former name /v2/mobile/retrieveDayList */
import type { Prescription } from '../../../sync/contract/practice-records.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Group } from '../../../sync/group.ts'
import { docId } from '../../../sync/write/document.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { appointmentsOfDay, withPeople } from './day.ts'
import { dayBounds, findSite } from './site.ts'

type Asked = Pick<Input<Api['retrieveFullList']>, 'query' | 'caller' | 'fail'>

export const retrieveFullList: Handler<Api['retrieveFullList']> = (input, app) => fullList(input, app)
export const retrieveDayList: Handler<Api['retrieveDayList']> = (input, app) => fullList(input, app)

const fullList = async (input: Asked, app: AppContext) => {
  const { siteId, date, statusFlag } = input.query
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  const site = await findSite(group, siteId, user)
  if (!site) return input.fail('UNKNOWN_SITE', { detail: `Site ${siteId} is not one of yours.` })
  const appointments = await appointmentsOfDay(group, site, date)
  const items = appointments
    .filter(({ status }) => statusFlag === undefined || statusFlag.includes(status))
    .map((appointment) => ({
      ...appointment,
      statusFlag: appointment.status,
      arrivedAt: appointment.statusTimes.ARRIVED ?? null,
    }))
  const requested = statusFlag === undefined || statusFlag.includes('REQUESTED')
  const prescriptionRequests = requested ? await requestsBy(group, site, date) : []
  return { status: 200 as const, body: { items, prescriptionRequests } }
}

type PrescriptionRequest = ResponseOf<Api['retrieveFullList']>['prescriptionRequests'][number]

/** What was asked for by the end of a day and waits for a vet. */
const requestsBy = async (
  group: Group,
  site: Pick<SiteReference, 'siteId' | 'timeZone'>,
  date: string,
): Promise<PrescriptionRequest[]> => {
  const { to } = dayBounds(site, date)
  const keys = await group.index.lookup(['prescription.status', String(site.siteId), 'REQUESTED'], { to })
  const docs = await group.db.getMany(keys.map((parts) => docId('prescription', parts[1] ?? '')))
  const asked = docs.flatMap((doc) => (doc ? [{ ...doc, animalIds: [doc['animalId']] }] : []))
  return (await withPeople(group, asked)).map((one) => {
    const { id, revision, siteId, client, animals } = one
    const { code, description, quantity, requestedAt, customerNote, repeatOf } =
      one as unknown as Prescription
    return {
      ...{ id, revision, statusFlag: 'REQUESTED', siteId, code, description, quantity, requestedAt },
      ...{ customerNote, repeatOf, client, animals },
    }
  })
}
