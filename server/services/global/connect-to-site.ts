/** POST /v2/global/connectToSite */
import type { GlobalLink } from '../../auth/account-docs.ts'
import type { LinksChange } from '../../auth/global-accounts.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { connectionOf, groupFor, siteIsKnown } from './premises.ts'

export const connectToSite: Handler<Api['connectToSite']> = async (input, app) => {
  const { groupId, siteId } = input.body
  const group = await groupFor(app, input.caller, groupId)
  if (!group) return input.fail('UNKNOWN_GROUP')
  if (!(await siteIsKnown(await app.groups.get(groupId), siteId))) return input.fail('UNKNOWN_SITE')
  const connectedAt = new Date(input.receivedAt).toISOString()
  const link = { linkId: input.derivedId('link'), groupId, siteIds: [siteId], clientId: null, connectedAt }
  const { userId: globalAccountId } = input.caller.user
  const standing = await app.accounts.globalAccounts.changeLinks(globalAccountId, withSite(link, siteId))
  if (!standing) return input.fail('NOT_FOUND', { detail: 'This user has no global account.' })
  return { status: 200, body: { ...connectionOf(standing, group), globalAccountId } }
}

/** Adds the site to the link to its group, or else the link. */
const withSite =
  (link: GlobalLink, siteId: number) =>
  (links: readonly GlobalLink[]): LinksChange<GlobalLink> => {
    const standing = links.find(({ groupId }) => groupId === link.groupId)
    if (!standing) return { links: [...links, link], result: link }
    if (standing.siteIds.includes(siteId)) return { result: standing }
    const result = { ...standing, siteIds: [...standing.siteIds, siteId].sort((a, b) => a - b) }
    return { links: links.map((other) => (other === standing ? result : other)), result }
  }
