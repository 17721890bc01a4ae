/**
 * The file of rows that were not taken: which file, which line, why, and the row as it stood, so that it can be
 * mended in the original and the import run again.
 */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { ImportError } from './errors.ts'

/** A row that was not taken. */
export interface Reject {
  line: number
  reason: string
  /** The row's cells; the line itself, as one cell, where it could not be read. */
  cells: readonly string[]
}

const head = 'file,line,reason'
const cell = (text: string | number): string => {
  const value = String(text)
  return /[",;\r\n\t]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
const row = (...cells: (string | number)[]): string => `${cells.map(cell).join(',')}\r\n`

/** Makes way for a new rejects file. Another file than one of ours at that place is never touched. */
const clear = async (path: string): Promise<void> => {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new ImportError(`--rejects ${path}: ${error.message}`, { cause: error })
  })
  if (!file) return
  if ((await file.stat()).isDirectory()) {
    await file.close()
    throw new ImportError(`--rejects ${path}: it is a directory; name a file`)
  }
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0)
  await file.close()
  if (
    bytesRead > 0 &&
    !buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .startsWith(head)
  )
    throw new ImportError(`--rejects ${path}: there is another file of that name; it will not be overwritten`)
  await rm(path)
}

/** Settles when a stream takes more, or never will; leaves no listener behind. */
const takesMore = async (stream: WriteStream): Promise<void> => {
  const settled = new AbortController()
  const { signal } = settled
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })])
  } finally {
    settled.abort()
  }
}

/** Collects refused rows in a file, which is only made when there is one. */
export class Rejects implements AsyncDisposable {
  readonly path: string
  #count = 0
  #stream: WriteStream | undefined
  #failure: Error | undefined
  #source = ''

  private constructor(path: string) {
    this.path = path
  }

  static async at(path: string): Promise<Rejects> {
    await clear(path)
    return new Rejects(path)
  }

  /** Rows refused so far. */
  get count(): number {
    return this.#count
  }

  /** Adds rows of one file; another file's begin with a line of its own headings. */
  async add(source: { file: string; header: readonly string[] }, rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return
    this.#stream ??= this.#open()
    this.#count += rejects.length
    let text = this.#source === source.file ? '' : row(...head.split(','), ...source.header)
    this.#source = source.file
    for (const { line, reason, cells } of rejects) text += row(source.file, line, reason, ...cells)
    if (!this.#stream.write(text)) await takesMore(this.#stream)
    if (this.#failure) throw this.#failure
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.path)
    stream.on('error', (error) => {
      this.#failure = new ImportError(`--rejects ${this.path}: ${error.message}`, { cause: error })
    })
    // A spreadsheet takes a file without the mark for one of its own code page, and spoils the accents.
    stream.write('\uFEFF')
    return stream
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stream) return
    this.#stream.end()
    await finished(this.#stream).catch(() => undefined)
    if (this.#failure) throw this.#failure
  }
}
