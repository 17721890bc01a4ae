/** A file that is written while more of it arrives. */
import type { FileHandle } from 'node:fs/promises'

/** What arrives during a write waits for the next one; whoever brings more than this many bytes waits. */
const mostWaiting = 64 * 1024

/** Writes chunks one behind the other. A file that failed takes no more. */
export class WriteBehind {
  readonly #handle: Pick<FileHandle, 'writev'>
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #at: number
  /** Set for as long as something waits or is being written. */
  #writing: Promise<void> | undefined
  /** Called when what waits goes to the disk, or never will. */
  #onRoom: (() => void) | undefined
  #failure: { cause: unknown } | undefined

  /** @param at where in the file the first chunk goes, in bytes */
  constructor(handle: Pick<FileHandle, 'writev'>, at = 0) {
    this.#handle = handle
    this.#at = at
  }

  /**
   * Takes a chunk; resolves when there is room for another. One at a time.
   * @throws what the file system says of an earlier one
   */
  async take(chunk: Uint8Array): Promise<void> {
    this.#check()
    if (chunk.byteLength === 0) return
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.byteLength
    this.#writing ??= this.#write()
    if (this.#waitingBytes >= mostWaiting) await new Promise<void>((resolve) => (this.#onRoom = resolve))
    this.#check()
  }

  /**
   * Resolves when everything is written, though not yet synced.
   * @returns where the file ends, in bytes
   * @throws what the file system says
   */
  async end(): Promise<number> {
    await this.#writing
    this.#check()
    return this.#at
  }

  #check(): void {
    if (this.#failure) throw this.#failure.cause
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const chunks = this.#waiting
        ;[this.#waiting, this.#waitingBytes] = [[], 0]
        this.#onRoom?.()
        await this.#writeAll(chunks)
      }
    } catch (cause) {
      this.#failure = { cause }
      this.#waiting = []
      this.#onRoom?.()
    } finally {
      // In the same turn as the last look at what waits: a chunk that comes now begins a write of its own.
      this.#writing = undefined
    }
  }

  /** A disk that is nearly full takes a part. */
  async #writeAll(chunks: Uint8Array[]): Promise<void> {
    let left = chunks
    while (left.length > 0) {
      const { bytesWritten } = await this.#handle.writev(left, this.#at)
      this.#at += bytesWritten
      left = behind(left, bytesWritten)
    }
  }
}

/** What is left of the chunks behind their first bytes. */
const behind = (chunks: readonly Uint8Array[], bytes: number): Uint8Array[] => {
  let skipped = 0
  return chunks.flatMap((chunk) => {
    const rest = chunk.subarray(Math.max(0, bytes - skipped))
    skipped += chunk.byteLength
    return rest.byteLength > 0 ? [rest] : []
  })
}
