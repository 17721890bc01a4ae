/**
 * Zip archives, and the office documents that are zip archives inside: read by their directory, never inflated. A
 * file is refused that would inflate to far more than it is, whose entries overlap, or whose names lead elsewhere.
 */
import { Readable } from 'node:stream'
import { fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'
import type { StagedFile } from '../storage/port.ts'

/** Office documents come to 20 or so; a bomb of one layer to 1,000. */
const mostRatio = 150
/** Below this an archive is no harm, whatever its ratio: a blank spreadsheet compresses well. Bytes. */
const leastBytes = 20 * 2 ** 20
const mostBytes = 2 * 2 ** 30
const mostEntries = 10_000

/** yauzl reads a staged file by ranges. */
class StagedReader extends RandomAccessReader {
  readonly #staged: StagedFile

  constructor(staged: StagedFile) {
    super()
    this.#staged = staged
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const staged = this.#staged
    // Only the directory is ever read, in pieces of a few kilobytes.
    const bytes = async function* () {
      yield* (await staged.open({ start, end: end - 1 })) as AsyncIterable<Buffer>
    }
    return Readable.from(bytes())
  }
}

interface Archive {
  /** Why it is refused. */
  fault?: string
  /** The office document that it is. */
  kind?: string
}

const office = 'application/vnd.openxmlformats-officedocument.'
const marks: readonly (readonly [name: string, kind: string])[] = [
  ['word/document.xml', `${office}wordprocessingml.document`],
  ['xl/workbook.xml', `${office}spreadsheetml.sheet`],
  ['ppt/presentation.xml', `${office}presentationml.presentation`],
]

/** What a zip archive holds, by its directory. */
export const lookIntoArchive = (staged: StagedFile): Promise<Archive> =>
  new Promise((resolve) => {
    const unreadable = (): void => resolve({ fault: 'The archive cannot be read' })
    const options = { lazyEntries: true, validateEntrySizes: false }
    fromRandomAccessReader(new StagedReader(staged), staged.size, options, (error, zip?: ZipFile) => {
      if (error || !zip) return unreadable()
      const tally = new Tally(staged.size)
      zip.on('error', unreadable)
      zip.on('entry', (entry: Entry) => {
        const fault = tally.add(entry)
        if (fault === undefined) return zip.readEntry()
        zip.close()
        resolve({ fault })
      })
      zip.on('end', () => resolve(tally.result()))
      zip.readEntry()
    })
  })

class Tally {
  readonly #size: number
  readonly #names = new Set<string>()
  #entries = 0
  #packed = 0
  #inflated = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Why the archive is refused because of this entry. */
  add({ fileName, compressedSize, uncompressedSize }: Entry): string | undefined {
    this.#entries += 1
    this.#packed += compressedSize
    this.#inflated += uncompressedSize
    this.#names.add(fileName)
    if (this.#entries > mostEntries) return 'The archive has too many entries'
    if (this.#packed > this.#size) return 'The entries of the archive overlap'
    const large = this.#inflated > leastBytes && this.#inflated > mostRatio * this.#size
    return large || this.#inflated > mostBytes ? 'The archive inflates to far more than it is' : undefined
  }

  result(): Archive {
    const kind = marks.find(([name]) => this.#names.has(name))?.[1]
    return kind === undefined ? {} : { kind }
  }
}
