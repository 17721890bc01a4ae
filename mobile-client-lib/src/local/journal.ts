/**
 * A set of ids kept on disk in one local document: which records may have unsent edits, which files are here. A
 * record's id is written before its first edit is, so that after a crash a few look-ups find what is unsent. An
 * index would cost every pulled record instead. Other tabs write the same document: what is written is what this
 * one adds and takes off.
 */
import type { LocalParent } from './local-documents.ts'

interface Kept {
  ids: string[]
}

export class Journal {
  readonly #db: LocalParent
  readonly #key: string
  readonly #ids: Set<string>
  /** What is on disk for certain. */
  readonly #kept: Set<string>
  /** Ids taken off here and not yet on disk. */
  readonly #gone = new Set<string>()
  #next: Promise<void> | null = null
  #tail: Promise<void> = Promise.resolve()

  private constructor(db: LocalParent, key: string, ids: string[]) {
    this.#db = db
    this.#key = key
    this.#ids = new Set(ids)
    this.#kept = new Set(ids)
  }

  static async open(db: LocalParent, key: string): Promise<Journal> {
    const kept = await db.getLocal<Kept>(key)
    if (!kept) await db.insertLocal<Kept>(key, { ids: [] })
    return new Journal(db, key, kept?.toMutableJSON().data.ids ?? [])
  }

  get ids(): string[] {
    return [...this.#ids]
  }

  /** Resolves when `id` is on disk. */
  async add(id: string): Promise<void> {
    this.#ids.add(id)
    this.#gone.delete(id)
    if (!this.#kept.has(id)) await this.#flush()
  }

  /** Takes an id off, some time; with `elsewhere` another tab takes it off the disk. */
  remove(id: string, elsewhere = false): void {
    if (!this.#ids.delete(id)) return
    if (elsewhere) this.#kept.delete(id)
    else {
      this.#gone.add(id)
      // An id too many costs a look-up at the next start, no more.
      this.#flush().catch(() => undefined)
    }
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
        await this.#write()
      })
    this.#next = write
    this.#tail = write.catch(() => undefined)
    return write
  }

  async #write(): Promise<void> {
    const [added, gone] = [this.ids, new Set(this.#gone)]
    for (const id of gone) this.#kept.delete(id)
    const kept = await this.#db.getLocal<Kept>(this.#key)
    await kept?.incrementalModify(({ ids }) => ({
      ids: [...new Set([...ids.filter((id) => !gone.has(id)), ...added])],
    }))
    for (const id of added) this.#kept.add(id)
    for (const id of gone) this.#gone.delete(id)
  }
}
