/** GET /v2/clinicalPortal/animals/{id}/summary */
import type { Animal, Appointment, Client, Treatment } from '../../../sync/contract/records.ts'
import { sortableInstant } from '../../../sync/feed/entries.ts'
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, docId, typeOf } from '../../../sync/write/document.ts'
import type { HistoryDoc } from '../../../sync/write/edit.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from '../mobile/readable.ts'
import { prescriptionsOf } from '../prescriptions/read.ts'
import { remindersOf } from '../reminders/reminders.ts'
import { boundsOf, checkDays, sitesFor, type Days } from './sites.ts'

type Summary = ResponseOf<Api['portalAnimalSummary']>

const shownVisits = 10
const shownTreatments = 20
const shownPrescriptions = 20
const gone = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

export const portalAnimalSummary: Handler<Api['portalAnimalSummary']> = async (input, app) => {
  const { user } = input.caller
  const { id } = input.params
  const group = await app.groups.get(user.groupId)
  const doc = await readable(group, 'animal', id, user)
  if (!doc) return input.fail('NOT_FOUND')
  const animal = apiRecord(doc) as unknown as Animal
  const chosen = await choiceOf(group, user, input.query)
  const [client, past, weights, reminders, prescriptions] = await Promise.all([
    readable(group, 'client', animal.clientId, user),
    pastOf(group, id, { user, chosen, now: app.now() }),
    weightsOf(group, doc),
    remindersOf(group, 'animal', id),
    prescriptionsOf(group, id),
  ])
  const body = {
    ...{ animal, allergies: animal.allergies, alerts: animal.alerts, weights, ...past },
    client: client ? (apiRecord(client) as unknown as Client) : null,
    openReminders: reminders.filter(({ status }) => status === 'OPEN'),
    prescriptions: prescriptions.filter((one) => chosen(one, one.requestedAt)).slice(0, shownPrescriptions),
  }
  return { status: 200, body }
}

/** Whether a record was asked for. @param at its instant, as UTC text */
type Chosen = (record: object, at: string) => boolean

interface Choice extends Days {
  siteId?: number | undefined
  practitionerId?: string | undefined
}

/** What the query chooses of a history. Fails with UNKNOWN_SITE, and INVALID_REQUEST for days the wrong way round. */
const choiceOf = async (
  group: Group,
  user: { siteIds: readonly number[] },
  { siteId, practitionerId, ...days }: Choice,
): Promise<Chosen> => {
  checkDays(days)
  const [site] = await sitesFor(group, siteId, user)
  const { from = '', to = '\uffff' } = site ? boundsOf(site, days, false) : {}
  return (record: { siteId?: number; siteIds?: number[]; practitionerId?: string | null }, at) =>
    (siteId === undefined || (record.siteIds ?? [record.siteId]).includes(siteId)) &&
    (practitionerId === undefined || record.practitionerId === practitionerId) &&
    at >= from &&
    at < to
}

type Past = Pick<Summary, 'lastVisits' | 'nextAppointments' | 'treatments' | 'documents'>

/** Visits, treatments and documents, from the index's order of the animal's history. */
const pastOf = async (
  group: Group,
  animalId: string,
  { user, chosen, now }: { user: { siteIds: readonly number[] }; chosen: Chosen; now: number },
): Promise<Past> => {
  const newestFirst = await group.index.lookup(['animal.history', animalId], { reverse: true })
  const today = new Date(now).toISOString()
  const idsOf = (type: string, fits: (at: string) => boolean): string[] =>
    newestFirst.flatMap(([at = '', id = '']) => (typeOf(id) === type && fits(at) ? [id] : []))
  const seen = async (
    ids: string[],
    wanted: (doc: StoredDoc) => boolean,
    most: number,
  ): Promise<StoredDoc[]> => {
    const found: StoredDoc[] = []
    for (let start = 0; start < ids.length && found.length < most; start += most) {
      const docs = await group.db.getMany(ids.slice(start, start + most))
      found.push(...docs.filter((doc): doc is StoredDoc => !!doc && visible(doc, user) && wanted(doc)))
    }
    return found.slice(0, most)
  }
  const treated = (doc: StoredDoc): boolean => chosen(doc, sortableInstant(doc['treatedAt']))
  const held = (doc: StoredDoc): boolean =>
    !gone.has(String(doc['status'])) && chosen(doc, sortableInstant(doc['startsAt']))
  const [visits, next, treatments] = await Promise.all([
    seen(
      idsOf('appointment', (at) => at < today),
      held,
      shownVisits,
    ),
    seen(idsOf('appointment', (at) => at >= today).reverse(), held, shownVisits),
    seen(
      idsOf('treatment', () => true),
      treated,
      shownTreatments,
    ),
  ])
  return {
    lastVisits: visits.map((doc) => apiRecord(doc) as unknown as Appointment),
    nextAppointments: next.map((doc) => apiRecord(doc) as unknown as Appointment),
    treatments: treatments.map((doc) => apiRecord(doc) as unknown as Treatment),
    documents: idsOf('document', () => true).length,
  }
}

/** How the weight went: as it was recorded first, then every change of it. */
const weightsOf = async (group: Group, animal: StoredDoc): Promise<Summary['weights']> => {
  const id = animal._id.slice(docId('animal', '').length)
  const keys = await group.index.lookup(['record.history', id])
  const docs = await group.db.getMany(keys.map((parts) => parts[1] ?? ''))
  const changes = docs.flatMap((doc) => {
    const { at, changes } = (doc ?? {}) as Partial<HistoryDoc>
    const change = changes?.['weightGrams']
    return at !== undefined && change ? [{ at, ...change }] : []
  })
  const first = changes[0] ? changes[0].from : animal['weightGrams']
  const all = [{ at: String(animal['createdAt']), to: first }, ...changes]
  return all.flatMap(({ at, to }) => (typeof to === 'number' ? [{ at, weightGrams: to }] : []))
}
