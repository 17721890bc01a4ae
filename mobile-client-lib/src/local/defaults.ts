/** The values of fields that a new record leaves out, so that apps read a record made here like any other. */
import { fieldsOf } from '../../../sync/merge/policy.ts'
import { isData } from '../edits/edit-log.ts'
import type { LocalRecord } from './records.ts'
import { recordType } from './schemas.ts'

const special: Record<string, Record<string, unknown>> = {
  appointments: { status: 'BOOKED', animalIds: [] },
  clients: { siteIds: [], phones: [], emails: [], deactivated: false, externalIds: [] },
  animals: { siteIds: [], allergies: [], alerts: [], externalIds: [] },
}
/** Fields that a creation must bring: null in place of one would read as if it were there. */
const required: Record<string, readonly string[]> = {
  appointments: ['siteId', 'practitionerId', 'clientId', 'startsAt', 'endsAt'],
  treatments: ['animalId', 'quantity', 'treatedAt'],
  payments: ['clientId', 'method', 'amount', 'currency', 'takenAt'],
  clients: ['lastName'],
  animals: ['clientId'],
  documents: ['animalId', 'title', 'category', 'fileName', 'contentType', 'size', 'sha256'],
}

/** Fills in what `data` leaves out. */
export const withDefaults = (collection: string, data: LocalRecord): void => {
  const type = recordType(collection)
  if (!type) return
  for (const field of Object.keys(fieldsOf(type))) {
    if (!isData(type, field) || data[field] !== undefined || required[collection]?.includes(field)) continue
    const value = special[collection]?.[field] ?? null
    data[field] = Array.isArray(value) ? [] : value
  }
}
