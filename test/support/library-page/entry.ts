/** The page's script: the library as an app has it, for tests to drive. */
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { createClient, newId, type VetspaceClient } from '../../../mobile-client-lib/src/index.ts'
import { dumpIndexedDbs, loadIndexedDbs } from './indexed-dbs.ts'

export interface OnPage {
  createClient: typeof createClient
  newId: typeof newId
  storage: typeof getRxStorageDexie
  dumpIndexedDbs: typeof dumpIndexedDbs
  loadIndexedDbs: typeof loadIndexedDbs
  /** The page's client, once it has opened one. */
  client: VetspaceClient
}

const own = { createClient, newId, storage: getRxStorageDexie, dumpIndexedDbs, loadIndexedDbs }
Object.assign(globalThis, { vetspace: own })
