/** POST /v2/global/connectNewUserToGroup */
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import { docId } from '../../../sync/write/document.ts'
import type { GlobalLink, GroupFields } from '../../auth/account-docs.ts'
import type { LinksChange } from '../../auth/global-accounts.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { clientIsKnown, connectionOf, groupFor, isStaff, siteIsKnown } from './premises.ts'

type Call = Api['connectNewUserToGroup']

export const connectNewUserToGroup: Handler<Call> = async (input, app) => {
  const { user } = input.caller
  const { globalAccountId } = input.body
  // A customer links nobody but themselves.
  if (user && !isStaff(user) && user.userId !== globalAccountId) return unknownAccount(input)
  const group = await checked(input, app)
  const link = newLink(input)
  const standing = await app.accounts.globalAccounts.changeLinks(globalAccountId, withLink(link))
  if (!standing) return unknownAccount(input)
  if (standing.linkId !== link.linkId)
    return input.fail('ALREADY_LINKED', {
      detail: `The account is linked to ${group.name} (group ${group.groupId}) already.`,
      extra: { groupId: group.groupId, groupName: group.name },
    })
  return { status: 201, body: { ...connectionOf(standing, group), globalAccountId } }
}

const unknownAccount = ({ fail }: Input<Call>): never =>
  fail('NOT_FOUND', { detail: 'There is no such global account.' })

const newLink = (input: Input<Call>): GlobalLink => {
  const { groupId, siteId, clientId } = input.body
  return {
    linkId: input.derivedId('link'),
    groupId,
    siteIds: siteId === null ? [] : [siteId],
    clientId,
    connectedAt: new Date(input.receivedAt).toISOString(),
  }
}

/** Adds a link, or says in one that names no client who the customer is; tells the one that stands then. */
const withLink =
  (link: GlobalLink) =>
  (links: readonly GlobalLink[]): LinksChange<GlobalLink> => {
    const standing = links.find(({ groupId }) => groupId === link.groupId)
    if (!standing) return { links: [...links, link], result: link }
    if (standing.clientId !== null || link.clientId === null) return { result: standing }
    const siteIds = [...new Set([...standing.siteIds, ...link.siteIds])].sort((a, b) => a - b)
    const result = { ...link, siteIds, connectedAt: standing.connectedAt }
    return { links: links.map((other) => (other === standing ? result : other)), result }
  }

/** The group, when all that the body refers to is there for the caller to refer to. */
const checked = async (input: Input<Call>, app: AppContext): Promise<GroupFields> => {
  const { key, user } = input.caller
  const { groupId, siteId, clientId } = input.body
  if (clientId !== null && key.kind !== 'server' && !isStaff(user))
    return input.fail('SERVER_KEY_REQUIRED', {
      detail: '`clientId` needs a token of a server key, or an ApiUserToken of staff.',
    })
  const found = await groupFor(app, input.caller, groupId)
  if (!found) return input.fail('UNKNOWN_GROUP')
  const group = await app.groups.get(groupId)
  if (siteId !== null && !(await siteIsKnown(group, siteId, user))) return input.fail('UNKNOWN_SITE')
  if (clientId !== null && !(await clientIsKnown(group, clientId, user)))
    return input.fail('UNKNOWN_REFERENCE', {
      errors: [{ path: 'clientId', message: 'is no client of this group' }],
    })
  const client = clientId === null ? undefined : await group.db.get(docId('client', clientId))
  if (client && isProspect(client)) return input.fail('PROSPECT_NOT_REGISTERED')
  return found
}
