/** PUT /v2/global/updatePMSPassword */
import type { Api } from '../../contract/api.ts'
import type { AppContext } from '../../context.ts'
import type { Handler, Input, Reply } from '../../http/handler.ts'
import { changePmsPassword } from '../bridge/pms-users.ts'

type Call = Api['updatePMSPassword']

const notLinked = { detail: 'You are not linked to such a user of this practice’s PMS.' }

export const updatePMSPassword: Handler<Call> = async (input, app) => {
  const { groupId, pmsUsername, newPmsPassword: password } = input.body
  const { key, user } = input.caller
  if (!key.groupIds.includes(groupId) || !(await app.accounts.group(groupId)))
    return input.fail('UNKNOWN_GROUP')
  if (await app.bridge.has(groupId, 'users')) return await inPms(input, app)
  const outcome = await app.accounts.pmsLinks.updatePassword(user, { groupId, pmsUsername, password })
  if (outcome === 'unknown') return input.fail('NOT_FOUND', notLinked)
  if ('faults' in outcome)
    return input.fail('PMS_REJECTED', {
      detail: `The new password ${outcome.faults.join('; it ')}.`,
      errors: outcome.faults.map((message) => ({ path: 'newPmsPassword', message })),
    })
  const changedAt = new Date(outcome.changedAt).toISOString()
  return { status: 200, body: { groupId, pmsUsername, changedAt } }
}

/** Of a user of the PMS behind the bridge, to whom the caller is linked. */
const inPms = async (input: Input<Call>, app: AppContext): Promise<Reply<Call>> => {
  const { groupId, pmsUsername, newPmsPassword: newPassword } = input.body
  const { userId } = input.caller.user
  const link = await app.accounts.pmsLinks.outsideLink(userId, groupId, pmsUsername)
  if (!link) return input.fail('NOT_FOUND', notLinked)
  const username = link.pmsUsername
  await changePmsPassword(app, input.response, { groupId, username, newPassword })
  await app.accounts.pmsLinks.outsideChanged(userId, link)
  return { status: 200, body: { groupId, pmsUsername, changedAt: new Date(app.now()).toISOString() } }
}
