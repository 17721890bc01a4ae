/** GET /v2/mobile/retrieveFullList */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { appointmentsOfDay } from './day.ts'
import { findSite } from './site.ts'

export const retrieveFullList: Handler<Api['retrieveFullList']> = async (input, app) => {
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
  return { status: 200, body: { items } }
}
