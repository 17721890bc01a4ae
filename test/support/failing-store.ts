/** A store whose databases can be made to be away: before a write, or after it, so that its answer is lost. */
import { StoreUnavailable, type Database, type Store } from '../../sync/store/port.ts'

export class FailingStore implements Pick<Store, 'database' | 'list'> {
  away: 'before' | 'after' | false = false
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  list(): Promise<string[]> {
    return this.#store.list()
  }

  async database(name: string): Promise<Database> {
    const db = await this.#store.database(name)
    const write: Database['write'] = async (docs) => {
      const gone = new StoreUnavailable('Away')
      if (this.away === 'before') throw gone
      const results = await db.write(docs)
      if (this.away === 'after') throw gone
      return results
    }
    return new Proxy(db, {
      get: (target, field) => {
        if (field === 'write') return write
        const value: unknown = Reflect.get(target, field, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }
}
