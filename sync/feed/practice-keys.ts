/**
 * Lookup keys of invoices, prescriptions and reminders, and of treatments that wait for one. Their times are written
 * by the server, as UTC text that sorts. Pure.
 */
import type { StoredDoc } from '../store/port.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const modified = (doc: StoredDoc, type: string): string[] => [
  'modified',
  type,
  text(doc['modifiedAt']),
  doc._id,
]

/** A draft is nobody's yet: it is found by whoever finishes it. */
export const invoiceKeys = (doc: StoredDoc, id: string): string[][] => {
  if (doc['state'] === 'DRAFT') return [['invoice.unfinished', id]]
  if (doc['state'] !== 'ISSUED') return []
  const at = text(doc['issuedAt'])
  return [
    ['invoice.client', text(doc['clientId']), at, id],
    ['invoice.site', String(doc['siteId']), at, id],
    ...(typeof doc['creditOf'] === 'string' ? [['invoice.credits', doc['creditOf'], id]] : []),
    modified(doc, 'invoice'),
  ]
}

export const prescriptionKeys = (doc: StoredDoc, id: string): string[][] => {
  const at = text(doc['requestedAt'])
  const site = String(doc['siteId'])
  return [
    ['prescription.client', text(doc['clientId']), at, id],
    ['prescription.animal', text(doc['animalId']), at, id],
    ['prescription.site', site, at, id],
    ['prescription.status', site, text(doc['status']), at, id],
    modified(doc, 'prescription'),
  ]
}

export const reminderKeys = (doc: StoredDoc, id: string): string[][] => {
  const due = text(doc['dueOn'])
  const site = String(doc['siteId'])
  return [
    ['reminder.client', text(doc['clientId']), due, id],
    ...(typeof doc['animalId'] === 'string' ? [['reminder.animal', doc['animalId'], due, id]] : []),
    ['reminder.site', site, due, id],
    ...(doc['status'] === 'OPEN' ? [['reminder.open', site, due, id]] : []),
    modified(doc, 'reminder'),
  ]
}

const set = (value: unknown): boolean => value !== null && value !== undefined

/** A treatment that is not invoiced yet, by its animal; and an invoiced one whose voiding is not credited yet. */
export const openTreatmentKeys = (doc: StoredDoc, id: string): string[][] => {
  const [invoiced, voided] = [set(doc['invoiceId']), set(doc['voided'])]
  if (!invoiced && !voided) return [['treatment.open', text(doc['animalId']), id]]
  return invoiced && voided && !set(doc['credited']) ? [['treatment.uncredited', id]] : []
}
