/** Which store stands behind the port: the embedded one, or a CouchDB where the settings name one. */
import { openCouchStore, type CouchStoreOptions } from '../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../sync/store/level/level-store.ts'
import type { Store } from '../sync/store/port.ts'
import type { Config } from './config.ts'
import { makeDataDir } from './data-dir.ts'
import { assertWhole } from './unfinished.ts'

/** Opens a store; `asking` is for one that another service keeps. */
export type OpenStore = (
  config: Config,
  asking?: Pick<CouchStoreOptions, 'passedOn' | 'givenUp'>,
) => Promise<Store>

/**
 * Makes the data directory as well, which holds indexes and files whatever the store.
 * @throws StoreUnfinished where a move or a restore into the store has not ended
 */
export const openStore: OpenStore = async (config, asking) => {
  const store = await openAnyStore(config, asking)
  try {
    await assertWhole(store)
    return store
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** As `openStore`, also a store that is half full. */
export const openAnyStore: OpenStore = async ({ couchdbUrl, dataDir }, asking) => {
  await makeDataDir(dataDir)
  return couchdbUrl === undefined
    ? await openLevelStore({ dataDir })
    : await openCouchStore({ url: couchdbUrl, ...asking })
}
