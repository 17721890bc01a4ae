/** Records as their customer is shown them: field by field, so that what is not named here stays inside. */
import type { z } from 'zod'
import type { Prescription, Reminder } from '../../../sync/contract/practice-records.ts'
import type { Animal, Appointment, Client, Treatment } from '../../../sync/contract/records.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { apiRecord, docId } from '../../../sync/write/document.ts'
import type {
  myAnimal,
  myAppointment,
  myContact,
  myPrescription,
  myReminder,
  myTreatment,
} from '../../contract/client-link-shapes.ts'
import type { Owned } from './owned.ts'

/** Documents that a record refers to, by their stored ids. */
export type Referred = ReadonlyMap<string, StoredDoc>

const idsOf: Readonly<Record<string, (doc: StoredDoc) => string[]>> = {
  siteId: (doc) => [`reference:site:${String(doc['siteId'])}`],
  practitionerId: (doc) => [`reference:practitioner:${String(doc['practitionerId'])}`],
  reasonId: (doc) => [`reference:reason:${String(doc['reasonId'])}`],
  code: (doc) => [docId('treatmentCode', String(doc['code']))],
  animalId: (doc) => [docId('animal', String(doc['animalId']))],
  animalIds: (doc) => ((doc['animalIds'] as string[] | undefined) ?? []).map((id) => docId('animal', id)),
}

/** What records refer to. */
export const referredBy = async ({ group }: Owned, docs: readonly StoredDoc[]): Promise<Referred> => {
  const wanted = new Set<string>()
  for (const doc of docs)
    for (const [field, ids] of Object.entries(idsOf))
      if ((doc[field] ?? null) !== null) for (const id of ids(doc)) wanted.add(id)
  const ids = [...wanted]
  const found = await group.db.getMany(ids)
  return new Map(ids.flatMap((id, i) => (found[i] ? [[id, found[i]] as const] : [])))
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const nameIn = (referred: Referred, id: string): string | null => text(referred.get(id)?.['name'])

const envelope = (mine: Owned, doc: StoredDoc) => {
  const { id, revision, createdAt, modifiedAt } = apiRecord(doc) as unknown as Animal
  return { id, groupId: mine.group.groupId, groupName: mine.groupName, revision, createdAt, modifiedAt }
}

const place = (doc: StoredDoc, referred: Referred) => ({
  siteId: doc['siteId'] as number,
  siteName: nameIn(referred, `reference:site:${String(doc['siteId'])}`),
})

/** An animal by its name, where it is the customer's. */
export const animalNamed = (mine: Owned, id: unknown, referred: Referred) => {
  const doc = typeof id === 'string' ? referred.get(docId('animal', id)) : undefined
  return doc?.['clientId'] === mine.clientId ? [{ id: String(id), name: text(doc['name']) }] : []
}

export const animalShown = (mine: Owned, doc: StoredDoc): z.output<typeof myAnimal> => {
  const { siteIds, name, species, breed, sex, colour, dateOfBirth } = doc as unknown as Animal
  const { weightGrams, microchip, allergies, deceasedAt } = doc as unknown as Animal
  return {
    ...{ ...envelope(mine, doc), siteIds, name, species, breed, sex, colour, dateOfBirth },
    ...{ weightGrams, microchip, allergies, deceasedAt },
  }
}

export const appointmentShown = (
  mine: Owned,
  doc: StoredDoc,
  referred: Referred,
): z.output<typeof myAppointment> => {
  const { practitionerId, animalIds, startsAt, endsAt, status, onlineBooking } = doc as unknown as Appointment
  const reason = referred.get(`reference:reason:${String(doc['reasonId'])}`)
  return {
    ...{ ...envelope(mine, doc), ...place(doc, referred), practitionerId },
    practitionerName: nameIn(referred, `reference:practitioner:${practitionerId}`),
    animals: animalIds.flatMap((id) => animalNamed(mine, id, referred)),
    ...{ startsAt, endsAt, status },
    reason: reason && reason['onlineBooking'] !== false ? text(reason['name']) : null,
    onlineBooking,
  }
}

export const treatmentShown = (doc: StoredDoc, referred: Referred): z.output<typeof myTreatment> => {
  const { id } = apiRecord(doc)
  const { appointmentId, treatedAt, quantity, code, description, invoiceId } = doc as unknown as Treatment
  const described = invoiceId === null ? null : description
  const name = code === null ? described : nameIn(referred, docId('treatmentCode', code))
  return { id, appointmentId, treatedAt, name, quantity }
}

export const reminderShown = (
  mine: Owned,
  doc: StoredDoc,
  referred: Referred,
): z.output<typeof myReminder> => {
  const { animalId, kind, text: words, dueOn, status } = doc as unknown as Reminder
  const [animal = null] = animalNamed(mine, animalId, referred)
  return {
    ...{ ...envelope(mine, doc), ...place(doc, referred), animal },
    ...{ kind, text: words, dueOn, status },
  }
}

export const prescriptionShown = (
  mine: Owned,
  doc: StoredDoc,
  referred: Referred,
): z.output<typeof myPrescription> => {
  const { animalId, description, quantity, directions, status, requestedAt } = doc as unknown as Prescription
  const { validUntil, repeatOf, repeatsLeft, customerNote, messageForCustomer, requestedBy } =
    doc as unknown as Prescription
  const [animal = null] = animalNamed(mine, animalId, referred)
  return {
    ...{ ...envelope(mine, doc), ...place(doc, referred), animal, description, quantity, directions },
    ...{ status, requestedAt, validUntil, repeatOf, repeatsLeft, messageForCustomer },
    // Staff who take a request by telephone note there what they like.
    customerNote: requestedBy.kind === 'CUSTOMER' ? customerNote : null,
  }
}

export const contactShown = ({ group, groupName }: Owned, client: StoredDoc): z.output<typeof myContact> => {
  const { revision, modifiedAt, title, firstName, lastName, address, phones, emails } = apiRecord(
    client,
  ) as unknown as Client
  return {
    ...{ groupId: group.groupId, groupName, revision, modifiedAt },
    ...{ title, firstName, lastName, address, phones, emails },
  }
}
