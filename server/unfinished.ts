/**
 * A store that a move or a restore is filling says so until it is whole: it has a database more, and no server opens it.
 * That database is made before anything else and removed last, which is the commit. In it stands what fills the store,
 * so that only the same work goes on with it, and how far each database is.
 */
import type { Database, Seq, Store } from '../sync/store/port.ts'

const fillingDatabase = 'filling'
const workId = 'work'

/** What fills a store. */
export interface FillingWork {
  what: 'move' | 'restore'
  /** Names the source or the backup. */
  source: string
}

/** The store is half full, or another's; the message is for the person at the keyboard. */
export class StoreUnfinished extends Error {
  override readonly name = 'StoreUnfinished'
}

const isUnfinished = async (store: Pick<Store, 'list'>): Promise<boolean> =>
  (await store.list()).includes(fillingDatabase)

/** @throws StoreUnfinished where a move or a restore into this store has not ended */
export const assertWhole = async (store: Pick<Store, 'list'>): Promise<void> => {
  if (await isUnfinished(store))
    throw new StoreUnfinished(
      'This store is half full: a move or a restore into it has not ended. Run the same command again; it goes on.',
    )
}

interface Place {
  /** The identity of the database that `since` is a place of. */
  identity: string
  since: Seq
}

export class Filling {
  readonly #store: Store
  readonly #db: Database
  /** Whether the same work had begun before. */
  readonly resumed: boolean

  private constructor(store: Store, db: Database, resumed: boolean) {
    this.#store = store
    this.#db = db
    this.resumed = resumed
  }

  /**
   * Begins to fill an empty store, or goes on with the same work.
   * @throws StoreUnfinished where the store is not empty, or half full of something else
   */
  static async begin(store: Store, { what, source }: FillingWork): Promise<Filling> {
    const names = await store.list()
    if (names.length > 0 && !names.includes(fillingDatabase))
      throw new StoreUnfinished(
        `The ${store.kind} store to be filled is not empty: ${names.slice(0, 5).join(', ')} …`,
      )
    const db = await store.database(fillingDatabase)
    const work = await db.get(workId)
    if (work && (work['what'] !== what || work['source'] !== source))
      throw new StoreUnfinished(
        `The ${store.kind} store to be filled is half full of another ${String(work['what'])}. Go on with that one, or remove it.`,
      )
    if (!work) await db.write([{ _id: workId, what, source }])
    return new Filling(store, db, work !== undefined)
  }

  /** How far a database is; 0 where nothing of it is there, or its source is another one by now. */
  async place(name: string, identity: string): Promise<Seq> {
    const kept = (await this.#db.getLocal(name)) as Partial<Place> | undefined
    return kept?.identity === identity && kept.since !== undefined ? kept.since : 0
  }

  async reached(name: string, place: Place): Promise<void> {
    await this.#db.putLocal(name, { ...place })
  }

  /** The store is whole: servers may open it. */
  async end(): Promise<void> {
    await this.#store.destroy(fillingDatabase)
  }
}

/** The names of a store's own databases. */
export const databasesOf = async (store: Pick<Store, 'list'>): Promise<string[]> =>
  (await store.list()).filter((name) => name !== fillingDatabase)

/** Small files inside CouchDB are the file storage's (uploads/storage/couch-files.ts), and no documents of the group's. */
export const isFileDocument = (database: string, id: string): boolean =>
  database.startsWith('group-') && id.startsWith('file:')
