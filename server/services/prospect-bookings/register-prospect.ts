/** POST /v2/prospectBookings/prospects/{prospectId}/register */
import { levelOf } from '../../../sync/clients/find-matches.ts'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import { personOf } from '../../../sync/clients/matching.ts'
import { bareId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { animalsOf, closeProspect, editRecordOf, openOr, prospectSide } from './prospect.ts'

export const registerProspect: Handler<Api['registerProspect']> = async (input, app) => {
  const { prospectId } = input.params
  const { groupId, overrideDuplicate } = input.body
  const side = await prospectSide(app, { caller: input.caller, groupId, prospectId })
  const outcome = { status: 'REGISTERED', clientId: prospectId } as const
  openOr(side, outcome)
  await input.planned(async () => {
    const known = isProspect(side.client) ? await levelOf(side.group, personOf(side.client)) : 'UNMATCHED'
    if (known !== 'UNMATCHED' && !overrideDuplicate)
      input.fail('POSSIBLE_DUPLICATE', { extra: { matchLevel: known } })
    return {}
  })
  // Who closes them decides; a merge that was faster stands.
  const closed = await closeProspect(side, prospectId, outcome)
  openOr({ ...side, prospect: { ...side.prospect, ...closed } }, outcome)
  const served = { prospect: false }
  for (const animal of await animalsOf(side.group, prospectId))
    if (isProspect(animal))
      await editRecordOf(side, 'animal', animal, {
        ...{ editId: input.derivedId(`register ${bareId(animal._id)}`), changes: {}, served },
      })
  const editId = input.derivedId('register')
  if (isProspect(side.client))
    await editRecordOf(side, 'client', side.client, { editId, changes: {}, served })
  return { status: 200, body: { prospectId, ...outcome } }
}
