/**
 * The index of one group's database: channels in their own order of changes, rows by date, and lookups, in a
 * LevelDB beside the store, fed by the store's changes and thrown away at will. What it cost to make is not
 * durable: its batches are not synced, and its position in the store's changes is part of each batch.
 *
 * The naive way is to ask the store (Mango, a view, a filtered `_changes`): every filter walks the whole feed,
 * and an index of the store's own is built at 2,000–3,500 documents/s. Here a pull reads the rows it returns.
 */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { z } from 'zod'
import { allOf } from '../store/level/in-steps.ts'
import { writeBatch } from '../store/level/one-batch.ts'
import { StoreUnavailable, type Change, type Database, type Seq } from '../store/port.ts'
import { applyChanges, type IndexBatch, type Kept } from './apply-changes.ts'
import { Lag } from './lag.ts'
import { entryKey, lookupKey, lookupsBetween, metaKey, partsOf, type KeyRange } from './keys.ts'

/** Raised when the entries of documents change: an index of another version is made anew. */
const indexVersion = 12
const batchSize = 1000
/** The index follows this long after a write (ms): who wrote gets the answer first. Queries do not wait for it. */
const restMs = 20

/** What one step of a scan reads at most (bytes): the default of 16 KiB makes many steps of a scan. */
const highWaterMarkBytes = 256 * 1024

const metaShape = z.object({
  version: z.literal(indexVersion),
  epoch: z.string(),
  /** The identity of the database that it is of. */
  store: z.string(),
  since: z.union([z.string(), z.number()]),
  position: z.int(),
})
type Meta = z.infer<typeof metaShape>

/** Collections and channels that a batch of changes touched, as `touchedKey` names them. */
type Touched = ReadonlySet<string>

export class Index implements AsyncDisposable {
  readonly #level: ClassicLevel
  readonly #db: Database
  readonly #listeners = new Set<(touched: Touched) => void>()
  #meta: Meta
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #closed = false
  #soon: NodeJS.Timeout | undefined
  readonly #lag = new Lag()
  readonly #unsubscribe: () => void

