/** GET /v2/global/groups/{groupId}/sites */
import { sitesOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { groupFor } from './premises.ts'

export const groupSites: Handler<Api['groupSites']> = async (input, app) => {
  const { groupId } = input.params
  if (!(await groupFor(app, input.caller, groupId))) return input.fail('UNKNOWN_GROUP')
  const sites = await sitesOf(await app.groups.get(groupId))
  return {
    status: 200,
    body: {
      sites: sites.map(({ siteId, name, timeZone, openingHours }) => ({
        siteId,
        name,
        timeZone,
        openingHours,
      })),
    },
  }
}
