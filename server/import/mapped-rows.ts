/** From rows of a file to the rows of a batch: fields in place of columns, and who each row is. */
import type { AnimalRow, PriceRow } from './batch.ts'
import { fieldsIn, type Column, type FieldName, type ImportKind } from './columns.ts'
import type { CsvRow } from './csv-rows.ts'
import { rowName, shortKey } from './identity.ts'
import type { Occurrences } from './occurrences.ts'
import { codeData, type PriceSettings } from './prices.ts'
import { eachRow } from './records.ts'

/** A batch's rows, and those refused before they were one. */
export type MappedRows = { refused: { line: number; reason: string }[] } & (
  { kind: 'animals'; rows: AnimalRow[] } | { kind: 'prices'; rows: PriceRow[] }
)

export interface RowMapperOptions {
  /** The file's own, so that nothing is counted across files. */
  occurrences: Occurrences
  settings: PriceSettings
}

/** Maps the rows of one file, batch after batch, in their order. */
export type RowMapper = (rows: readonly CsvRow[]) => Promise<MappedRows>

/** Licence numbers repeat, and so may whole rows: the second of a name is another animal. */
const animalMapper =
  (columns: readonly Column<FieldName<'animals'>>[], occurrences: Occurrences): RowMapper =>
  async (rows) => {
    const named = rows.map(({ line, cells }) => {
      const fields = fieldsIn<'animals'>(columns, cells)
      return { line, fields, key: shortKey(rowName(fields.id, cells)) }
    })
    const counts = await occurrences.count(named.map(({ key }) => key))
    const counted = named.map((row, at) => ({ ...row, occurrence: counts[at] ?? 1 }))
    return { kind: 'animals', rows: counted, refused: [] }
  }

/**
 * A code stands for one thing: where a list has it twice, neither may silently overwrite the other. Only rows that
 * can be taken count, so each is looked at before: a bad row keeps no good one out.
 */
const priceMapper =
  (columns: readonly Column<FieldName<'prices'>>[], { occurrences, settings }: RowMapperOptions): RowMapper =>
  async (rows) => {
    const read = rows.map(({ line, cells }) => ({ line, fields: fieldsIn<'prices'>(columns, cells) }))
    const { built, refused } = eachRow(read, (row) => ({ row, code: codeData(row, settings).code }))
    const counts = await occurrences.count(built.map(({ code }) => code))
    const again = built.filter((_, at) => (counts[at] ?? 1) > 1)
    const doubled = again.map(({ row: { line } }) => ({
      line,
      reason: 'code: it stands further up in this list already; that row was taken',
    }))
    const first = built.filter((_, at) => counts[at] === 1).map(({ row }) => row)
    return { kind: 'prices', rows: first, refused: [...refused, ...doubled] }
  }

/** The mapper for a kind of file. */
export const rowMapper = (
  kind: ImportKind,
  columns: readonly Column[],
  options: RowMapperOptions,
): RowMapper =>
  kind === 'animals'
    ? animalMapper(columns as Column<FieldName<'animals'>>[], options.occurrences)
    : priceMapper(columns as Column<FieldName<'prices'>>[], options)
