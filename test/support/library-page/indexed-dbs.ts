/** On a page: its IndexedDB databases, as data that can be kept in a file. */

interface StoredTable {
  name: string
  keyPath: string | string[]
  autoIncrement: boolean
  indexes: { name: string; keyPath: string | string[]; unique: boolean; multiEntry: boolean }[]
  rows: unknown[]
}

export interface StoredDb {
  name: string
  version: number
  tables: StoredTable[]
}

const done = async <T>(request: IDBRequest<T>): Promise<T> =>
  await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })

const dumpTable = async (db: IDBDatabase, name: string): Promise<StoredTable> => {
  const store = db.transaction(name).objectStore(name)
  const { keyPath, autoIncrement } = store
  const indexes = [...store.indexNames].map((index) => {
    const { keyPath, unique, multiEntry } = store.index(index)
    return { name: index, keyPath, unique, multiEntry }
  })
  return { name, keyPath, autoIncrement, indexes, rows: await done(store.getAll()) } as StoredTable
}

/** All databases of the page's origin; what they hold is JSON. */
export const dumpIndexedDbs = async (): Promise<StoredDb[]> => {
  const dumped: StoredDb[] = []
  for (const { name = '' } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name))
    const tables = await Promise.all([...db.objectStoreNames].map((table) => dumpTable(db, table)))
    dumped.push({ name, version: db.version, tables })
    db.close()
  }
  return dumped
}

/** Makes databases as they were dumped. */
export const loadIndexedDbs = async (dumped: readonly StoredDb[]): Promise<void> => {
  for (const { name, version, tables } of dumped) {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => {
      for (const { name: table, keyPath, autoIncrement, indexes } of tables) {
        const store = request.result.createObjectStore(table, { keyPath, autoIncrement })
        for (const { name: index, keyPath, ...kind } of indexes) store.createIndex(index, keyPath, kind)
      }
    }
    const db = await done(request)
    for (const { name: table, rows } of tables) {
      const store = db.transaction(table, 'readwrite').objectStore(table)
      await Promise.all(rows.map((row) => done(store.put(row))))
    }
    db.close()
  }
}
