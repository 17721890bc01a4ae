/**
 * Bytes kept as base64 pieces in local documents of the `documents` collection, which every RxDB storage can keep, and
 * which need no further collection. The head is written last: what there is is whole, or not there.
 */
import type { RxCollection } from 'rxdb'
import { fromBase64, toBase64 } from '../session/password.ts'
import { erase } from './local-documents.ts'
import type { LocalRecord } from './records.ts'

/** Bytes of a piece. */
export const pieceBytes = 384 * 1024

export type Bytes = Uint8Array<ArrayBuffer>

interface Head {
  pieces: number
  size: number
}

const pieceKey = (key: string, n: number): string => `${key}-${n}`

export class Pieces {
  readonly #documents: RxCollection<LocalRecord>

  constructor(documents: RxCollection<LocalRecord>) {
    this.#documents = documents
  }

  /** @param about kept with the head */
  async put(key: string, bytes: Bytes, about: Record<string, unknown> = {}): Promise<void> {
    const pieces = Math.ceil(bytes.length / pieceBytes)
    for (let n = 0; n < pieces; n += 1) {
      const data = toBase64(bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes))
      await this.#documents.upsertLocal(pieceKey(key, n), { data })
    }
    await this.#documents.upsertLocal(key, { ...about, pieces, size: bytes.length })
  }

  /** What is kept with the bytes; null where they are not here. */
  async head(key: string): Promise<(Head & Record<string, unknown>) | null> {
    const found = await this.#documents.getLocal<Partial<Head>>(key)
    const { pieces, size, ...about } = found?.toMutableJSON().data ?? {}
    return pieces === undefined || size === undefined ? null : { ...about, pieces, size }
  }

  /** Changes what is kept with the bytes. */
  async note(key: string, about: Record<string, unknown>): Promise<void> {
    const found = await this.#documents.getLocal(key)
    await found?.incrementalModify((head) => ({ ...(head as object), ...about }))
  }

  /** The bytes from `offset` to the end of their piece; null where they are not here. */
  async from(key: string, offset: number): Promise<Bytes | null> {
    const n = Math.floor(offset / pieceBytes)
    const piece = await this.#documents.getLocal<{ data?: string }>(pieceKey(key, n))
    const data = piece?.toJSON().data.data
    return data === undefined ? null : fromBase64(data).subarray(offset - n * pieceBytes)
  }

  async get(key: string): Promise<Bytes | null> {
    const head = await this.head(key)
    if (!head) return null
    const bytes = new Uint8Array(head.size)
    for (let at = 0; at < head.size;) {
      const part = await this.from(key, at)
      if (!part || part.length === 0) return null
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  async remove(key: string): Promise<void> {
    await erase(this.#documents, key)
    for (let n = 0; await erase(this.#documents, pieceKey(key, n)); n += 1);
  }
}
