/** Which fields are encrypted at rest (pure): all that is not named here, so that a new one is by itself. */

/** What queries, order and the library's own look-ups need: ids, times, states. Nothing personal, nothing clinical. */
const plain = new Set([
  ...['id', 'revision', 'groupId', 'siteId', 'siteIds', 'createdAt', 'modifiedAt', 'kind', 'sealed'],
  ...['practitionerId', 'clientId', 'animalId', 'animalIds', 'appointmentId', 'invoiceId', 'reasonId'],
  ...['startsAt', 'endsAt', 'status', 'statusTimes', 'onlineBooking', 'treatedAt', 'takenAt', 'deactivated'],
  ...['collectionName', 'recordId', 'recordType', 'recordRevision', 'retryable', 'rejectedAt', 'field'],
])
/** The practice's price list and settings: nobody's data. */
const open = new Set(['treatmentCodes', 'reference', '_rxdb_internal'])

/** How a storage instance's documents are sealed. */
export type Sealing = 'none' | 'record' | 'local' | 'replication'

export const sealingOf = (collectionName: string): Sealing => {
  if (collectionName.startsWith('plugin-local-documents-')) return 'local'
  if (/^rx-(replication|migration-state)-meta-/.test(collectionName)) return 'replication'
  return open.has(collectionName) ? 'none' : 'record'
}

/** Whether this field of such a document is sealed. */
export const isSealed = (sealing: Sealing, field: string): boolean => {
  if (sealing === 'none' || field.startsWith('_')) return false
  if (sealing === 'local') return field === 'data'
  if (sealing === 'replication') return field === 'docData'
  return !plain.has(field)
}

/** The fields that a query names. */
export const fieldsNamed = (query: {
  selector?: unknown
  sort?: readonly unknown[] | undefined
}): string[] => {
  const named = new Set((query.sort ?? []).flatMap((part) => Object.keys(part as object)))
  const walk = (selector: unknown): void => {
    if (typeof selector !== 'object' || selector === null) return
    for (const [key, value] of Object.entries(selector))
      if (!key.startsWith('$')) named.add(key.split('.')[0] ?? key)
      else if (Array.isArray(value)) for (const part of value) walk(part)
  }
  walk(query.selector)
  return [...named]
}
