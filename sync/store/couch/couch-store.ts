import { Gate } from '../gate.ts'
import { decodeName, encodeName } from '../names.ts'
import { StoreUnavailable, type Database, type DatabaseOptions, type Store } from '../port.ts'
import { assertText, InvalidDocument } from '../prepared.ts'
import { rowsOf } from './answers.ts'
import { CouchClient, CouchFault, CouchRefused } from './couch-client.ts'
import { CouchDatabase } from './couch-database.ts'

export interface CouchStoreOptions {
  /** With user and password, where CouchDB wants them. */
  url: string
  /** Before the name of every database, so that one CouchDB can serve others too. Default `databasePrefix`. */
  prefix?: string
  /** Shards of a database that is made. Default: the server's. */
  q?: number
  /** Copies of each shard. Default: the server's. */
  n?: number
  /** How long a request may take. Default one minute. */
  timeoutMs?: number
  /** Headers that a request carries besides, asked for each; a trace's for one. */
  passedOn?: () => Readonly<Record<string, string>>
  /** Aborted where no answer is worth waiting for any more: all requests then end with StoreUnavailable. */
  givenUp?: AbortSignal
}

/** Before the name of every database, where nothing else is said. */
export const databasePrefix = 'vetspace-'

const PREFIX = /^[a-z][a-z0-9_-]*$/

class CouchStore implements Store {
  readonly kind = 'couchdb'
  readonly #client: CouchClient
  readonly #prefix: string
  readonly #shards: Record<string, number>
  readonly #gate = new Gate('store on CouchDB')
  readonly #open = new Map<string, Promise<CouchDatabase>>()
  #closing: Promise<void> | undefined

  constructor(client: CouchClient, options: { prefix: string; shards: Record<string, number> }) {
    this.#client = client
    this.#prefix = options.prefix
    this.#shards = options.shards
  }

  database(name: string, options: DatabaseOptions = {}): Promise<Database> {
    return this.#gate.run(() => {
      const db = this.#dbOf(name)
      const known = this.#open.get(name)
      if (known) return known
      const opening = this.#make({ name, db, ...options })
      this.#open.set(name, opening)
      // A failed opening is tried again by the next call.
      opening.catch(() => this.#open.delete(name))
      return opening
    })
  }

  list(): Promise<string[]> {
    return this.#gate.run(async () => {
      const query = { start_key: this.#prefix, end_key: `${this.#prefix}\ufff0` }
      const { body } = await this.#client.request({ path: '_all_dbs', query })
      const dbs = rowsOf<string>(body).filter((db) => db.startsWith(this.#prefix))
      const names = dbs.map((db) => decodeName(db.slice(this.#prefix.length), '$'))
      return names.filter((name) => name !== undefined).sort()
    })
  }

  destroy(name: string): Promise<void> {
    return this.#gate.run(async () => {
      const db = this.#dbOf(name)
      const open = await this.#open.get(name)?.catch(() => undefined)
      this.#open.delete(name)
      await open?.close()
      await this.#client.request({ method: 'DELETE', db, expected: [404] })
    })
  }

  ping(): Promise<void> {
    return this.#gate.run(async () => {
      await this.#client.request({ path: '_up' })
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const drained = this.#gate.close()
    const opened = await Promise.allSettled(this.#open.values())
    const open = opened.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    await Promise.all(open.map((database) => database.close()))
    await drained
  }

  async #make({ name, db, oneCopy }: DatabaseOptions & { name: string; db: string }): Promise<CouchDatabase> {
    const query = oneCopy ? { q: 1, n: 1 } : this.#shards
    // 412: it exists.
    await this.#client.request({ method: 'PUT', db, query, expected: [412] })
    if (oneCopy) await this.#assertOneCopy(name, db)
    return new CouchDatabase({ name, db, client: this.#client })
  }

  async #assertOneCopy(name: string, db: string): Promise<void> {
    const { body } = await this.#client.request({ db })
    const copies = (body as { cluster?: { n?: number } }).cluster?.n ?? 1
    if (copies === 1) return
    const cause = new CouchFault(`The database ${name} has ${copies} copies; it has to be made with n=1.`)
    throw new StoreUnavailable('A database has to be in one copy and is not.', { cause })
  }

  #dbOf(name: string): string {
    if (name === '') throw new InvalidDocument('A database needs a name.')
    assertText(name)
    return this.#prefix + encodeName(name, '$')
  }
}

/**
 * Opens the store on a CouchDB 3.
 * @throws StoreUnavailable where it does not answer
 */
export async function openCouchStore(options: CouchStoreOptions): Promise<Store> {
  const { url, prefix = databasePrefix, q, n, timeoutMs = 60_000, passedOn, givenUp } = options
  if (!PREFIX.test(prefix)) throw new CouchRefused(`CouchDB takes no database named ${prefix}…`)
  const client = new CouchClient({
    url,
    timeoutMs,
    ...(passedOn && { passedOn }),
    ...(givenUp && { givenUp }),
  })
  const shards = { ...(q !== undefined && { q }), ...(n !== undefined && { n }) }
  const store = new CouchStore(client, { prefix, shards })
  await store.ping()
  return store
}
