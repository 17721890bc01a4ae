/** A site by its number, among the groups that a key may see. */
import { siteOf } from '../../../sync/bookings/references.ts'
import type { SiteReference } from '../../../sync/contract/reference.ts'
import type { Group } from '../../../sync/group.ts'
import type { KeyIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'
import { fail } from '../../http/problem.ts'

/** Undefined where there is none; fails with INVALID_REQUEST where several groups have one of that number. */
export const siteFor = async (
  app: AppContext,
  key: KeyIdentity,
  { siteId, groupId }: { siteId: number; groupId?: number | undefined },
): Promise<{ group: Group; site: SiteReference } | undefined> => {
  const asked = groupId === undefined ? key.groupIds : key.groupIds.filter((id) => id === groupId)
  const found = await Promise.all(
    asked.map(async (id) => {
      const group = (await app.accounts.group(id)) && (await app.groups.get(id))
      const site = group && (await siteOf(group, siteId))
      return group && site ? [{ group, site }] : []
    }),
  )
  const [only, ...further] = found.flat()
  if (further.length > 0)
    return fail('INVALID_REQUEST', {
      errors: [{ path: 'query.groupId', message: 'is required: several groups have a site of this number' }],
    })
  return only
}
