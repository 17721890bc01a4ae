/** Reads files, a batch ahead of what is being written, and keeps the account of every row. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ImportBatch } from './batch.ts'
import { describeColumns, mapColumns } from './columns.ts'
import { CsvFile, type CsvBatch, type CsvRow } from './csv-rows.ts'
import type { Destination } from './destination.ts'
import { ImportError } from './errors.ts'
import { rowMapper, type MappedRows } from './mapped-rows.ts'
import { Occurrences } from './occurrences.ts'
import type { ImportOptions, InputFile } from './options.ts'
import { Progress, type ProgressOutput } from './progress.ts'
import type { Reject, Rejects } from './rejects.ts'

/** What became of one file's rows. */
export interface FileReport {
  file: string
  rows: number
  imported: number
  updated: number
  present: number
  refused: number
}

export interface ImportReport {
  files: FileReport[]
  /** Stopped before the end; what was taken is complete. */
  stopped: boolean
}

export interface RunContext {
  options: ImportOptions
  destination: Destination
  rejects: Rejects
  output: ProgressOutput
  now: () => number
  /** Stops the import after the batch that is being written. */
  signal: AbortSignal
}

/** One task at a time in the background; its failure is thrown where the next one would begin. */
class Background {
  #task: Promise<{ error?: unknown }> = Promise.resolve({})

  start(task: () => Promise<void>): void {
    this.#task = task().then(
      () => ({}),
      (error: unknown) => ({ error }),
    )
  }

  async settled(): Promise<void> {
    const { error } = await this.#task
    if (error !== undefined)
      throw error instanceof Error ? error : new Error('The import failed', { cause: error })
  }
}

/** One file on its way. */
class FileImport {
  readonly #context: RunContext
  readonly #file: InputFile
  readonly #csv: CsvFile
  readonly report: FileReport

  constructor(context: RunContext, file: InputFile, csv: CsvFile) {
    this.#context = context
    this.#file = file
    this.#csv = csv
    this.report = { file: file.path, rows: 0, imported: 0, updated: 0, present: 0, refused: 0 }
  }

  async run(totalBytes: number): Promise<void> {
    const { options, output, now, signal } = this.#context
    const { kind, path: filePath, columns: chosen } = this.#file
    const columns = mapColumns(kind, this.#csv.header, chosen)
    const label = path.basename(filePath)
    output.write(`${label}: ${describeColumns(this.#csv.header, columns)}\n`)
    await using occurrences = new Occurrences()
    const map = rowMapper(kind, columns, { occurrences, settings: options.settings })
    const progress = new Progress({ output, now, label, totalBytes })
    const writing = new Background()
    try {
      for await (const batch of this.#csv.batches()) {
        const mapped = await map(batch.rows)
        await writing.settled()
        if (signal.aborted) break
        progress.show({ rows: this.report.rows, bytes: batch.bytes })
        writing.start(() => this.#take(batch, mapped))
      }
    } finally {
      await writing.settled()
      progress.end()
    }
  }

  async #take(batch: CsvBatch, mapped: MappedRows): Promise<void> {
    const { destination, options, rejects } = this.#context
    const { groupId, settings } = options
    const request: ImportBatch = { groupId, settings, ...withoutRefused(mapped) }
    const none = { imported: 0, updated: 0, present: 0, refused: [] }
    const outcome = request.rows.length > 0 ? await destination.take(request) : none
    const refused = rejectsOf(batch, [...mapped.refused, ...outcome.refused])
    await rejects.add({ file: this.report.file, header: this.#csv.header }, refused)
    this.report.rows += batch.rows.length + batch.broken.length
    this.report.imported += outcome.imported
    this.report.updated += outcome.updated
    this.report.present += outcome.present
    this.report.refused += refused.length
  }
}

const withoutRefused = ({ refused: _, ...batch }: MappedRows) => batch

/** The refused rows of a batch, in the order of the file, as they stood there. */
const rejectsOf = (batch: CsvBatch, refused: readonly { line: number; reason: string }[]): Reject[] => {
  const broken = batch.broken.map(({ line, reason, text }) => ({ line, reason, cells: [text] }))
  if (refused.length === 0) return broken
  const cells = new Map(batch.rows.map((row: CsvRow) => [row.line, row.cells]))
  const rows = refused.map(({ line, reason }) => ({ line, reason, cells: cells.get(line) ?? [] }))
  return [...broken, ...rows].sort((a, b) => a.line - b.line)
}

const sizeOf = async (file: string): Promise<number> => {
  try {
    const found = await stat(file)
    if (found.isDirectory()) throw new ImportError(`${file} is a directory`)
    return found.size
  } catch (error) {
    if (error instanceof ImportError) throw error
    throw new ImportError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** Checks that files and columns are as the options say, before anything is opened for writing. */
export const checkFiles = async ({ files, encoding }: ImportOptions): Promise<void> => {
  for (const { kind, path: filePath, columns } of files) {
    await sizeOf(filePath)
    await using csv = await CsvFile.open(filePath, { encoding })
    mapColumns(kind, csv.header, columns)
  }
}

/** Imports all files, one after the other, and waits for the indexes. */
export const runImport = async (context: RunContext): Promise<ImportReport> => {
  const { options, destination, signal } = context
  const files: FileReport[] = []
  for (const file of options.files) {
    if (signal.aborted) break
    const size = await sizeOf(file.path)
    await using csv = await CsvFile.open(file.path, { encoding: options.encoding })
    const run = new FileImport(context, file, csv)
    files.push(run.report)
    await run.run(size)
  }
  await destination.finish()
  return { files, stopped: signal.aborted }
}
