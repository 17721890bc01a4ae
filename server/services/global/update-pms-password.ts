/** PUT /v2/global/updatePMSPassword */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'

export const updatePMSPassword: Handler<Api['updatePMSPassword']> = async (input, app) => {
  const { groupId, pmsUsername, newPmsPassword: password } = input.body
  const { key, user } = input.caller
  if (!key.groupIds.includes(groupId) || !(await app.accounts.group(groupId)))
    return input.fail('UNKNOWN_GROUP')
  const outcome = await app.accounts.pmsLinks.updatePassword(user, { groupId, pmsUsername, password })
  if (outcome === 'unknown')
    return input.fail('NOT_FOUND', { detail: 'You are not linked to such a user of this practice’s PMS.' })
  if ('faults' in outcome)
    return input.fail('PMS_REJECTED', {
      detail: `The new password ${outcome.faults.join('; it ')}.`,
      errors: outcome.faults.map((message) => ({ path: 'newPmsPassword', message })),
    })
  const changedAt = new Date(outcome.changedAt).toISOString()
  return { status: 200, body: { groupId, pmsUsername, changedAt } }
}
