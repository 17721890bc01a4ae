/**
 * The names of the pulled collections. The contract has them beside its zod schemas; saying them here keeps zod
 * out of the app, and the type says that they are the same.
 */
import type { collections as contracted, CollectionName } from '../../../sync/contract/records.ts'

export type { CollectionName }

export const collections: typeof contracted = {
  reference: 'reference',
  treatmentCodes: 'treatmentCode',
  clients: 'client',
  animals: 'animal',
  appointments: 'appointment',
  treatments: 'treatment',
  payments: 'payment',
  documents: 'document',
  conflicts: 'conflict',
}
export const collectionNames = Object.keys(collections) as CollectionName[]
