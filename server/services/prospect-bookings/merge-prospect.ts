/** POST /v2/prospectBookings/prospects/{prospectId}/merge */
import { sitesOf } from '../../../sync/bookings/references.ts'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler, Input } from '../../http/handler.ts'
import {
  animalsOf,
  closeProspect,
  editRecordOf,
  openOr,
  prospectSide,
  type ProspectSide,
} from './prospect.ts'

type Call = Api['mergeProspect']

export const mergeProspect: Handler<Call> = async (input, app) => {
  const { prospectId } = input.params
  const { groupId, clientId } = input.body
  const found = await prospectSide(app, { caller: input.caller, groupId, prospectId })
  const outcome = { status: 'MERGED', clientId } as const
  openOr(found, outcome)
  const own = await animalsOf(found.group, prospectId)
  await checkTargets(input, found, own)
  const closed = await closeProspect(found, prospectId, outcome)
  openOr({ ...found, prospect: { ...found.prospect, ...closed } }, outcome)
  // Their appointments may be at any site of the group.
  const siteIds = (await sitesOf(found.group)).map(({ siteId }) => siteId)
  const side = { ...found, actor: { ...found.actor, siteIds } }
  await moveAnimals(input, side, own)
  await moveAppointments(input, side)
  const editId = input.derivedId('deactivate')
  await editRecordOf(side, 'client', side.client, { editId, changes: { deactivated: true } })
  return { status: 200, body: { prospectId, ...outcome } }
}

/** Fails where the client, or an animal that one is said to be, cannot take what is the prospect's. */
const checkTargets = async (
  { body, fail }: Input<Call>,
  { group, actor, prospect }: ProspectSide,
  own: readonly StoredDoc[],
): Promise<void> => {
  const unknown = (path: string, message: string): never =>
    fail('UNKNOWN_REFERENCE', { errors: [{ path, message }] })
  const target = await group.db.get(docId('client', body.clientId))
  if (!target || !visible(target, actor) || isProspect(target))
    return unknown('clientId', 'is no client of yours')
  if (target['deactivated'] === true) return fail('CLIENT_DEACTIVATED')
  const theirs = await animalsOf(group, body.clientId)
  for (const [i, { animalId, isAnimalId }] of body.animals.entries()) {
    const moved = prospect.status === 'MERGED'
    if (!moved && !own.some(({ _id }) => _id === docId('animal', animalId)))
      unknown(`animals.${i}.animalId`, 'is no animal of the prospect')
    const known = theirs.find(({ _id }) => _id === docId('animal', isAnimalId))
    if (!known) return unknown(`animals.${i}.isAnimalId`, 'is no animal of the client')
    if (!moved && (known['deceasedAt'] ?? null) !== null)
      fail('ANIMAL_DECEASED', {
        errors: [
          { path: `animals.${i}.isAnimalId`, message: 'has died; leave it out to take the animal over' },
        ],
      })
  }
}

const sameAs = ({ body }: Input<Call>): Map<string, string> =>
  new Map(body.animals.map(({ animalId, isAnimalId }) => [animalId, isAnimalId]))

/** Animals that are none of the client's become the client's. */
const moveAnimals = async (
  input: Input<Call>,
  side: ProspectSide,
  own: readonly StoredDoc[],
): Promise<void> => {
  const known = sameAs(input)
  for (const animal of own) {
    const id = bareId(animal._id)
    if (known.has(id)) continue
    await editRecordOf(side, 'animal', animal, {
      editId: input.derivedId(`move ${id}`),
      changes: { clientId: input.body.clientId },
      served: { prospect: false },
    })
  }
}

/** Their time and their place in the ledger stay: only whose they are changes. */
const moveAppointments = async (input: Input<Call>, side: ProspectSide): Promise<void> => {
  const { group } = side
  const known = sameAs(input)
  const found = await group.index.lookup(['client.appointments', input.params.prospectId])
  const docs = await group.db.getMany(found.map((parts) => docId('appointment', parts[1] ?? '')))
  for (const doc of docs) {
    if (!doc) continue
    const appointmentId = bareId(doc._id)
    const animalIds = [...new Set((doc['animalIds'] as string[]).map((id) => known.get(id) ?? id))]
    const editId = input.derivedId(`appointment ${appointmentId}`)
    const changes = { clientId: input.body.clientId, animalIds }
    await editRecordOf(side, 'appointment', doc, { editId, changes })
  }
}
