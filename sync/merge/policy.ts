/** The merge rules as data: for each record type, each field's policy; and what may not be edited at all. */
import { own, same } from './canonical.ts'
import type { Changes } from './types.ts'

/**
 * - `scalar`: one value; the later stands, a differing one beside it is a conflict
 * - `{ unit }`: fields that mean something only together; merged as one value
 * - `set`: additions and removals both apply; order is not edited
 * - `text`: clinical free text; both texts are kept
 * - `status`: the appointment's; causally later, of concurrent ones the further along
 * - `oneWay`: as scalar, but never back to null
 * - `fixed`: part of the creation, never edited
 * - `served`: kept by the server
 */
export type Policy = 'scalar' | 'set' | 'text' | 'status' | 'oneWay' | 'fixed' | 'served' | { unit: string }

const served = {
  id: 'served',
  groupId: 'served',
  revision: 'served',
  createdAt: 'served',
  modifiedAt: 'served',
} as const
const slot = { unit: 'slot' } as const
const line = { unit: 'line' } as const
const price = { unit: 'price' } as const

const policies = {
  appointment: {
    ...served,
    siteId: slot,
    practitionerId: slot,
    startsAt: slot,
    endsAt: slot,
    clientId: 'scalar',
    animalIds: 'set',
    status: 'status',
    reasonId: 'scalar',
    reasonText: 'scalar',
    notes: 'text',
    statusTimes: 'served',
    onlineBooking: 'served',
    clash: 'served',
    cancellation: 'served',
  },
  treatment: {
    ...served,
    animalId: 'fixed',
    appointmentId: 'scalar',
    practitionerId: 'scalar',
    code: line,
    description: line,
    quantity: line,
    unitPrice: line,
    fixedPrice: line,
    currency: line,
    vatRate: line,
    batchNumber: 'scalar',
    label: 'text',
    notes: 'text',
    treatedAt: 'scalar',
    siteIds: 'served',
    invoiceId: 'served',
    review: 'served',
    voided: 'oneWay',
  },
  payment: {
    ...served,
    clientId: 'fixed',
    appointmentId: 'fixed',
    method: 'fixed',
    amount: 'fixed',
    currency: 'fixed',
    takenAt: 'fixed',
    allocations: 'fixed',
    reversalOf: 'fixed',
    notes: 'fixed',
    siteIds: 'served',
    review: 'served',
  },
  client: {
    ...served,
    siteIds: 'set',
    title: 'scalar',
    firstName: 'scalar',
    lastName: 'scalar',
    address: 'scalar',
    phones: 'set',
    emails: 'set',
    deactivated: 'scalar',
    externalIds: 'set',
    prospect: 'served',
  },
  animal: {
    ...served,
    clientId: 'scalar',
    siteIds: 'set',
    name: 'scalar',
    species: 'scalar',
    breed: 'scalar',
    sex: 'scalar',
    colour: 'scalar',
    dateOfBirth: 'scalar',
    weightGrams: 'scalar',
    microchip: 'scalar',
    allergies: 'set',
    alerts: 'set',
    notes: 'text',
    deceasedAt: 'scalar',
    externalIds: 'set',
    prospect: 'served',
  },
  document: {
    ...served,
    animalId: 'fixed',
    clientId: 'fixed',
    appointmentId: 'scalar',
    title: 'scalar',
    category: 'scalar',
    fileName: 'scalar',
    contentType: 'fixed',
    size: 'fixed',
    sha256: 'fixed',
    documentId: 'served',
    clientItemId: 'served',
    siteIds: 'served',
    version: 'served',
    versions: 'served',
    storedAt: 'served',
    deletedAt: 'served',
    purgedAt: 'served',
  },
  treatmentCode: {
    ...served,
    code: 'fixed',
    name: 'scalar',
    kind: 'scalar',
    unitPrice: price,
    fixedPrice: price,
    currency: price,
    vatRate: price,
    sellingUnit: 'scalar',
    drugSchedule: 'scalar',
    active: 'scalar',
  },
} as const satisfies Record<string, Record<string, Policy>>

/** The record types that merge knows. */
export type RecordType = keyof typeof policies
export const recordTypes = Object.keys(policies) as RecordType[]

/** Every field of a record type with its policy. */
export const fieldsOf = (type: RecordType): Readonly<Record<string, Policy>> => policies[type]

/** A field's policy; null where the type has no such field. */
export function policyOf(type: RecordType, field: string): Policy | null {
  const fields = fieldsOf(type)
  return Object.hasOwn(fields, field) ? (fields[field] ?? null) : null
}

/** Which of a deletion and a concurrent change stands. */
export type DeletePolicy = 'change' | 'delete'

/** Clinical and financial records outlive a deletion that had not seen their last change; lists do not. */
export const deletePolicy: Readonly<Record<RecordType, DeletePolicy>> = {
  appointment: 'change',
  treatment: 'change',
  payment: 'change',
  client: 'change',
  animal: 'change',
  document: 'change',
  treatmentCode: 'delete',
}

/** Which stands when a record was deleted in one place and changed in another. */
export const deleteAgainstChange = (type: RecordType): DeletePolicy => deletePolicy[type]

/** Why an edit cannot be taken; `path` is where in the item. */
export interface Refusal {
  code: 'APPEND_ONLY' | 'INVOICED' | 'FIELD_FIXED' | 'UNKNOWN_FIELD'
  path: string
  message: string
}

type Reason = Pick<Refusal, 'code' | 'message'>

const appendOnly: Reason = {
  code: 'APPEND_ONLY',
  message: 'a payment is never changed; record a reversal: a new payment with reversalOf set to its id',
}
const invoiced: Reason = {
  code: 'INVOICED',
  message: 'an invoiced treatment is never changed; void it, and record what is right as a new treatment',
}
const fixed = (message: string): Reason => ({ code: 'FIELD_FIXED', message })

function reasonAgainst(type: RecordType, field: string, to: unknown): Reason | null {
  const policy = policyOf(type, field)
  if (type === 'payment') return appendOnly
  if (policy === 'served') return fixed(`${field} is kept by the server`)
  if (policy === 'fixed') return fixed(`${field} of a ${type} is never changed; record it anew`)
  if (policy !== 'oneWay' || !same(to, null)) return null
  return fixed(`${field} of a ${type} cannot be taken back; record it anew`)
}

/** The first reason to refuse these changes, or null. What a field already holds may always be said again. */
export function editRefusal(
  type: RecordType,
  fields: Record<string, unknown>,
  changes: Changes,
): Refusal | null {
  const isInvoiced = type === 'treatment' && !same(own(fields, 'invoiceId'), null)
  for (const [field, { from, to }] of Object.entries(changes)) {
    const path = `changes.${field}`
    const policy = policyOf(type, field)
    if (policy === null) return { code: 'UNKNOWN_FIELD', path, message: `${type} has no field ${field}` }
    if (same(from, to) || same(to, own(fields, field))) continue
    const reason = reasonAgainst(type, field, to) ?? (isInvoiced && policy !== 'oneWay' ? invoiced : null)
    if (reason !== null) return { ...reason, path }
  }
  return null
}
