/** On a page: RxDB's own `replicateCouchDB` over the same storage, for benches to measure beside the library. */
import { createRxDatabase, type RxCollection } from 'rxdb'
import { replicateCouchDB } from 'rxdb/plugins/replication-couchdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'

type Row = Record<string, unknown> & { id: string }

export interface CouchPeer {
  collections: Record<string, RxCollection<Row>>
  /** Pulls, or pulls and pushes, the collections side by side, once. */
  sync(way: 'pull' | 'both'): Promise<void>
  close(): Promise<void>
}

const schema = {
  ...{ version: 0, primaryKey: 'id', type: 'object' },
  properties: { id: { type: 'string', maxLength: 100 } },
} as const

export interface PeerOptions {
  /** Of the collections' databases at the server, without the collection. */
  url: string
  names: string[]
  username: string
  password: string
}

/** Opens a database of its own; the same each time. */
export const openCouchPeer = async ({ url, names, username, password }: PeerOptions): Promise<CouchPeer> => {
  const storage = getRxStorageDexie()
  const database = await createRxDatabase({ name: 'couch-peer', storage, multiInstance: false })
  const added = await database.addCollections(Object.fromEntries(names.map((name) => [name, { schema }])))
  const collections = added as unknown as Record<string, RxCollection<Row>>
  const headers = { Authorization: `Basic ${btoa(`${username}:${password}`)}` }
  const once = async (name: string, way: 'pull' | 'both'): Promise<void> => {
    const collection = collections[name]
    if (!collection) return
    const replication = replicateCouchDB<Row>({
      ...{ replicationIdentifier: name, collection, live: false, waitForLeadership: false },
      url: `${url}${name}/`,
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...headers } }),
      pull: {},
      ...(way === 'both' && { push: {} }),
    })
    await replication.awaitInitialReplication()
    await replication.awaitInSync()
    await replication.cancel()
  }
  return {
    collections,
    async sync(way) {
      await Promise.all(names.map((name) => once(name, way)))
    },
    async close() {
      await database.close()
    },
  }
}
