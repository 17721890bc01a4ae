/** POST /v2/prospectBookings/bookings */
import { bookingsOf } from '../../../sync/bookings/bookings.ts'
import type { Group } from '../../../sync/group.ts'
import { docId } from '../../../sync/write/document.ts'
import { makeRecord } from '../../../sync/write/revise.ts'
import type { Api } from '../../contract/api.ts'
import { createProspectBooking as declared } from '../../contract/prospect-bookings.ts'
import type { Handler, Input } from '../../http/handler.ts'
import { siteIsKnown } from '../global/premises.ts'
import { refusedAmong } from '../managed-bookings/booking-answers.ts'
import { animalChoices, birthFaults, listFaults } from '../registrations/list-faults.ts'
import { registrationGroup } from '../registrations/lists.ts'
import { writeNew } from '../write-items.ts'
import { asProspect, shown } from './booking.ts'
import { newReference, referenceKey } from './reference.ts'

type Call = Api['createProspectBooking']

export const createProspectBooking: Handler<Call> = async (input, app) => {
  const { groupId, siteId, practitionerId, startsAt, reasonId, notes } = input.body
  const group = await registrationGroup(app, input.caller.key, groupId)
  const { reference } = await input.planned(() => decide(input, group))
  const who = await asProspect(group)
  const people = await makeProspect(input, group)
  const appointmentId = input.derivedId('appointment')
  const slot = { siteId, practitionerId, startsAt, reasonId, reasonText: null, notes }
  const done = await bookingsOf(group).book(who, { appointmentId, ...people, ...slot })
  if (done.outcome === 'refused') {
    await withdraw(group, people)
    const { code, options } = refusedAmong(declared.errors, done)
    return input.fail(code, options)
  }
  const { clientId: prospectId, animalIds } = people
  const writing = { by: who.actor.userId, at: input.receivedAt }
  const common = { groupId, siteIds: [siteId] }
  await makeRecord(
    group.db,
    { ...common, type: 'prospect', id: prospectId, fields: { status: 'OPEN', clientId: null } },
    writing,
  )
  await makeRecord(
    group.db,
    {
      ...common,
      type: 'prospectBooking',
      id: referenceKey(reference),
      fields: { appointmentId, prospectId, animalIds, notes },
    },
    writing,
  )
  return {
    status: 201,
    body: { ...(await shown(group, { reference, animalIds }, done.appointment)), prospectId },
  }
}

/** The reference is chosen once, so that a retry tells the same. */
const decide = async (
  { body, fail, receivedAt }: Input<Call>,
  group: Group,
): Promise<{ reference: string }> => {
  if (!(await siteIsKnown(group, body.siteId))) return fail('UNKNOWN_SITE')
  const errors = await listFaults(group, [
    { path: 'prospect.title', kind: 'title', by: 'name', value: body.prospect.title },
    ...animalChoices(body.animals),
  ])
  errors.push(...birthFaults(body.animals, receivedAt))
  if (errors.length > 0) return fail('FIELDS_INVALID', { errors })
  return { reference: newReference(group.groupId) }
}

interface People {
  clientId: string
  animalIds: string[]
}

const makeProspect = async (input: Input<Call>, group: Group): Promise<People> => {
  const { prospect, animals, siteId } = input.body
  const { actor } = await asProspect(group)
  const clientId = input.derivedId('client')
  const writing = { group, actor, at: input.receivedAt, served: { prospect: true } }
  const siteIds = [siteId]
  await writeNew({ ...writing, type: 'client' }, [{ id: clientId, data: { ...prospect, siteIds } }])
  const records = animals.map((animal, i) => ({
    ...{ id: input.derivedId(`animal ${i}`), data: { ...animal, clientId, siteIds } },
  }))
  await writeNew({ ...writing, type: 'animal' }, records)
  return { clientId, animalIds: records.map(({ id }) => id) }
}

/** Takes back a prospect who got no appointment: nobody has seen them. */
const withdraw = async ({ db }: Group, { clientId, animalIds }: People): Promise<void> => {
  const docs = await db.getMany([...animalIds.map((id) => docId('animal', id)), docId('client', clientId)])
  await db.write(docs.flatMap((doc) => (doc ? [{ _id: doc._id, _rev: doc._rev, _deleted: true }] : [])))
}
