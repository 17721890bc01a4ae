/**
 * What was read of a group, kept for as long as nothing in the group changes. Never stale: each read first has the
 * index follow the store, whichever server wrote, and the first change that it meets ends all that was kept.
 */
import type { Index } from './index-store.ts'

/** Readings kept at most; a practice's day needs a few dozen. */
const maxKept = 200

export class Memo {
  readonly #index: Pick<Index, 'catchUp' | 'since'>
  readonly #kept = new Map<string, Promise<unknown>>()
  #since: Index['since'] | undefined

  constructor(index: Pick<Index, 'catchUp' | 'since'>) {
    this.#index = index
  }

  /**
   * What `read` resolves to, or resolved to since the group's last change. A failure is not kept.
   * @param key names the reading; the same key is always the same reading
   * @param read reads only the group's own database and index
   * @returns shared by all who ask, and not to be changed
   */
  async read<T>(key: string, read: () => Promise<T>): Promise<T> {
    await this.#index.catchUp()
    if (this.#since !== this.#index.since || this.#kept.size >= maxKept) this.#kept.clear()
    this.#since = this.#index.since
    const kept = this.#kept.get(key) as Promise<T> | undefined
    if (kept) return await kept
    const reading = read()
    this.#kept.set(key, reading)
    // Only this reading is taken out: under its key another may stand by then.
    reading.catch(() => this.#kept.get(key) === reading && this.#kept.delete(key))
    return await reading
  }
}
