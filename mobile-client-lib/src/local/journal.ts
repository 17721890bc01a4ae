/**
 * A set of ids kept on disk in one local document: which records may have unsent edits, which files are here. A
 * record's id is written before its first edit is, so that after a crash a few look-ups find what is unsent. An
 * index would cost every pulled record instead.
 */
import type { LocalParent } from './local-documents.ts'

export class Journal {
  readonly #db: LocalParent
  readonly #key: string
  readonly #ids: Set<string>
  /** What is on disk for certain. */
  #kept: Set<string>
  #next: Promise<void> | null = null
  #tail: Promise<void> = Promise.resolve()

  private constructor(db: LocalParent, key: string, ids: string[]) {
    this.#db = db
    this.#key = key
    this.#ids = new Set(ids)
    this.#kept = new Set(ids)
  }

  static async open(db: LocalParent, key: string): Promise<Journal> {
    const kept = await db.getLocal<{ ids: string[] }>(key)
    return new Journal(db, key, kept?.toMutableJSON().data.ids ?? [])
  }

  get ids(): string[] {
    return [...this.#ids]
  }

  /** Resolves when `id` is on disk. */
  async add(id: string): Promise<void> {
    this.#ids.add(id)
    if (!this.#kept.has(id)) await this.#flush()
  }

  /** Takes an id off, some time. */
  remove(id: string): void {
    if (!this.#ids.delete(id)) return
    // An id too many costs a look-up at the next start, no more.
    this.#flush().catch(() => undefined)
  }

  /** Resolves when everything is on disk. */
  async settled(): Promise<void> {
    await this.#tail
  }

  /** Writes that wait are one write, of what is wanted when its turn comes. */
  #flush(): Promise<void> {
    if (this.#next) return this.#next
    const write = this.#tail
      .catch(() => undefined)
      .then(async () => {
        this.#next = null
        const ids = this.ids
        this.#kept = new Set(ids.filter((id) => this.#kept.has(id)))
        await this.#db.upsertLocal(this.#key, { ids })
        this.#kept = new Set(ids)
      })
    this.#next = write
    this.#tail = write.catch(() => undefined)
    return write
  }
}
