/**
 * The accounts database with a small cache in front, because every request asks for its key, session and user.
 * What this process writes is dropped from the cache at once; what another server writes, when the database tells
 * of the change, and after `maxAgeMs` in any case.
 */
import type { Database, NewDoc, Seq, StoredDoc, WriteResult } from '../../sync/store/port.ts'

const maxAgeMs = 45_000
const maxEntries = 20_000
const pageSize = 500

interface Entry {
  doc: StoredDoc | undefined
  loadedAt: number
}

export class AccountCache implements AsyncDisposable {
  readonly db: Database
  readonly #now: () => number
  readonly #onFailure: (error: unknown) => void
  readonly #entries = new Map<string, Entry>()
  /** Counts what was dropped, so that a read begun before is not kept. */
  #dropped = 0
  #since: Seq
  #following: Promise<void> | undefined
  #again = false
  readonly #unsubscribe: () => void

  private constructor(options: CacheOptions, since: Seq) {
    this.db = options.db
    this.#now = options.now
    this.#onFailure = options.onFailure
    this.#since = since
    this.#unsubscribe = options.db.subscribe(() => this.#follow())
  }

  /** Another one after each change that this server knows of. */
  get version(): number {
    return this.#dropped
  }

  static async open(options: CacheOptions): Promise<AccountCache> {
    return new AccountCache(options, (await options.db.info()).updateSeq)
  }

  /** A document as it was at most `maxAgeMs` ago. */
  async get(id: string): Promise<StoredDoc | undefined> {
    const entry = this.#entries.get(id)
    if (entry && this.#now() - entry.loadedAt < maxAgeMs) return entry.doc
    const dropped = this.#dropped
    const loadedAt = this.#now()
    const doc = await this.db.get(id)
    if (dropped === this.#dropped) {
      this.#entries.delete(id)
      this.#entries.set(id, { doc, loadedAt })
      const [oldest] = this.#entries.keys()
      if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest)
    }
    return doc
  }

  /** Writes one document; whoever asks afterwards is told the new state. */
  async write(doc: NewDoc): Promise<WriteResult> {
    try {
      const [result] = await this.db.write([doc])
      return result ?? { ok: false, id: doc._id, reason: 'conflict' }
    } finally {
      this.#drop(doc._id)
    }
  }

  #drop(id: string): void {
    this.#dropped += 1
    this.#entries.delete(id)
  }

  #follow(): void {
    if (this.#following) {
      this.#again = true
      return
    }
    this.#following = this.#readChanges()
      .catch((error: unknown) => {
        this.#dropped += 1
        this.#entries.clear()
        this.#onFailure(error)
      })
      .finally(() => {
        this.#following = undefined
        if (!this.#again) return
        this.#again = false
        this.#follow()
      })
  }

  async #readChanges(): Promise<void> {
    for (let more = true; more;) {
      const { changes, lastSeq } = await this.db.changes({ since: this.#since, limit: pageSize })
      for (const { id } of changes) this.#drop(id)
      this.#since = lastSeq
      more = changes.length === pageSize
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#again = false
    await this.#following
  }
}

export interface CacheOptions {
  db: Database
  now: () => number
  /** Changes could not be read; the cache has been emptied. */
  onFailure: (error: unknown) => void
}
