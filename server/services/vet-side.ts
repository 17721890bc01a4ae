/** Who may make a call for the practice itself: staff with their user token, or a server key on its own. */
import type { Actor } from '../../sync/actor.ts'
import { sitesOf } from '../../sync/bookings/references.ts'
import type { Group } from '../../sync/group.ts'
import type { KeyIdentity, UserIdentity } from '../auth/identity.ts'
import { roleRefusal } from '../auth/role-refusal.ts'
import type { AppContext } from '../context.ts'
import { fail } from '../http/problem.ts'
import { apiActor } from './api-actor.ts'
import { isStaff } from './global/premises.ts'

export interface VetSide {
  group: Group
  actor: Actor
}

interface Asking {
  caller: { key: KeyIdentity; user?: UserIdentity }
  /** The group that the call names. */
  groupId: number | undefined
}

/**
 * The group, and on whose behalf it is worked with: a user sees the sites of their account, a server key on its own
 * every site of the group.
 * @throws ProblemError with SERVER_KEY_REQUIRED, ROLE_NOT_ALLOWED or UNKNOWN_GROUP, or with INVALID_REQUEST where the
 * group is not clear
 */
export const vetSide = async (app: AppContext, { caller, groupId }: Asking): Promise<VetSide> => {
  const { key, user } = caller
  if (user) {
    if (!isStaff(user)) return roleRefusal(user, ['vet', 'nurse', 'reception', 'groupAdmin'])
    if (groupId !== undefined && groupId !== user.groupId) return fail('UNKNOWN_GROUP')
    return { group: await app.groups.get(user.groupId), actor: user }
  }
  if (key.kind !== 'server')
    return fail('SERVER_KEY_REQUIRED', {
      detail: 'This call needs a token of a server key, or an ApiUserToken of staff.',
    })
  const group = await app.groups.get(onlyGroup(key, groupId))
  const siteIds = (await sitesOf(group)).map(({ siteId }) => siteId)
  return { group, actor: apiActor(siteIds) }
}

const onlyGroup = ({ groupIds }: KeyIdentity, groupId: number | undefined): number => {
  if (groupId !== undefined) return groupIds.includes(groupId) ? groupId : fail('UNKNOWN_GROUP')
  const [only, ...further] = groupIds
  if (only === undefined || further.length > 0)
    return fail('INVALID_REQUEST', {
      errors: [{ path: 'query.groupId', message: 'is required: this key sees several groups' }],
    })
  return only
}
