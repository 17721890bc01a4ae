/**
 * Counts how often each key was seen so far, for files of any length: the newest keys in a map, and when that is
 * full, all of them in a temporary LevelDB, which holds the counts that the map has let go.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'

export interface OccurrencesOptions {
  /** Keys held in memory; more are spilled to disk. */
  limit?: number
  /** Where the spill directory is made. */
  directory?: string
}

/** A spill: the open database, and the directory to remove afterwards. */
interface Spill {
  level: ClassicLevel<string, string>
  directory: string
}

/** Which occurrence of its key each row is, counted from 1. */
export class Occurrences implements AsyncDisposable {
  readonly #limit: number
  readonly #parent: string
  readonly #counts = new Map<string, number>()
  #spill: Spill | undefined

  constructor({ limit = 100_000, directory = tmpdir() }: OccurrencesOptions = {}) {
    this.#limit = limit
    this.#parent = directory
  }

  /** Counts these keys, in this order. One call at a time. */
  async count(keys: readonly string[]): Promise<number[]> {
    await this.#recall(keys)
    const occurrences = keys.map((key) => {
      const count = (this.#counts.get(key) ?? 0) + 1
      this.#counts.set(key, count)
      return count
    })
    if (this.#counts.size > this.#limit) await this.#flush()
    return occurrences
  }

  /** Brings counts that were spilled back into the map. */
  async #recall(keys: readonly string[]): Promise<void> {
    if (!this.#spill) return
    const missing = [...new Set(keys)].filter((key) => !this.#counts.has(key))
    const found = await this.#spill.level.getMany(missing)
    missing.forEach((key, at) => {
      const count = found[at]
      if (count !== undefined) this.#counts.set(key, Number(count))
    })
  }

  async #flush(): Promise<void> {
    this.#spill ??= await this.#open()
    const batch = [...this.#counts].map(([key, count]) => ({
      type: 'put' as const,
      key,
      value: String(count),
    }))
    await this.#spill.level.batch(batch)
    this.#counts.clear()
  }

  async #open(): Promise<Spill> {
    const directory = await mkdtemp(join(this.#parent, 'vetspace-import-'))
    const level = new ClassicLevel<string, string>(directory, {
      cacheSize: 4 << 20,
      writeBufferSize: 8 << 20,
    })
    await level.open()
    return { level, directory }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const spill = this.#spill
    this.#spill = undefined
    if (!spill) return
    await spill.level.close()
    await rm(spill.directory, { recursive: true, force: true })
  }
}
