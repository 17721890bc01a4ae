/** What has gone into a section of a backup, and the digest of it. */
import { createHash } from 'node:crypto'
import type { SectionEnd } from './contents.ts'
import { encodeFrame, type FrameKind } from './frames.ts'

export class SectionCount {
  readonly #hash = createHash('sha256')
  items = 0
  again = 0
  locals = 0
  attachments = 0
  bytes = 0

  /** A frame of the section. */
  frame(kind: FrameKind, payload: Uint8Array | string): Buffer {
    const encoded = encodeFrame(kind, payload)
    this.take(encoded)
    return encoded
  }

  attachment(data: Uint8Array): Buffer {
    this.attachments += 1
    return this.frame('A', data)
  }

  /** Counts a frame that was read. */
  take(encoded: Buffer): void {
    this.#hash.update(encoded)
    this.bytes += encoded.length
  }

  /** Once, when all is in it. */
  end(): Omit<SectionEnd, 'from' | 'to'> {
    const { items, again, locals, attachments, bytes } = this
    return { sha256: this.#hash.digest('hex'), items, again, locals, attachments, bytes }
  }
}
