/** The page's script: the library as an app has it, for tests to drive. */
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { createClient, newId, type VetspaceClient } from '../../../mobile-client-lib/src/index.ts'

export interface OnPage {
  createClient: typeof createClient
  newId: typeof newId
  storage: typeof getRxStorageDexie
  /** The page's client, once it has opened one. */
  client: VetspaceClient
}

Object.assign(globalThis, { vetspace: { createClient, newId, storage: getRxStorageDexie } })
