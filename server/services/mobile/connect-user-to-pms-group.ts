/** POST /v2/mobile/connectUserToPmsGroup, disconnectUserFromPmsGroup; GET /v2/mobile/pmsConnections */
import type { PmsLink } from '../../auth/account-docs.ts'
import { isPmsUser } from '../../auth/pms-links.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

type Call = Api['connectUserToPmsGroup']

const shown = (link: PmsLink, group: { name: string }, { displayName }: { displayName: string }) => {
  const { linkId, groupId, pmsUsername, connectedAt } = link
  return { linkId, groupId, groupName: group.name, pmsUsername, displayName, connectedAt }
}

export const connectUserToPmsGroup: Handler<Call> = async (input, app) => {
  const { groupId, pmsUsername, pmsPassword } = input.body
  const { key, user } = input.caller
  const group = key.groupIds.includes(groupId) ? await app.accounts.group(groupId) : undefined
  if (!group) return input.fail('UNKNOWN_GROUP')
  // Users of other groups are as unknown here as they are to that practice's PMS.
  const asked = { username: pmsUsername, password: pmsPassword, key: { ...key, groupIds: [groupId] } }
  const verified = await app.accounts.signIn.verify({ ...asked, address: input.address })
  if (!verified.ok) {
    const wait = 'retryAfterSeconds' in verified ? { retryAfterSeconds: verified.retryAfterSeconds } : {}
    const wrong = { detail: 'The practice’s PMS does not know this name with this password.' }
    return input.fail(verified.code, verified.code === 'INVALID_CREDENTIALS' ? wrong : wait)
  }
  const pmsUser = verified.user
  if (!isPmsUser(pmsUser, groupId)) return input.fail('NOT_A_VET_USER')
  const link = await app.accounts.pmsLinks.connect(user.userId, {
    ...{ linkId: input.derivedId('link'), groupId },
    ...{ pmsUserId: pmsUser.userId, pmsUsername: pmsUser.username, epoch: pmsUser.tokenEpoch },
    connectedAt: new Date(input.receivedAt).toISOString(),
  })
  return { status: 200, body: shown(link, group, pmsUser) }
}

export const pmsConnections: Handler<Api['pmsConnections']> = async (input, app) => {
  const { key, user } = input.caller
  const links = await app.accounts.pmsLinks.list(user.userId)
  const found = links.map(async ({ link, pmsUser }) => {
    const group = key.groupIds.includes(link.groupId) ? await app.accounts.group(link.groupId) : undefined
    return group ? [shown(link, group, pmsUser)] : []
  })
  return { status: 200, body: { connections: (await Promise.all(found)).flat() } }
}

export const disconnectUserFromPmsGroup: Handler<Api['disconnectUserFromPmsGroup']> = async (input, app) => {
  await app.accounts.pmsLinks.disconnect(input.caller.user.userId, input.body.groupId)
  return { status: 204 }
}
