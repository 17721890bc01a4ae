/**
 * A CSV file as batches of rows, where a broken row costs itself and nothing else (I4).
 *
 * csv-parse reads the fields. Left to read the whole file it would take everything after one unclosed quote,
 * thousands of good rows, for one field. So records are framed here first, by lines: a record ends at the first
 * line end where its quotes are even. A framed record that does not parse, or has the wrong number of columns, is
 * refused by its first line alone, and framing begins anew at its second.
 */
import { delimiterOf, messageOf, parseRecords, quotesIn } from './csv-text.ts'
import { ImportError } from './errors.ts'
import { readLines, type Line, type LineChunk, type LinesOptions } from './lines.ts'

/** A row that can be read. */
export interface CsvRow {
  /** The line it begins at. */
  line: number
  cells: string[]
}

/** A row that cannot. */
export interface BrokenRow {
  line: number
  reason: string
  /** The line as it stands in the file. */
  text: string
}

export interface CsvBatch {
  rows: CsvRow[]
  broken: BrokenRow[]
  /** Bytes of the file read so far. */
  bytes: number
}

export interface CsvOptions extends LinesOptions {
  batchSize?: number
  /** A batch also ends here, in characters, where rows are long. */
  batchLength?: number
  /** A record of more characters than this is taken for one with an unclosed quote. */
  maxRecordLength?: number
}

interface Record {
  line: number
  text: string
}

/** Reads one CSV file; `header` is known once it is open. */
export class CsvFile implements AsyncDisposable {
  readonly header: readonly string[]
  readonly #chunks: AsyncGenerator<LineChunk>
  readonly #options: Required<Pick<CsvOptions, 'batchSize' | 'batchLength' | 'maxRecordLength'>>
  readonly #delimiter: string
  /** Lines read and not yet taken, from `#at` on. */
  #lines: Line[]
  #at = 1
  #bytes: number

  private constructor(
    chunks: AsyncGenerator<LineChunk>,
    first: LineChunk,
    header: string[],
    options: CsvOptions,
  ) {
    this.#chunks = chunks
    this.#lines = first.lines
    this.#bytes = first.bytes
    this.header = header
    this.#delimiter = delimiterOf(first.lines[0]?.text ?? '')
    const { batchSize = 200, batchLength = 1 << 20, maxRecordLength = 1 << 18 } = options
    this.#options = { batchSize, batchLength, maxRecordLength }
  }

  /** Opens a file and reads its header. Throws ImportError where there is none to read. */
  static async open(path: string, options: CsvOptions = {}): Promise<CsvFile> {
    const chunks = readLines(path, options)
    try {
      let first = await chunks.next()
      while (!first.done && first.value.lines.length === 0) first = await chunks.next()
      const line = first.done ? undefined : first.value.lines[0]
      if (first.done || !line) throw new ImportError(`${path} is empty`)
      if (line.fault) throw new ImportError(`${path}: the first line is ${line.fault}`)
      if (line.text.includes('\r'))
        throw new ImportError(`${path}: its lines end in a bare CR; save it with LF or CRLF`)
      const [header = []] = parseRecords(line.text, delimiterOf(line.text))
      return new CsvFile(chunks, first.value, header, options)
    } catch (error) {
      await chunks.return(undefined)
      if (error instanceof ImportError) throw error
      throw new ImportError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }

  /** The rows after the header, in their order. */
  async *batches(): AsyncGenerator<CsvBatch> {
    for (;;) {
      const { records, broken } = await this.#frame()
      const batch: CsvBatch = { rows: [], broken, bytes: this.#bytes }
      this.#read(records, batch)
      if (records.length === 0 && broken.length === 0) return
      yield batch
    }
  }

  /** The next batch of framed records. */
  async #frame(): Promise<{ records: Record[]; broken: BrokenRow[] }> {
    const records: Record[] = []
    const broken: BrokenRow[] = []
    let length = 0
    while (records.length + broken.length < this.#options.batchSize && length < this.#options.batchLength) {
      const line = await this.#take()
      if (!line) break
      length += line.text.length
      if (line.fault) broken.push({ line: line.number, reason: line.fault, text: line.text })
      else if (quotesIn(line.text) % 2 === 0) {
        if (line.text.trim() !== '') records.push({ line: line.number, text: line.text })
      } else {
        const framed = await this.#frameLong(line)
        length += framed.text.length
        if ('reason' in framed) broken.push(framed)
        else records.push(framed)
      }
    }
    return { records, broken }
  }

  /** A record over several lines, parsed at once: only so is it known where the next one begins. */
  async #frameLong(first: Line): Promise<Record | BrokenRow> {
    const start = this.#at
    let text = first.text
    let open = true
    let next: Line | undefined
    // `#take` drops lines before `#at`; while a record may have to be given back, none is dropped.
    while (open && text.length < this.#options.maxRecordLength && (next = await this.#take(start))) {
      if (next.fault) break
      text += `\n${next.text}`
      open = quotesIn(next.text) % 2 === 0
    }
    const reason = open ? 'a quote is opened and never closed' : this.#fault(text)
    if (reason === undefined) return { line: first.number, text }
    this.#at = start
    return { line: first.number, reason, text: first.text }
  }

  /** The next line, reading on where needed. Lines from `keep` on stay in the buffer, at their places. */
  async #take(keep?: number): Promise<Line | undefined> {
    while (this.#at >= this.#lines.length) {
      const more = await this.#chunks.next()
      if (more.done) return undefined
      this.#bytes = more.value.bytes
      if (keep === undefined) {
        this.#lines = more.value.lines
        this.#at = 0
      } else this.#lines = this.#lines.concat(more.value.lines)
    }
    return this.#lines[this.#at++]
  }

  /** Why one framed record cannot be taken. */
  #fault(text: string): string | undefined {
    try {
      const [cells = [], more] = parseRecords(text, this.#delimiter)
      if (more) return 'a quote stands where none may be'
      const [found, expected] = [cells.length, this.header.length]
      return found === expected ? undefined : `${found} columns where the header has ${expected}`
    } catch (error) {
      return messageOf(error)
    }
  }

  /** Parses all records in one call; where one is broken, halves them to find it. */
  #read(records: readonly Record[], into: CsvBatch): void {
    if (records.length === 0) return
    let reason = 'it cannot be read as one row'
    try {
      const parsed = parseRecords(records.map(({ text }) => text).join('\n'), this.#delimiter)
      if (parsed.length === records.length)
        return records.forEach((record, at) => this.#sort(record, parsed[at] ?? [], into))
    } catch (error) {
      reason = messageOf(error)
    }
    const [record] = records
    if (record && records.length === 1) return void into.broken.push({ ...record, reason })
    const half = records.length >> 1
    this.#read(records.slice(0, half), into)
    this.#read(records.slice(half), into)
  }

  #sort({ line, text }: Record, cells: string[], into: CsvBatch): void {
    // What is left of a sheet below its last row.
    if (cells.every((cell) => cell.trim() === '')) return
    if (cells.length === this.header.length) into.rows.push({ line, cells })
    else
      into.broken.push({
        line,
        text,
        reason: `${cells.length} columns where the header has ${this.header.length}`,
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return(undefined)
  }
}
