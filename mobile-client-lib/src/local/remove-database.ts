/** Taking a user's database off the device, so that nothing of it is left. */
import { removeRxDatabase, type RxStorage } from 'rxdb'
import { deleteIndexedDbs } from './indexed-dbs.ts'
import { Stop } from '../stop.ts'
import type { Tabs } from '../tabs/tabs.ts'
import { openLock } from './open-database.ts'

/** How long other tabs are given to let go of the database, in ms. */
const patienceMs = 5000

export const userDatabaseName = (databaseName: string, userId: string): string => `${databaseName}-${userId}`

/** Removes a user's database, once the other tabs have closed it. */
export const removeUserDatabase = async <I, O>(
  name: string,
  storage: RxStorage<I, O>,
  tabs: Tabs,
): Promise<void> => {
  const late = new Stop()
  const timer = setTimeout(() => late.stop(), patienceMs)
  const release = await tabs.hold(openLock(name), late)
  clearTimeout(timer)
  try {
    await removeRxDatabase(name, storage, false)
    await deleteIndexedDbs(name)
  } finally {
    release?.()
  }
}
