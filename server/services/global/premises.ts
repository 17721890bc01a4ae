/** Groups and their sites, as far as a caller may see them. */
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { Caller } from '../../auth/identity.ts'
import type { GlobalLink, GroupFields } from '../../auth/account-docs.ts'
import type { UserIdentity } from '../../auth/identity.ts'
import type { AppContext } from '../../context.ts'

/** Whether a user works for a group. */
export const isStaff = (user: UserIdentity | undefined): user is UserIdentity & { groupId: number } =>
  user !== undefined && user.groupId !== null && user.roles.some((role) => role !== 'customer')

/** A group that the caller's key, and staff of it, may see. */
export const groupFor = async (
  app: AppContext,
  { key, user }: Caller,
  groupId: number,
): Promise<GroupFields | undefined> => {
  if (!key?.groupIds.includes(groupId)) return undefined
  if (isStaff(user) && user.groupId !== groupId) return undefined
  return await app.accounts.group(groupId)
}

/** Whether a group has this site, and the caller, where they are staff, works there. */
export const siteIsKnown = async (group: Group, siteId: number, user?: UserIdentity): Promise<boolean> => {
  if (isStaff(user) && !user.siteIds.includes(siteId)) return false
  return (await group.db.get(`reference:site:${siteId}`)) !== undefined
}

/** Whether a group has this client, at a site of the caller's where they are staff. */
export const clientIsKnown = async (
  group: Group,
  clientId: string,
  user?: UserIdentity,
): Promise<boolean> => {
  const doc = await group.db.get(`client:${clientId}`)
  return doc !== undefined && (!isStaff(user) || visible(doc, user))
}

/** A link as the API gives it. */
export const connectionOf = (link: GlobalLink, group: GroupFields) => {
  const { linkId, groupId, siteIds, clientId, connectedAt } = link
  return { linkId, groupId, groupName: group.name, siteIds, clientId, connectedAt }
}
