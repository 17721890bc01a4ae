/** Files waiting to be sent. */
import type { RxCollection } from 'rxdb'
import { Journal } from './journal.ts'
import { Pieces, type Bytes } from './pieces.ts'
import type { LocalRecord } from './records.ts'

const keyOf = (id: string): string => `file-${id}`

export interface FileHead {
  size: number
  /** The higher goes first. */
  priority: number
  /** Of the resumable upload that has begun. */
  uploadId: string | null
}

export class Files {
  readonly #pieces: Pieces
  readonly #journal: Journal

  private constructor(pieces: Pieces, journal: Journal) {
    this.#pieces = pieces
    this.#journal = journal
  }

  static async open(documents: RxCollection<LocalRecord>): Promise<Files> {
    return new Files(new Pieces(documents), await Journal.open(documents, 'files'))
  }

  /** Files that are here, or were about to be. */
  get ids(): string[] {
    return this.#journal.ids
  }

  async put(id: string, bytes: Bytes, priority: number): Promise<void> {
    await this.#journal.add(id)
    await this.#pieces.put(keyOf(id), bytes, { priority })
  }

  async head(id: string): Promise<FileHead | null> {
    const head = await this.#pieces.head(keyOf(id))
    if (!head) return null
    const { size, priority, uploadId } = head
    return { size, priority: Number(priority ?? 0), uploadId: typeof uploadId === 'string' ? uploadId : null }
  }

  async has(id: string): Promise<boolean> {
    return (await this.head(id)) !== null
  }

  /** Keeps where an upload goes on, over restarts; null where it has to begin anew. */
  async setUpload(id: string, uploadId: string | null): Promise<void> {
    await this.#pieces.note(keyOf(id), { uploadId })
  }

  /** Some of the bytes from `offset` on; null where they are not here. */
  async from(id: string, offset: number): Promise<Bytes | null> {
    return await this.#pieces.from(keyOf(id), offset)
  }

  async get(id: string): Promise<Bytes | null> {
    return await this.#pieces.get(keyOf(id))
  }

  async remove(id: string): Promise<void> {
    await this.#pieces.remove(keyOf(id))
    this.#journal.remove(id)
  }

  async settled(): Promise<void> {
    await this.#journal.settled()
  }
}
