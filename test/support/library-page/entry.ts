/** The page's script: the library as an app has it, for tests to drive. */
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { createClient, newId, type VetspaceClient } from '../../../mobile-client-lib/src/index.ts'
import { openCouchPeer } from './couch-peer.ts'
import { untilDiary } from './diary.ts'
import { dumpIndexedDbs, loadIndexedDbs } from './indexed-dbs.ts'

const own = {
  ...{ createClient, newId, storage: getRxStorageDexie },
  ...{ dumpIndexedDbs, loadIndexedDbs, openCouchPeer, untilDiary },
}

export type OnPage = typeof own & {
  /** The page's client, once it has opened one. */
  client: VetspaceClient
}

Object.assign(globalThis, { vetspace: own })
