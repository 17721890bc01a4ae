/** POST /v2/registrations/checkClientExists */
import { levelOf } from '../../../sync/clients/find-matches.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { registrationGroup } from './lists.ts'

export const checkClientExists: Handler<Api['checkClientExists']> = async ({ caller, body }, app) => {
  const { groupId, ...person } = body
  const group = await registrationGroup(app, caller.key, groupId)
  return { status: 200, body: { matchLevel: await levelOf(group, person) } }
}
