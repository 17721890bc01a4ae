/**
 * The collections' schemas: the fields of merge's policy table, typed loosely, because the server has checked what
 * comes from it and checks what goes to it. Nothing may be indexed that can be null: IndexedDB would leave
 * such a row out of every query that walks the index.
 */
import type { RxJsonSchema } from 'rxdb'
import { collections, type CollectionName } from './names.ts'
import { fieldsOf, type RecordType } from '../../../sync/merge/policy.ts'
import type { LocalRecord } from './records.ts'

type Property = Record<string, unknown>
type Schema = RxJsonSchema<LocalRecord>

const uuid: Property = { type: 'string', maxLength: 36 }
const instant: Property = { type: 'string', maxLength: 40 }
const indexedText: Property = { type: 'string', maxLength: 200 }
const site: Property = { type: 'integer', minimum: 0, maximum: 2 ** 31, multipleOf: 1 }

interface Plan {
  /** Raised with each change of what this file makes of the collection; `migrations.ts` says how records follow. */
  version: number
  indexes: (string | string[])[]
  /** Fields whose shape an index needs to know. */
  shapes: Record<string, Property>
  /** Fields beside merge's. */
  further?: readonly string[]
}

const plans: Record<CollectionName | 'rejected', Plan> = {
  appointments: {
    version: 1,
    indexes: ['startsAt', ['siteId', 'startsAt']],
    shapes: { startsAt: instant, siteId: site },
  },
  treatments: { version: 1, indexes: ['animalId'], shapes: { animalId: uuid } },
  payments: { version: 1, indexes: ['clientId'], shapes: { clientId: uuid } },
  documents: { version: 1, indexes: ['animalId'], shapes: { animalId: uuid } },
  clients: { version: 1, indexes: ['lastName'], shapes: { lastName: indexedText } },
  animals: { version: 1, indexes: ['clientId'], shapes: { clientId: uuid } },
  treatmentCodes: { version: 0, indexes: ['name'], shapes: { name: indexedText } },
  reference: {
    version: 0,
    indexes: [],
    shapes: {},
    further: [
      'kind',
      'groupId',
      'revision',
      'createdAt',
      'modifiedAt',
      'siteIds',
      'siteId',
      'name',
      'externalIds',
    ],
  },
  conflicts: {
    version: 0,
    indexes: [],
    shapes: {},
    further: [
      'recordType',
      'recordId',
      'field',
      'fields',
      'shown',
      'values',
      'recordRevision',
      'siteIds',
      'resolution',
    ],
  },
  rejected: {
    version: 0,
    indexes: [],
    shapes: {},
    further: ['collectionName', 'recordId', 'item', 'errors', 'retryable', 'rejectedAt'],
  },
}

const recordTypeOf: Partial<Record<string, RecordType>> = {
  appointments: 'appointment',
  treatments: 'treatment',
  payments: 'payment',
  documents: 'document',
  clients: 'client',
  animals: 'animal',
  treatmentCodes: 'treatmentCode',
}

/** The record type that a collection holds; null for those that merge does not know. */
export const recordType = (collection: string): RecordType | null => recordTypeOf[collection] ?? null

/** The schema of a collection. */
export const schemaOf = (name: CollectionName | 'rejected'): Schema => {
  const plan = plans[name]
  const type = recordType(name)
  const fields = [...(type ? Object.keys(fieldsOf(type)) : []), ...(plan.further ?? []), 'pendingEdits']
  const properties: Record<string, Property> = {}
  for (const field of fields) properties[field] = plan.shapes[field] ?? {}
  // A treatment code's id is its code, other records' ids are UUIDs, a reference's is `kind:id`.
  properties['id'] = { type: 'string', maxLength: 100 }
  return {
    title: name,
    version: plan.version,
    type: 'object',
    primaryKey: 'id',
    properties: properties,
    required: ['id', ...Object.keys(plan.shapes)],
    indexes: plan.indexes,
  }
}

/** All of the device's collections. */
export const localNames = [...(Object.keys(collections) as CollectionName[]), 'rejected'] as const