  private constructor(level: ClassicLevel, db: Database, meta: Meta, onFailure: (error: unknown) => void) {
    this.#level = level
    this.#db = db
    this.#meta = meta
    const stop = db.subscribe(() => {
      this.#lag.notice()
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined
        this.catchUp().catch(onFailure)
      }, restMs)
    })
    this.#unsubscribe = () => {
      stop()
      clearTimeout(this.#soon)
    }
  }

  /**
   * Opens the index at `directory`, or makes it anew: also where the database is another one by now, moved or put back
   * from a backup.
   * @param options.onFailure told when following the store in the background fails; the next query tries again
   */
  static async open(options: {
    directory: string
    db: Database
    onFailure: (error: unknown) => void
  }): Promise<Index> {
    await mkdir(options.directory, { recursive: true })
    const level = new ClassicLevel(options.directory)
    await level.open()
    try {
      const meta = await metaOf(level, await options.db.identity())
      return new Index(level, options.db, meta, options.onFailure)
    } catch (error) {
      await level.close()
      throw error
    }
  }

  /** Names this making of the index: a position means something only within its epoch. */
  get epoch(): string {
    return this.#meta.epoch
  }
  /** The last position given in the order of changes. */
  get position(): number {
    return this.#meta.position
  }
  /** The identity of the database that it is of. */
  get store(): string {
    return this.#meta.store
  }
  /** The store's place up to which the index is complete. */
  get since(): Seq {
    return this.#meta.since
  }

  /** Calls `listener` with what each batch of changes touched. Returns the means to stop it. */
  subscribe(listener: (touched: Touched) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves when the index holds every write acknowledged before this call. Calls that come while one runs
   * share the next run.
   * @throws StoreUnavailable where the store does not answer, or the index's disk is full
   */
  catchUp(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (!this.#running) return (this.#running = this.#follow().finally(() => (this.#running = undefined)))
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.catchUp()
      })
    return this.#next
  }

  /** How long the oldest change that this process knows of has waited to be followed; ms. */
  get lagMs(): number {
    return this.#lag.ms
  }

  async #follow(): Promise<void> {
    this.#lag.begin()
    let more = true
    while (more && !this.#closed) {
      const { changes, lastSeq } = await this.#db.changes({
        since: this.#meta.since,
        limit: batchSize,
        docs: true,
      })
      if (changes.length > 0) await this.#apply(changes, lastSeq)
      more = changes.length === batchSize
      if (more) this.#lag.more()
    }
    this.#lag.end()
  }

  async #apply(changes: readonly Change[], lastSeq: Seq): Promise<void> {
    const batch: IndexBatch = { operations: [], touched: new Set(), position: this.#meta.position }
    await applyChanges(this.#level, changes, batch)
    const meta = { ...this.#meta, since: lastSeq, position: batch.position }
    batch.operations.push({ type: 'put', key: metaKey, value: JSON.stringify(meta) })
    try {
      await writeBatch(this.#level, batch.operations)
    } catch (cause) {
      // The next query takes the same changes again.
      throw new StoreUnavailable('The index cannot be written.', { cause })
    }
    this.#meta = meta
    if (batch.touched.size > 0) for (const listener of this.#listeners) listener(batch.touched)
  }

  /** Entries of a key range, in order; at most `limit`. */
  async scan(
    range: KeyRange,
    options: { limit?: number; reverse?: boolean } = {},
  ): Promise<[string, string][]> {
    const { limit = -1, reverse = false } = options
    return await allOf(this.#level.iterator({ ...range, limit, reverse, highWaterMarkBytes }))
  }

  /** Keys of a range, in order; at most `limit`. */
  async keys(range: KeyRange, { limit = -1 }: { limit?: number } = {}): Promise<string[]> {
    return await allOf(this.#level.keys({ ...range, limit, highWaterMarkBytes }))
  }

  /**
   * Keys under each of many prefixes, by one reader that goes from one to the next: a reader of its own for each
   * costs three times as long.
   * @returns for each prefix the keys' parts behind it
   */
  async keysUnder(prefixes: readonly (readonly string[])[]): Promise<string[][][]> {
    const reader = this.#level.keys()
    const found: string[][][] = []
    try {
      for (const prefix of prefixes) {
        const start = lookupKey([...prefix, ''])
        reader.seek(start)
        found.push((await keysFrom(reader, start)).map((key) => partsOf(key).slice(prefix.length)))
      }
    } finally {
      await reader.close()
    }
    return found
  }

  /** The place of each document's last change in the order of changes; undefined where the index has nothing of it. */
  async positionsOf(docIds: readonly string[]): Promise<(number | undefined)[]> {
    const kept = await this.#level.getMany(docIds.map(entryKey))
    return kept.map((text) => (text === undefined ? undefined : (JSON.parse(text) as Kept).at))
  }

  /** Bytes that a key range takes up on disk, about; what was written lately does not count. */
  sizeOf({ gt = '', gte = gt, lt = '', lte = lt }: KeyRange): Promise<number> {
    return this.#level.approximateSize(gte, lte)
  }

  /**
   * Lookups under `prefix` whose next part is `from` ≤ part < `to`, up to date: each the parts behind the prefix,
   * the document's id last.
   */
  async lookup(
    prefix: readonly string[],
    options: { from?: string; to?: string; limit?: number; reverse?: boolean } = {},
  ): Promise<string[][]> {
    await this.catchUp()
    const found = await this.scan(lookupsBetween(prefix, options.from, options.to), options)
    return found.map(([key]) => partsOf(key).slice(prefix.length))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#unsubscribe()
    await this.#running?.catch(() => undefined)
    await this.#level.close()
  }
}

/** What an index stands at; cleared where it is not of this database. */
const metaOf = async (level: ClassicLevel, store: string): Promise<Meta> => {
  const stored = metaShape.safeParse(JSON.parse((await level.get(metaKey)) ?? 'null'))
  if (stored.success && stored.data.store === store) return stored.data
  await level.clear()
  return { version: indexVersion, epoch: randomUUID(), store, since: 0, position: 0 }
}

/** Keys that begin with `start`, where the reader stands before the first of them. */
const keysFrom = async (
  reader: { nextv(size: number): Promise<string[]> },
  start: string,
): Promise<string[]> => {
  const keys: string[] = []
  for (;;) {
    const some = await reader.nextv(8)
    const under = some.filter((key) => key.startsWith(start))
    keys.push(...under)
    if (under.length < 8) return keys
  }
}
