import { StoreUnavailable, type Database, type Store } from '../../../sync/store/port.ts'
import type { Cut } from './servers.ts'

const writing = new Set(['write', 'writeRevisions'])

/** A server's way to the store, which can end in the middle. */
export class Way {
  cut: Cut | undefined
  #ended = false
  readonly store: Store

  constructor(store: Store) {
    this.store = new Proxy(store, {
      get: (target, key) => {
        if (key === 'database') return async (name: string) => this.#database(await target.database(name))
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  #database(db: Database): Database {
    return new Proxy(db, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        const call = value.bind(target) as (...args: unknown[]) => unknown
        if (key === 'subscribe') return call
        return async (...args: unknown[]) => {
          if (this.#ended) throw new StoreUnavailable('The server has ended')
          if (!writing.has(String(key)) || !this.cut) return await call(...args)
          this.cut = { ...this.cut, writes: this.cut.writes - 1 }
          if (this.cut.writes >= 0) return await call(...args)
          this.#ended = true
          if (this.cut.done) await call(...args)
          throw new StoreUnavailable('The server has ended')
        }
      },
    })
  }
}
