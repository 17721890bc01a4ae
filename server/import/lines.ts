/**
 * A file's physical lines, a chunk at a time. Splits bytes and decodes whole lines, so that a letter cut by a
 * chunk's end is read whole, and a line that is not valid UTF-8 is known as such instead of losing letters.
 */
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

/** One physical line, without its line end. */
export interface Line {
  /** Counted from 1, as an editor shows it. */
  number: number
  text: string
  /** Why it cannot be read; `text` is then what could be made of it. */
  fault?: string
}

/** Lines that arrived together, and the bytes of the file read so far. */
export interface LineChunk {
  lines: Line[]
  bytes: number
}

export interface LinesOptions {
  /** A label of the WHATWG Encoding Standard. */
  encoding?: string
  /** A line of more bytes is refused, and its rest passed over: memory stays bounded on any input. */
  maxLineBytes?: number
}

const lineFeed = 0x0a
const notUtf8 = 'not valid UTF-8; if the file comes from an older system, try --encoding windows-1252'

/** Makes UTF-8 of another encoding. UTF-16 is known by its mark; anything else has to be named. */
async function* utf8Chunks(path: string, encoding: string): AsyncGenerator<{ chunk: Buffer; bytes: number }> {
  let bytes = 0
  let decoder: TextDecoder | undefined
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 16 }) as AsyncIterable<Buffer>) {
    if (bytes === 0) {
      const mark = chunk.toString('hex', 0, 2)
      const label = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : encoding
      decoder = new TextDecoder(label)
      if (decoder.encoding === 'utf-8') decoder = undefined
    }
    bytes += chunk.length
    yield { chunk: decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk, bytes }
  }
}

/** Cuts bytes into lines; holds what has no line end yet. */
class LineCutter {
  readonly #max: number
  #rest: Buffer = Buffer.alloc(0)
  #number = 0
  /** In the middle of a line that was refused for its length. */
  #passing = false

  constructor(max: number) {
    this.#max = max
  }

  push(chunk: Buffer): Line[] {
    const end = chunk.lastIndexOf(lineFeed)
    if (end < 0) return this.#hold(chunk)
    const whole = chunk.subarray(0, end)
    const block = this.#rest.length > 0 ? Buffer.concat([this.#rest, whole]) : whole
    const lines = this.#cut(block)
    this.#rest = Buffer.alloc(0)
    return lines.concat(this.#hold(chunk.subarray(end + 1)))
  }

  end(): Line[] {
    return this.#rest.length > 0 ? this.#cut(this.#rest) : []
  }

  #hold(chunk: Buffer): Line[] {
    if (this.#passing) return []
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (this.#rest.length <= this.#max) return []
    const text = this.#rest.toString('utf8', 0, 200)
    this.#rest = Buffer.alloc(0)
    this.#passing = true
    const fault = `a line of more than ${this.#max} bytes (only its beginning is kept here)`
    return [{ number: this.#number + 1, text, fault }]
  }

  #cut(block: Buffer): Line[] {
    const valid = isUtf8(block)
    const lines = block.toString('utf8').split('\n')
    if (this.#passing) {
      this.#passing = false
      this.#number += 1
      lines.shift()
    }
    return lines.map((text) => {
      this.#number += 1
      const line: Line = { number: this.#number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
      if (!valid && text.includes('\uFFFD')) line.fault = notUtf8
      return line
    })
  }
}

/** Reads a file's lines. A byte order mark at its beginning is left out; the last line may lack its end. */
export async function* readLines(path: string, options: LinesOptions = {}): AsyncGenerator<LineChunk> {
  const { encoding = 'utf-8', maxLineBytes = 1 << 20 } = options
  const cutter = new LineCutter(maxLineBytes)
  let read = 0
  let first = true
  for await (const { chunk, bytes } of utf8Chunks(path, encoding)) {
    const marked = first && chunk.toString('hex', 0, 3) === 'efbbbf'
    first = false
    read = bytes
    yield { lines: cutter.push(marked ? chunk.subarray(3) : chunk), bytes }
  }
  yield { lines: cutter.end(), bytes: read }
}
