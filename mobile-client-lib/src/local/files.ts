/**
 * Files waiting to be sent: base64 pieces in local documents of the `documents` collection, which every RxDB
 * storage can keep, and which need no further collection. The head is written last: a file is whole or not there.
 */
import type { RxCollection } from 'rxdb'
import { fromBase64, toBase64 } from '../session/password.ts'
import { Journal } from './journal.ts'
import { erase } from './local-documents.ts'
import type { LocalRecord } from './records.ts'

const pieceBytes = 384 * 1024

type Bytes = Uint8Array<ArrayBuffer>
interface Head {
  pieces: number
  size: number
}

const headKey = (id: string): string => `file-${id}`
const pieceKey = (id: string, n: number): string => `file-${id}-${n}`

export class Files {
  readonly #documents: RxCollection<LocalRecord>
  readonly #journal: Journal

  private constructor(documents: RxCollection<LocalRecord>, journal: Journal) {
    this.#documents = documents
    this.#journal = journal
  }

  static async open(documents: RxCollection<LocalRecord>): Promise<Files> {
    return new Files(documents, await Journal.open(documents, 'files'))
  }

  /** Files that are here, or were about to be. */
  get ids(): string[] {
    return this.#journal.ids
  }

  async put(id: string, bytes: Bytes): Promise<void> {
    await this.#journal.add(id)
    const pieces = Math.ceil(bytes.length / pieceBytes)
    for (let n = 0; n < pieces; n += 1) {
      const data = toBase64(bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes))
      await this.#documents.upsertLocal(pieceKey(id, n), { data })
    }
    await this.#documents.upsertLocal(headKey(id), { pieces, size: bytes.length })
  }

  async has(id: string): Promise<boolean> {
    return (await this.#head(id)) !== null
  }

  async get(id: string): Promise<Bytes | null> {
    const head = await this.#head(id)
    if (!head) return null
    const bytes = new Uint8Array(head.size)
    for (let n = 0, at = 0; n < head.pieces; n += 1) {
      const piece = await this.#documents.getLocal<{ data: string }>(pieceKey(id, n))
      if (!piece) return null
      const part = fromBase64(piece.toJSON().data.data)
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  async remove(id: string): Promise<void> {
    await erase(this.#documents, headKey(id))
    for (let n = 0; await erase(this.#documents, pieceKey(id, n)); n += 1);
    this.#journal.remove(id)
  }

  async settled(): Promise<void> {
    await this.#journal.settled()
  }

  async #head(id: string): Promise<Head | null> {
    const head = await this.#documents.getLocal<Partial<Head>>(headKey(id))
    const { pieces, size } = head?.toJSON().data ?? {}
    return pieces === undefined || size === undefined ? null : { pieces, size }
  }
}
