/** Files and thumbnails that were looked at, kept up to a limit; what was not looked at for longest goes first. */
import type { RxCollection } from 'rxdb'
import { Pieces, type Bytes } from './pieces.ts'
import type { LocalRecord } from './records.ts'

interface Entry {
  key: string
  size: number
  /** Rises with each look. */
  seen: number
}

export interface CachedFile {
  bytes: Bytes
  contentType: string
}

const listKey = 'cache'

/** What of a document is kept. */
export type CachedPart = 'content' | 'thumbnail'

export class FileCache {
  readonly #documents: RxCollection<LocalRecord>
  readonly #pieces: Pieces
  readonly #limit: number
  /** One change of the list at a time. */
  #tail: Promise<unknown> = Promise.resolve()

  /** @param limit in bytes */
  constructor(documents: RxCollection<LocalRecord>, limit: number) {
    this.#documents = documents
    this.#pieces = new Pieces(documents)
    this.#limit = limit
  }

  /** A kept file; null where it is not here, or is that of another version (`mark`). */
  async get(id: string, part: CachedPart, mark: string): Promise<CachedFile | null> {
    const key = `cached-${part}-${id}`
    const head = await this.#pieces.head(key)
    if (head?.['mark'] !== mark) return null
    const bytes = await this.#pieces.get(key)
    if (!bytes) return null
    await this.#list((entries) =>
      entries.map((entry) => (entry.key === key ? seenNow(entries, entry) : entry)),
    )
    return { bytes, contentType: String(head['contentType']) }
  }

  /** Keeps a file, unless it alone is larger than the limit. */
  async put(id: string, part: CachedPart, file: CachedFile & { mark: string }): Promise<void> {
    const [key, size] = [`cached-${part}-${id}`, file.bytes.length]
    if (size > this.#limit) return
    await this.#list((entries) => {
      const others = entries.filter((entry) => entry.key !== key)
      return [...others, seenNow(entries, { key, size, seen: 0 })]
    })
    await this.#pieces.put(key, file.bytes, { mark: file.mark, contentType: file.contentType })
    await this.#evict()
  }

  /** Lets go of all of a document. */
  async drop(id: string): Promise<void> {
    const keys = ['content', 'thumbnail'].map((part) => `cached-${part}-${id}`)
    const had = (await this.#entries()).some((entry) => keys.includes(entry.key))
    if (!had) return
    await this.#list((entries) => entries.filter((entry) => !keys.includes(entry.key)))
    for (const key of keys) await this.#pieces.remove(key)
  }

  /** Bytes kept. */
  async size(): Promise<number> {
    return (await this.#entries()).reduce((sum, { size }) => sum + size, 0)
  }

  async settled(): Promise<void> {
    await this.#tail.catch(() => undefined)
  }

  async #evict(): Promise<void> {
    const gone: string[] = []
    await this.#list((entries) => {
      gone.length = 0
      let size = entries.reduce((sum, entry) => sum + entry.size, 0)
      const kept = entries
        .toSorted((a, b) => a.seen - b.seen)
        .filter((entry) => {
          if (size <= this.#limit) return true
          size -= entry.size
          gone.push(entry.key)
          return false
        })
      return kept
    })
    for (const key of gone) await this.#pieces.remove(key)
  }

  async #entries(): Promise<Entry[]> {
    const found = await this.#documents.getLocal<{ entries: Entry[] }>(listKey)
    return found?.toMutableJSON().data.entries ?? []
  }

  async #list(change: (entries: Entry[]) => Entry[]): Promise<void> {
    const work = this.#tail
      .catch(() => undefined)
      .then(async () => {
        const found = await this.#documents.getLocal<{ entries: Entry[] }>(listKey)
        if (found) await found.incrementalModify(({ entries }) => ({ entries: change(entries) }))
        else await this.#documents.upsertLocal(listKey, { entries: change([]) })
      })
    this.#tail = work
    await work
  }
}

const seenNow = (entries: readonly Entry[], entry: Entry): Entry => ({
  ...entry,
  seen: 1 + Math.max(0, ...entries.map(({ seen }) => seen)),
})
