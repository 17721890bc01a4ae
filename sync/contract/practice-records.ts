/**
 * Records that only calls write and no device edits offline: invoices and credit notes, prescriptions, reminders.
 * `…Data` is what a call may bring; the record adds what the server keeps itself.
 */
import { z } from 'zod'
import {
  currency,
  day,
  instant,
  longText,
  money,
  optional,
  quantity,
  saying,
  siteId,
  uuid,
  vatRate,
  word,
} from './fields.ts'
import { served } from './records.ts'

/** One treatment as it was when it was invoiced; of a credit note, with amount and quantity turned round. */
export const invoiceLine = z.object({
  treatmentId: uuid,
  animalId: uuid,
  treatedAt: instant,
  code: z.string().nullable(),
  description: z.string(),
  quantity: z.string().describe('A decimal, e.g. "2.5"'),
  unitPrice: money,
  fixedPrice: money,
  vatRate,
  net: money.describe('unitPrice × quantity + fixedPrice, rounded half away from zero'),
  vat: money.describe('VAT on `net`, rounded half away from zero'),
  gross: money,
})

export type InvoiceLine = z.infer<typeof invoiceLine>

/** A sum of lines, in minor units. */
const total = z.int()
export const vatTotal = z.object({ vatRate, net: total, vat: total, gross: total })

export const invoiceKind = z.enum(['INVOICE', 'CREDIT_NOTE'])

/** An invoice, or the credit note that takes a line of one back. Its totals are the sums of its lines. */
export const invoice = served.extend({
  siteId,
  siteIds: z.array(siteId),
  clientId: uuid,
  kind: invoiceKind,
  number: z.int().min(1).describe('In the group’s series of its kind, without gaps'),
  reference: z.string().describe('The number as it is printed, e.g. `INV-000042`'),
  issuedAt: instant,
  currency,
  lines: z.array(invoiceLine),
  vatSummary: z.array(vatTotal).describe('By rate, lowest first'),
  net: total,
  vat: total,
  gross: total,
  creditOf: uuid.nullable().describe('Of a credit note: the invoice whose line it takes back'),
  reason: z.string().nullable().describe('Of a credit note: why'),
})

export type Invoice = z.infer<typeof invoice>
export type InvoiceKind = Invoice['kind']

export const prescriptionStatus = z.enum([
  'REQUESTED',
  'APPROVED',
  'DECLINED',
  'DISPENSED',
  'COLLECTED',
  'CANCELLED',
])
export type PrescriptionStatus = z.infer<typeof prescriptionStatus>

export const prescriptionData = z.strictObject({
  siteId,
  clientId: uuid,
  animalId: uuid,
  code: optional(z.string().min(1).max(40)).describe('The medicine’s treatment code, where it has one'),
  description: saying(200).describe('The medicine, in words'),
  quantity,
  directions: optional(z.string().max(2000)).describe('How it is given; for the label, and the customer'),
  repeatsAllowed: z.int().min(0).max(24).default(0),
  validUntil: optional(day).describe('The last day on which a repeat can be asked for'),
  repeatOf: optional(uuid).describe('The prescription that this is a repeat of'),
  customerNote: optional(z.string().max(2000)).describe('What the customer wrote with the request'),
  notes: optional(longText).describe('For the practice alone'),
})

const step = z.object({
  status: prescriptionStatus,
  at: instant,
  by: uuid,
  note: z.string().nullable().describe('For the practice alone'),
})

export const prescription = served.extend({
  ...prescriptionData.shape,
  siteIds: z.array(siteId),
  status: prescriptionStatus,
  requestedAt: instant,
  requestedBy: z.object({ userId: uuid, kind: z.enum(['CUSTOMER', 'STAFF']) }),
  practitionerId: uuid.nullable().describe('Who approved or declined it'),
  messageForCustomer: z.string().nullable(),
  steps: z.array(step).describe('Each status it came to, when, and by whom; oldest first'),
  repeats: z.array(uuid).describe('The approved repeats of this prescription'),
  repeatsLeft: z.int().min(0),
})
export type Prescription = z.infer<typeof prescription>

export const reminderStatus = z.enum(['OPEN', 'DONE', 'CANCELLED'])

export const reminderData = z.strictObject({
  siteId,
  clientId: uuid,
  animalId: optional(uuid),
  practitionerId: optional(uuid).describe('Whose reminder it is; the user’s own where none is given'),
  kind: word.describe('From the practice’s own list, e.g. `VACCINATION`'),
  text: saying(200).describe('What the customer reads'),
  dueOn: day,
  notes: optional(longText).describe('For the practice alone'),
})

export const reminder = served.extend({
  ...reminderData.shape,
  siteIds: z.array(siteId),
  status: reminderStatus,
  createdBy: uuid.nullable(),
  settledAt: instant.nullable().describe('When it was done or cancelled'),
  settledBy: uuid.nullable(),
})
export type Reminder = z.infer<typeof reminder>
