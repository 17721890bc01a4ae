/** POST /v2/clinicalPortal/reminders */
import { practitionerOf } from '../../../sync/bookings/references.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { fail } from '../../http/problem.ts'
import { makeReminder } from '../reminders/reminders.ts'
import { mustSee } from './must-see.ts'
import { siteFor } from './sites.ts'

export const createReminder: Handler<Api['createReminder']> = async (input, app) => {
  const { user } = input.caller
  const data = input.body
  const group = await app.groups.get(user.groupId)
  await siteFor(group, data.siteId, user)
  await mustSee(group, user, { clientId: data.clientId, animalId: data.animalId })
  if (data.practitionerId !== null && !(await practitionerOf(group, data.practitionerId)))
    return fail('UNKNOWN_REFERENCE', { errors: [{ path: 'practitionerId', message: 'is not known' }] })
  const practitionerId = data.practitionerId ?? user.practitionerId
  const writing = { by: user.userId, at: input.receivedAt }
  const made = { id: input.derivedId('reminder'), data: { ...data, practitionerId } }
  return { status: 201, body: await makeReminder(group, made, writing) }
}
