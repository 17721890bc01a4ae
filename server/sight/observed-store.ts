/** A store whose operations are timed and traced. */
import { StoreUnavailable, type Database, type Store } from '../../sync/store/port.ts'
import { untraced, type Tracing } from '../tracing/tracing.ts'
import type { Metrics } from './metrics.ts'
import { observed, type Around, type Method } from './observed.ts'

/** What reads or writes; the rest is no work of the store's. */
const operations = new Set<keyof Database>([
  ...(['info', 'get', 'getMany', 'range', 'write', 'changes', 'leaves', 'ancestry', 'missingRevs'] as const),
  ...(['attachment', 'revision', 'writeRevisions', 'getLocal', 'putLocal'] as const),
])

interface Watching {
  metrics: Metrics
  tracing: Tracing
}

const watched = ({ metrics, tracing }: Watching, { kind, name }: { kind: string; name: string }): Around => {
  const timed: Around = async (operation, _args, work) => {
    const started = performance.now()
    let failed = false
    try {
      return await work()
    } catch (error) {
      failed = error instanceof StoreUnavailable
      throw error
    } finally {
      metrics.storeAnswered(operation, performance.now() - started, failed)
    }
  }
  if (tracing === untraced) return timed
  return (operation, args, work) => {
    const [first] = args
    const attributes = {
      ...{ 'db.system.name': kind, 'db.namespace': name, 'db.operation.name': operation },
      'db.operation.batch.size': Array.isArray(first) ? first.length : undefined,
    }
    return tracing.step(`store ${operation}`, attributes, () => timed(operation, args, work))
  }
}

/** The same store; each database stays one object for its name. */
export const observedStore = (store: Store, watching: Watching): Store => {
  const databases = new WeakMap<Database, Database>()
  const database: Store['database'] = async (...args) => {
    const db = await store.database(...args)
    const about = { kind: store.kind, name: db.name }
    const known = databases.get(db) ?? observed(db, operations, watched(watching, about))
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
