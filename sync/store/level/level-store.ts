import { randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Gate } from '../gate.ts'
import { decodeName, encodeName } from '../names.ts'
import { StoreUnavailable, type Database, type Store } from '../port.ts'
import { assertText, InvalidDocument } from '../prepared.ts'
import { LevelDatabase } from './level-database.ts'
import { makeLevel, openLevel, syncDirectory, type Level, type MakeLevel } from './level-handle.ts'

export interface LevelStoreOptions {
  /** The databases stand in its folder `store`, each in a directory of its own. */
  dataDir: string
  /** How to make a LevelDB; for tests of what happens when a disk fails. */
  make?: MakeLevel
  /** Keeps the bodies of revisions that are no leaves any more until a database is compacted, as CouchDB does. */
  keepOldRevisions?: boolean
}

// No database's name begins with a dot (encodeName writes none).
const LOCK = '.lock'
const REMOVED = '.removed-'

class LevelStore implements Store {
  readonly kind = 'embedded'
  readonly #directory: string
  readonly #make: MakeLevel
  readonly #keepOld: boolean
  readonly #lock: Level
  readonly #gate = new Gate('embedded store')
  readonly #open = new Map<string, LevelDatabase>()
  /** Databases are made and removed one after the other: no one opens what is being removed. */
  #turn: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(options: { directory: string; make: MakeLevel; keepOld: boolean; lock: Level }) {
    this.#directory = options.directory
    this.#make = options.make
    this.#keepOld = options.keepOld
    this.#lock = options.lock
  }

  database(name: string): Promise<Database> {
    return this.#gate.run(async () => {
      const directory = this.#directoryOf(name)
      return this.#open.get(name) ?? this.#inTurn(() => this.#openDatabase(name, directory))
    })
  }

  list(): Promise<string[]> {
    return this.#gate.run(async () => {
      const entries = await readdir(this.#directory, { withFileTypes: true })
      const names = entries.map((entry) => (entry.isDirectory() ? decodeName(entry.name, '%') : undefined))
      return names.filter((name) => name !== undefined).sort()
    })
  }

  destroy(name: string): Promise<void> {
    return this.#gate.run(async () => {
      const directory = this.#directoryOf(name)
      await this.#inTurn(() => this.#remove(name, directory))
    })
  }

  ping(): Promise<void> {
    return this.#gate.run(async () => {
      const failed = [...this.#open.values()].find((database) => database.failed)
      if (failed) throw new StoreUnavailable(`The last write to the database ${failed.name} failed.`)
      await access(this.#directory).catch((cause: unknown) => {
        throw new StoreUnavailable('The directory of the embedded store is not there.', { cause })
      })
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const drained = this.#gate.close()
    await this.#closeOpen()
    // A database whose opening was under way has come by now.
    await drained
    const failed = (await this.#closeOpen()).find((outcome) => outcome.status === 'rejected')
    // The lock last: whoever opens the store next finds every database closed.
    await this.#lock.close()
    if (failed) throw new StoreUnavailable('A database did not close.', { cause: failed.reason })
  }

  #closeOpen(): Promise<PromiseSettledResult<void>[]> {
    return Promise.allSettled([...this.#open.values()].map((database) => database.close()))
  }

  #directoryOf(name: string): string {
    if (name === '') throw new InvalidDocument('A database needs a name.')
    assertText(name)
    return join(this.#directory, encodeName(name, '%'))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #openDatabase(name: string, directory: string): Promise<LevelDatabase> {
    const known = this.#open.get(name)
    if (known) return known
    const options = { name, directory, make: this.#make, keepOld: this.#keepOld }
    const database = await LevelDatabase.open(options)
    this.#open.set(name, database)
    return database
  }

  async #remove(name: string, directory: string): Promise<void> {
    const open = this.#open.get(name)
    this.#open.delete(name)
    await open?.close()
    // Renamed first: a removal that is cut short must not leave a database with half of its files.
    const removed = join(this.#directory, REMOVED + randomUUID())
    try {
      await rename(directory, removed)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return
      throw new StoreUnavailable(`The database ${name} cannot be removed.`, { cause })
    }
    await syncDirectory(this.#directory)
    await rm(removed, { recursive: true, force: true })
  }
}

/**
 * Opens the embedded store: CouchDB's document model on LevelDB, in this process.
 * @throws StoreLocked where another process has it open
 */
export async function openLevelStore(options: LevelStoreOptions): Promise<Store> {
  const make = options.make ?? makeLevel
  const directory = join(options.dataDir, 'store')
  const made = await mkdir(directory, { recursive: true })
  if (made !== undefined) await syncDirectory(dirname(made))
  const lock = await openLevel(join(directory, LOCK), makeLevel)
  for (const entry of await readdir(directory)) {
    if (entry.startsWith(REMOVED)) await rm(join(directory, entry), { recursive: true, force: true })
  }
  return new LevelStore({ directory, make, lock, keepOld: options.keepOldRevisions ?? false })
}
