/** POST /v2/clinicalPortal/reminders */
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { makeReminder } from '../reminders/reminders.ts'
import { mustSee } from './must-see.ts'
import { siteFor } from './sites.ts'

export const createReminder: Handler<Api['createReminder']> = async (input, app) => {
  const { user } = input.caller
  const data = input.body
  const group = await app.groups.get(user.groupId)
  await siteFor(group, data.siteId, user)
  await mustSee(group, user, { clientId: data.clientId, animalId: data.animalId })
  const writing = { by: user.userId, at: input.receivedAt }
  return { status: 201, body: await makeReminder(group, { id: input.derivedId('reminder'), data }, writing) }
}
