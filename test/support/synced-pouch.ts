/** PouchDB on LevelDB with every write synced to disk: the peer of the embedded store. */
import { createRequire } from 'node:module'

interface Pouch {
  bulkDocs(docs: readonly object[]): Promise<unknown[]>
  changes(options: object): Promise<{ results: unknown[] }>
  close(): Promise<void>
}
type PouchClass = {
  plugin(plugin: unknown): PouchClass
  new (name: string, options: object): Pouch
}

const require = createRequire(import.meta.url)

/** leveldown, but nothing is acknowledged before it is on disk. */
const syncedLevelDown = (): unknown => {
  const LevelDown = require('leveldown') as new (location: string) => object
  class Synced extends LevelDown {}
  const methods = Synced.prototype as Record<string, (...given: unknown[]) => unknown>
  for (const method of ['_put', '_del', '_batch']) {
    const original = methods[method]
    methods[method] = function (this: object, ...given: unknown[]) {
      const options = given.length - 2
      given[options] = { ...(given[options] as object), sync: true }
      return original?.apply(this, given)
    }
  }
  return (location: string) => new Synced(location)
}

export const openSyncedPouch = (directory: string): { db: Pouch } & AsyncDisposable => {
  const core = require('pouchdb-core') as { default?: PouchClass } & PouchClass
  const LevelAdapter = require('pouchdb-adapter-leveldb-core') as (
    this: object,
    options: object,
    done: unknown,
  ) => void
  const PouchDB = core.default ?? core
  const down = syncedLevelDown()
  const adapter = function (this: object, options: object, done: unknown): void {
    LevelAdapter.call(this, { ...options, db: down }, done)
  }
  Object.assign(adapter, { valid: () => true, use_prefix: false })
  const plugin = (Pouch: { adapter(name: string, adapter: unknown, isDefault: boolean): void }): void =>
    Pouch.adapter('synced-level', adapter, true)
  const db = new (PouchDB.plugin(plugin))(directory, { adapter: 'synced-level' })
  return { db, [Symbol.asyncDispose]: () => db.close() }
}
