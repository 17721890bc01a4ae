/** Opening a user's database, whatever release wrote it. */
import { createRxDatabase, type RxDatabase, type RxStorage } from 'rxdb'
import { conflictHandlerOf, pulledConflictHandler } from '../edits/conflict-handler.ts'
import { VersionError } from '../errors.ts'
import { Stop } from '../stop.ts'
import { told } from '../tabs/messages.ts'
import type { Release, Tabs } from '../tabs/tabs.ts'
import { isOutdated, migrate, migrationsOf } from './migrations.ts'
import { isPushed, type AnyCollections } from './records.ts'
import { localNames, recordType, schemaOf } from './schemas.ts'

/** Held by each tab that has the database open. */
export const openLock = (name: string): string => `open/${name}`

/** How long other tabs are given to let go of a database that is to be brought up to date, in ms. */
const patienceMs = 5000

interface Opening {
  name: string
  tabs: Tabs
  /** The lock of a tab that is the only one to have the database open; else null. */
  alone: Release | null
}

/**
 * Opens a database; one that an earlier release wrote is brought up to date first, while no tab of that release has
 * it open: what such a tab wrote meanwhile would be left behind.
 * @throws VersionError `DATA_TOO_NEW`, `OTHER_TABS_OPEN`
 */
export const openUpToDate = async <I, O>(
  storage: RxStorage<I, O>,
  { name, tabs, alone }: Opening,
): Promise<{ db: RxDatabase; alone: Release | null }> => {
  let first = alone
  try {
    const db = await create(storage, name, tabs.several)
    const outdated = await orClosed(db, () => isOutdated(db))
    if (!outdated) return { db, alone: first }
    await db.close()
    first ??= await othersGone(name, tabs)
    const old = await create(storage, name, false)
    await orClosed(old, async () => migrate(await addCollections(old, { autoMigrate: false })))
    await old.close()
    return { db: await create(storage, name, tabs.several), alone: first }
  } catch (error) {
    first?.()
    throw error
  }
}

const create = async <I, O>(
  storage: RxStorage<I, O>,
  name: string,
  multiInstance: boolean,
): Promise<RxDatabase> => await createRxDatabase({ name, storage, multiInstance, localDocuments: true })

const orClosed = async <T>(db: RxDatabase, task: () => Promise<T>): Promise<T> => {
  try {
    return await task()
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Resolves when the other tabs have closed the database. */
const othersGone = async (name: string, tabs: Tabs): Promise<Release> => {
  tabs.say({ kind: 'left', database: name, error: told(new VersionError('APP_UPDATED')) })
  const late = new Stop()
  const timer = setTimeout(() => late.stop(), patienceMs)
  const release = await tabs.hold(openLock(name), late)
  clearTimeout(timer)
  if (!release) throw new VersionError('OTHER_TABS_OPEN')
  return release
}

/** @param options autoMigrate: as RxDB means it, which looks whether there is anything to do, and writes wait for that */
export const addCollections = async (
  db: RxDatabase,
  { autoMigrate = true } = {},
): Promise<AnyCollections> => {
  const creators = localNames.map((name) => {
    const type = recordType(name)
    const conflictHandler = type && isPushed(name) ? conflictHandlerOf(type) : pulledConflictHandler
    const migrating = { migrationStrategies: migrationsOf(name), autoMigrate }
    const localDocuments = name === 'documents'
    return [name, { schema: schemaOf(name), conflictHandler, localDocuments, ...migrating }] as const
  })
  const added = await db.addCollections(Object.fromEntries(creators))
  return added as unknown as AnyCollections
}
