/** How the records of an earlier release become those of this one, when their database is opened. */
import { addRxPlugin, getAllCollectionDocuments, type RxDatabase } from 'rxdb'
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema'
import { VersionError } from '../errors.ts'
import type { CollectionName } from './names.ts'
import type { AnyCollections, LocalRecord } from './records.ts'
import { localNames, schemaOf } from './schemas.ts'

addRxPlugin(RxDBMigrationSchemaPlugin)

type Step = (record: LocalRecord) => LocalRecord

/** For fields that only the server fills in: what a device has without them stays as it is. */
const asItIs: Step = (record) => record

/** By collection, the step to each version, from 1 on. Unsent edits stay on their records through every step. */
const steps: Partial<Record<CollectionName | 'rejected', readonly Step[]>> = {
  // 1: `cancellation`
  appointments: [asItIs],
  // 1: `review`
  treatments: [asItIs],
  payments: [asItIs],
  // 1: `version`, `versions`, `storedAt`, `deletedAt`, `purgedAt`
  documents: [asItIs],
  // 1: `prospect`
  clients: [asItIs],
  animals: [asItIs],
}

/** The steps of a collection as RxDB wants them. */
export const migrationsOf = (name: CollectionName | 'rejected'): Record<number, Step> =>
  Object.fromEntries((steps[name] ?? []).map((step, i) => [i + 1, step]))

/**
 * Whether records of an earlier release are in this database.
 * @throws VersionError `DATA_TOO_NEW` where a later release has written it: nothing of it is touched
 */
export const isOutdated = async (db: RxDatabase): Promise<boolean> => {
  const kept = (await getAllCollectionDocuments(db.internalStore)).map(({ data }) => data)
  const known = kept.flatMap(({ name, version }) => {
    const local = localNames.find((one) => one === name)
    return local ? [{ version, present: schemaOf(local).version }] : []
  })
  if (known.some(({ version, present }) => version > present)) throw new VersionError('DATA_TOO_NEW')
  return known.some(({ version, present }) => version < present)
}

/** Records moved at once. */
const batchSize = 1000

/** Brings the records of all collections up to date; what an earlier attempt has come to stays done. */
export const migrate = async (collections: AnyCollections): Promise<void> => {
  for (const collection of Object.values(collections)) await collection.migratePromise(batchSize)
}
