/** A store whose operations are timed. */
import { StoreUnavailable, type Database, type Store } from '../../sync/store/port.ts'
import type { Metrics } from './metrics.ts'

/** What reads or writes; the rest is no work of the store's. */
const operations = new Set<keyof Database>([
  ...(['info', 'get', 'getMany', 'range', 'write', 'changes', 'leaves', 'ancestry', 'missingRevs'] as const),
  ...(['writeRevisions', 'getLocal', 'putLocal'] as const),
])

type Method = (...args: unknown[]) => unknown

const observedDatabase = (db: Database, metrics: Metrics): Database => {
  const timed = new Map<PropertyKey, Method>()
  const time =
    (operation: string, method: Method): Method =>
    async (...args) => {
      const started = performance.now()
      let failed = false
      try {
        return await method(...args)
      } catch (error) {
        failed = error instanceof StoreUnavailable
        throw error
      } finally {
        metrics.storeAnswered(operation, performance.now() - started, failed)
      }
    }
  return new Proxy(db, {
    get(target, key) {
      const known = timed.get(key)
      if (known) return known
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      const method = (value as Method).bind(target)
      const given = operations.has(key as keyof Database) ? time(String(key), method) : method
      timed.set(key, given)
      return given
    },
  })
}

/** The same store; each database stays one object for its name. */
export const observedStore = (store: Store, metrics: Metrics): Store => {
  const databases = new WeakMap<Database, Database>()
  const database: Store['database'] = async (...args) => {
    const db = await store.database(...args)
    const known = databases.get(db) ?? observedDatabase(db, metrics)
    databases.set(db, known)
    return known
  }
  return new Proxy(store, {
    get(target, key) {
      if (key === 'database') return database
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? ((value as Method).bind(target) as unknown) : value
    },
  })
}
