/**
 * The documents that devices hold. `data` is what a creation may bring; the record adds `served`, the fields
 * that the server keeps itself. Ids of other records inside a record are bare UUIDs.
 */
import { z } from 'zod'
import {
  currency,
  day,
  groupId,
  instant,
  longText,
  money,
  optional,
  quantity,
  revision,
  shortText,
  siteId,
  uuid,
  vatRate,
  word,
} from './fields.ts'

export const appointmentStatus = z.enum([
  'BOOKED',
  'ARRIVED',
  'IN_TREATMENT',
  'TREATED',
  'PAID',
  'CANCELLED',
  'FAILED_TO_SHOW',
])

const address = z.strictObject({
  line1: optional(shortText),
  line2: optional(shortText),
  city: optional(shortText),
  county: optional(shortText),
  postcode: optional(z.string().max(20)),
  country: optional(shortText),
})

/** A mark in a practice's former system, kept so that an import run again finds its own rows. */
const externalId = z.strictObject({ system: word, value: shortText })

export const appointmentData = z.strictObject({
  siteId,
  practitionerId: uuid,
  clientId: uuid,
  animalIds: z.array(uuid).max(50).default([]),
  startsAt: instant,
  endsAt: instant,
  status: appointmentStatus.default('BOOKED'),
  reasonId: optional(uuid),
  reasonText: optional(shortText),
  notes: optional(longText),
})

export const treatmentData = z.strictObject({
  animalId: uuid,
  appointmentId: optional(uuid),
  practitionerId: optional(uuid),
  code: optional(z.string().min(1).max(40)),
  description: optional(shortText),
  quantity,
  unitPrice: optional(money),
  fixedPrice: optional(money),
  currency: optional(currency),
  vatRate: optional(vatRate),
  batchNumber: optional(shortText),
  label: optional(longText),
  notes: optional(longText),
  treatedAt: instant,
})

export const paymentData = z.strictObject({
  clientId: uuid,
  appointmentId: optional(uuid),
  method: word,
  amount: money.refine((n) => n !== 0, 'must not be zero'),
  currency,
  takenAt: instant,
  allocations: optional(z.array(z.strictObject({ invoiceId: uuid, amount: money })).max(200)),
  reversalOf: optional(uuid),
  notes: optional(longText),
})

export const clientData = z.strictObject({
  siteIds: z.array(siteId).max(500).default([]),
  title: optional(shortText),
  firstName: optional(shortText),
  lastName: z.string().min(1).max(200),
  address: optional(address),
  phones: z.array(z.string().min(1).max(40)).max(20).default([]),
  emails: z.array(z.email().max(254)).max(20).default([]),
  deactivated: z.boolean().default(false),
  externalIds: z.array(externalId).max(20).default([]),
})

export const animalData = z.strictObject({
  clientId: uuid,
  siteIds: z.array(siteId).max(500).default([]),
  name: optional(shortText),
  species: optional(shortText),
  breed: optional(shortText),
  sex: optional(shortText),
  colour: optional(shortText),
  dateOfBirth: optional(day),
  weightGrams: optional(z.int().min(0).max(100_000_000)),
  microchip: optional(shortText),
  allergies: z.array(z.string().min(1).max(200)).max(100).default([]),
  alerts: z.array(z.string().min(1).max(200)).max(100).default([]),
  notes: optional(longText),
  deceasedAt: optional(
    z.union([instant, day], 'must be a date such as 2026-03-29, or a time such as 2026-03-29T10:30:00Z'),
  ),
  externalIds: z.array(externalId).max(20).default([]),
})

export const documentData = z.strictObject({
  animalId: uuid,
  clientId: optional(uuid),
  appointmentId: optional(uuid),
  title: shortText,
  category: word,
  fileName: shortText,
  contentType: z.string().max(200),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

export const treatmentCodeData = z.strictObject({
  code: z.string().min(1).max(40),
  name: shortText,
  kind: word,
  unitPrice: money,
  fixedPrice: money,
  currency,
  vatRate,
  sellingUnit: optional(word),
  drugSchedule: optional(word),
  active: z.boolean().default(true),
})

/** What every record carries besides its data. */
export const served = z.object({
  id: z.string(),
  groupId,
  revision,
  createdAt: instant,
  modifiedAt: instant,
})

const statusTimes = z.partialRecord(appointmentStatus, instant)
const voided = z.object({ at: instant, by: uuid, reason: z.string() })
const review = z
  .object({ of: uuid, revision })
  .optional()
  .describe(
    'It stood under the id of another record, which replication brought twice; a person is to look at both',
  )

export const appointment = served.extend({
  ...appointmentData.shape,
  statusTimes,
  onlineBooking: z.boolean(),
  clash: z
    .object({ with: z.array(uuid) })
    .nullable()
    .describe('Appointments of the same practitioner at the same time'),
  cancellation: z
    .object({
      at: instant,
      reasonId: uuid.nullable(),
      note: z.string().nullable(),
    })
    .nullish()
    .describe('Why it was cancelled, where a call of Managed Bookings or of a customer said so'),
})
export const treatment = served.extend({
  ...treatmentData.shape,
  siteIds: z.array(siteId),
  invoiceId: uuid.nullable(),
  voided: voided.nullable(),
  review,
})
export const payment = served.extend({ ...paymentData.shape, siteIds: z.array(siteId), review })
const prospect = z
  .boolean()
  .optional()
  .describe(
    'True of somebody who booked and is not registered yet, who may hold appointments and nothing else',
  )
export const client = served.extend({ ...clientData.shape, prospect })
export const animal = served.extend({ ...animalData.shape, prospect })
/** A file as it was before another took its place. */
export const documentVersion = z.object({
  version: z.int(),
  fileName: shortText,
  contentType: z.string(),
  size: z.int(),
  sha256: z.string(),
  storedAt: instant,
  storedBy: uuid.nullable(),
})
export const document = served.extend({
  ...documentData.shape,
  documentId: uuid,
  clientItemId: uuid,
  siteIds: z.array(siteId),
  version: z.int().optional().describe('Counts the files that took each other’s place; absent: the first'),
  versions: z.array(documentVersion).optional().describe('The older files, oldest first'),
  storedAt: instant.optional().describe('When the file took the place of the one before'),
  deletedAt: instant.nullish().describe('Removed from lists and devices; it can be restored'),
  purgedAt: instant.nullish().describe('Its time of keeping is over, and its files are gone'),
})
export const treatmentCode = served.extend(treatmentCodeData.shape)

export type Appointment = z.infer<typeof appointment>
export type Treatment = z.infer<typeof treatment>
export type Payment = z.infer<typeof payment>
export type Client = z.infer<typeof client>
export type Animal = z.infer<typeof animal>
export type DocumentRecord = z.infer<typeof document>
export type TreatmentCode = z.infer<typeof treatmentCode>

/** The record types that devices upload, each with what a creation of it may bring. */
export const uploadable = {
  appointment: appointmentData,
  treatment: treatmentData,
  payment: paymentData,
  client: clientData,
  animal: animalData,
} as const
export type UploadableType = keyof typeof uploadable

/** Collections a device pulls, and the stored type (the collection's singular) of each. */
export const collections = {
  reference: 'reference',
  treatmentCodes: 'treatmentCode',
  clients: 'client',
  animals: 'animal',
  appointments: 'appointment',
  treatments: 'treatment',
  payments: 'payment',
  documents: 'document',
  conflicts: 'conflict',
} as const
export type CollectionName = keyof typeof collections
export const collectionNames = Object.keys(collections) as CollectionName[]
