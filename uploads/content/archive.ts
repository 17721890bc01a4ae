/**
 * Zip archives, and the office documents that are zip archives inside: read by their directory, then inflated into
 * nothing, as far as the directory says, since one that lies is a bomb as well. A file is refused that inflates to far
 * more than it is or than it says, whose entries overlap, or whose names lead elsewhere.
 */
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'
import { AtMost } from '../at-most.ts'
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
  /** Whether a program is in it, which the office runs. */
  macros?: boolean
}

const office = 'application/vnd.openxmlformats-officedocument.'
const marks: readonly (readonly [name: string, kind: string])[] = [
  ['word/document.xml', `${office}wordprocessingml.document`],
  ['xl/workbook.xml', `${office}spreadsheetml.sheet`],
  ['ppt/presentation.xml', `${office}presentationml.presentation`],
]

/** Visual Basic in Office's documents, Basic and scripts in OpenDocument's. */
const macroParts = /(?:^|\/)vbaProject\.bin$|^(?:Basic|Scripts)\/./i

const openZip = (staged: StagedFile): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false }
    fromRandomAccessReader(new StagedReader(staged), staged.size, options, (error, zip?: ZipFile) =>
      zip ? resolve(zip) : reject(error ?? new Error('The archive cannot be read')),
    )
  })

const entriesOf = async function* (zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const next = new Promise<Entry | undefined>((resolve, reject) => {
      zip.once('entry', resolve).once('end', resolve).once('error', reject)
    })
    zip.readEntry()
    const entry = await next
    zip.removeAllListeners()
    if (!entry) return
    yield entry
  }
}

const deflated = 8
const encrypted = 1

/** Inflates an entry and throws it away; yauzl ends one that is longer or shorter than the directory says. */
const checkEntry = async (zip: ZipFile, entry: Entry): Promise<void> => {
  if (entry.compressionMethod !== deflated || (entry.generalPurposeBitFlag & encrypted) !== 0) return
  const open = promisify<Entry, Readable>(zip.openReadStream.bind(zip))
  await finished((await open(entry)).resume())
}

const unreadable = { fault: 'The archive cannot be read, or is not what it says' }
/** Each takes a processor. */
const atOnce = new AtMost(2)

/** What a zip archive holds. */
export const lookIntoArchive = (staged: StagedFile): Promise<Archive> =>
  atOnce.run(async () => {
    try {
      const zip = await openZip(staged)
      const tally = new Tally(staged.size)
      const entries: Entry[] = []
      for await (const entry of entriesOf(zip)) {
        const fault = tally.add(entry)
        if (fault !== undefined) return { fault }
        entries.push(entry)
      }
      for (const entry of entries) await checkEntry(zip, entry)
      return tally.result()
    } catch {
      return unreadable
    }
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
    const macros = [...this.#names].some((name) => macroParts.test(name))
    return { macros, ...(kind === undefined ? {} : { kind }) }
  }
}
