/** POST /v2/mobile/connectUserToPmsGroup, disconnectUserFromPmsGroup; GET /v2/mobile/pmsConnections */
import type { PmsLink } from '../../auth/account-docs.ts'
import { isPmsUser } from '../../auth/pms-links.ts'
import type { Api } from '../../contract/api.ts'
import type { AppContext } from '../../context.ts'
import type { Handler, Input, Reply } from '../../http/handler.ts'
import { verifyPmsUser } from '../bridge/pms-users.ts'

type Call = Api['connectUserToPmsGroup']

const shown = (link: PmsLink, group: { name: string }, { displayName }: { displayName: string }) => {
  const { linkId, groupId, pmsUsername, connectedAt } = link
  return { linkId, groupId, groupName: group.name, pmsUsername, displayName, connectedAt }
}

export const connectUserToPmsGroup: Handler<Call> = async (input, app) => {
  const { groupId, pmsUsername, pmsPassword, oneTimeCode } = input.body
  const { key, user } = input.caller
  const group = key.groupIds.includes(groupId) ? await app.accounts.group(groupId) : undefined
  if (!group) return input.fail('UNKNOWN_GROUP')
  if (await app.bridge.has(groupId, 'users')) return await connectOutside(input, app, group)
  // Users of other groups are as unknown here as they are to that practice's PMS.
  const asked = { username: pmsUsername, password: pmsPassword, key: { ...key, groupIds: [groupId] } }
  const verified = await app.accounts.signIn.verify({ ...asked, oneTimeCode, address: input.address })
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

/** To a user of the PMS behind the bridge, who is verified there. */
const connectOutside = async (
  input: Input<Call>,
  app: AppContext,
  group: { name: string },
): Promise<Reply<Call>> => {
  const { groupId, pmsUsername, pmsPassword: password } = input.body
  const { address, response, caller } = input
  const { pmsLinks } = app.accounts
  // Read before the password is verified: one that is changed meanwhile ends the link.
  const epoch = await pmsLinks.outsideEpoch(groupId, pmsUsername)
  const asked = { groupId, username: pmsUsername, password, address, response }
  const pmsUser = await verifyPmsUser(app, asked)
  if (!pmsUser.vetUser) return input.fail('NOT_A_VET_USER')
  const { userId: pmsUserId, displayName } = pmsUser
  const link = await pmsLinks.connect(caller.user.userId, {
    ...{ linkId: input.derivedId('link'), groupId, pmsUserId, pmsUsername, epoch, outside: { displayName } },
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
