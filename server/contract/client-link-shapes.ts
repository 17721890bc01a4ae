/**
 * What customers are shown: shapes of their own, each field named here. Clinical notes, alerts, texts that staff typed
 * for themselves, reasons that are not bookable online, clashes and conflicts are in none of them.
 */
import { z } from 'zod'
import { day, groupId, instant, revision, siteId, uuid } from '../../sync/contract/fields.ts'
import { prescriptionStatus, reminderStatus } from '../../sync/contract/practice-records.ts'
import { animal, appointmentStatus, client, treatment } from '../../sync/contract/records.ts'

export const owned = {
  id: uuid,
  groupId,
  groupName: z.string(),
  revision,
  createdAt: instant,
  modifiedAt: instant,
}
export const nameOf = z.object({ id: uuid, name: z.string().nullable() })
export const atSite = { siteId, siteName: z.string().nullable() }

const { name, species, breed, sex, colour, dateOfBirth, weightGrams, microchip, allergies, deceasedAt } =
  animal.shape

export const myAnimal = z.object({
  ...owned,
  siteIds: z.array(siteId),
  ...{ name, species, breed, sex, colour, dateOfBirth, weightGrams, microchip, allergies, deceasedAt },
})

export const myAppointment = z.object({
  ...owned,
  ...atSite,
  practitionerId: uuid,
  practitionerName: z.string().nullable(),
  animals: z.array(nameOf).describe('The customer’s own'),
  startsAt: instant,
  endsAt: instant,
  status: appointmentStatus,
  reason: z.string().nullable().describe('The reason’s name, where it is one that customers may book'),
  onlineBooking: z.boolean(),
})

export const myTreatment = z.object({
  id: uuid,
  appointmentId: uuid.nullable(),
  treatedAt: instant,
  name: z
    .string()
    .nullable()
    .describe('As on the price list; of a treatment without a code, as on its invoice, once it has one'),
  quantity: treatment.shape.quantity,
})

export const myReminder = z.object({
  ...owned,
  ...atSite,
  animal: nameOf.nullable(),
  kind: z.string(),
  text: z.string(),
  dueOn: day,
  status: reminderStatus,
})

export const myPrescription = z.object({
  ...owned,
  ...atSite,
  animal: nameOf.nullable(),
  description: z.string(),
  quantity: treatment.shape.quantity,
  directions: z.string().nullable(),
  status: prescriptionStatus,
  requestedAt: instant,
  validUntil: day.nullable(),
  repeatOf: uuid.nullable().describe('The first prescription, that this is a repeat of'),
  repeatsLeft: z.int().min(0),
  customerNote: z.string().nullable().describe('What the customer wrote with the request'),
  messageForCustomer: z.string().nullable(),
})

const { title, firstName, lastName, address, phones, emails } = client.shape

export const myContact = z.object({
  ...{ groupId, groupName: z.string(), revision, modifiedAt: instant },
  ...{ title, firstName, lastName, address, phones, emails },
})

/** A record that is the customer's no more, in a list of changes. */
export const gone = z.object({ id: uuid, deleted: z.literal(true), modifiedAt: instant })
