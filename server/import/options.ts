/** The importer's command line: read, checked, and explained. Pure. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fieldNames, fieldsOf, type ColumnOptions, type FieldName, type ImportKind } from './columns.ts'
import { settingsShape, type ImportSettings } from './batch.ts'
import { ImportError } from './errors.ts'
import { groupId } from '../../sync/contract/fields.ts'

/** One file to read. */
export interface InputFile {
  kind: ImportKind
  path: string
  columns: ColumnOptions
}

/** What was asked for. */
export interface ImportOptions {
  groupId: number
  settings: ImportSettings
  files: InputFile[]
  rejects: string
  dataDir: string | undefined
  encoding: string
}

export const usage = `npm run import -- --group N --site N [--animals FILE] [--price-list FILE] [options]

  --group N             the veterinary group that is moving in
  --site N              the site whose animals these are
  --animals FILE        a CSV file with a row an animal
  --price-list FILE     a CSV file with a row a treatment code
  --column FIELD=HEADER which column is which field (may be repeated); FIELD= leaves a field out;
                        with both files, animals.name= and prices.name= tell them apart
  --rejects FILE        where rows go that cannot be taken (default: import-rejects.csv)
  --data-dir DIR        the server's DATA_DIR (default: its setting)
  --currency CODE       of the price list (default: GBP)
  --vat N               VAT of what has none in the price list, in basis points (default: 2000, which is 20 %)
  --system NAME         the former system, whose ids the rows carry (default: licence)
  --dates dmy|mdy       how 03/04/2019 is meant, where a file has such dates
  --encoding NAME       of the files (default: utf-8; older systems: windows-1252)

Ends with 0; with 1 where it could not be done, or no row of a file could be taken; with 130 when it was stopped.

Fields of animals:  ${fieldNames('animals').join(', ')}
Fields of prices:   ${fieldNames('prices').join(', ')}
`

const definitions = {
  group: { type: 'string' },
  site: { type: 'string' },
  animals: { type: 'string' },
  'price-list': { type: 'string' },
  column: { type: 'string', multiple: true },
  rejects: { type: 'string', default: 'import-rejects.csv' },
  'data-dir': { type: 'string' },
  currency: { type: 'string', default: 'GBP' },
  vat: { type: 'string', default: '2000' },
  system: { type: 'string', default: 'licence' },
  dates: { type: 'string' },
  encoding: { type: 'string', default: 'utf-8' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const parsed = (args: readonly string[]) => {
  try {
    // Several `field=header` may follow one --column, so they are allowed to stand alone.
    return parseArgs({ args: [...args], options: definitions, allowPositionals: true })
  } catch (error) {
    throw new ImportError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const integer = (option: string, text: string | undefined): number => {
  if (text === undefined) throw new ImportError(`--${option} is missing`)
  if (!/^\d{1,10}$/.test(text)) throw new ImportError(`--${option} ${text}: must be a whole number`)
  return Number(text)
}

const isField = (kind: ImportKind, field: string): boolean =>
  fieldNames(kind).includes(field as FieldName<ImportKind>)

/** The kind of file that a column option is for: as it says itself, else the first given that has the field. */
const kindOf = (
  option: string,
  field: string,
  given: readonly ImportKind[],
): { kind: ImportKind; field: string } => {
  const [prefix = '', rest] = field.split('.', 2)
  const named =
    rest === undefined ? undefined : (Object.keys(fieldsOf) as ImportKind[]).find((k) => k === prefix)
  const name = named && rest !== undefined ? rest : field
  const kind = named ?? given.find((candidate) => isField(candidate, name))
  if (kind === undefined || !isField(kind, name))
    throw new ImportError(
      `--column ${option}: there is no field "${name}". ` +
        (named ? [named] : given).map((k) => `Fields of ${k}: ${fieldNames(k).join(', ')}.`).join(' '),
    )
  if (!given.includes(kind)) throw new ImportError(`--column ${option}: no file of ${kind} is given`)
  return { kind, field: name }
}

const columnsOf = (
  options: readonly string[],
  given: readonly ImportKind[],
): Record<ImportKind, Map<string, string>> => {
  const columns = { animals: new Map<string, string>(), prices: new Map<string, string>() }
  for (const option of options) {
    const equals = option.indexOf('=')
    if (equals < 1)
      throw new ImportError(`--column ${option}: write it as field=header, such as name="Pet name"`)
    const { kind, field } = kindOf(option, option.slice(0, equals), given)
    if (columns[kind].has(field)) throw new ImportError(`--column ${option}: ${field} is mapped twice`)
    columns[kind].set(field, option.slice(equals + 1))
  }
  return columns
}

const filesOf = (values: ReturnType<typeof parsed>['values'], columns: readonly string[]): InputFile[] => {
  // The price list is small, and what is on it can be charged as soon as the first animal is there.
  const files = { prices: values['price-list'], animals: values.animals }
  const given = (['animals', 'prices'] as const).filter((kind) => files[kind] !== undefined)
  if (given.length === 0) throw new ImportError('There is nothing to import: give --animals or --price-list')
  const mapped = columnsOf(columns, given)
  return (['prices', 'animals'] as const).flatMap((kind) =>
    files[kind] === undefined ? [] : [{ kind, path: files[kind], columns: mapped[kind] }],
  )
}

const checkEncoding = (encoding: string): string => {
  try {
    return new TextDecoder(encoding).encoding
  } catch (error) {
    throw new ImportError(`--encoding ${encoding}: there is no such encoding`, { cause: error })
  }
}

/** Reads the command line; 'help' where that was asked for. @throws ImportError */
export const readOptions = (args: readonly string[]): ImportOptions | 'help' => {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const files = filesOf(values, [...(values.column ?? []), ...positionals])
  const needsSite = files.some(({ kind }) => kind === 'animals') || values.site !== undefined
  const group = groupId.safeParse(integer('group', values.group))
  const settings = settingsShape.safeParse({
    siteId: needsSite ? integer('site', values.site) : 1,
    system: values.system,
    currency: values.currency.toUpperCase(),
    vatRate: integer('vat', values.vat),
    dates: values.dates ?? null,
  })
  const names: Record<string, string> = { siteId: 'site', vatRate: 'vat' }
  if (!group.success) throw new ImportError(`--group: ${group.error.issues[0]?.message ?? ''}`)
  if (!settings.success) {
    const [issue] = settings.error.issues
    const field = String(issue?.path[0])
    throw new ImportError(`--${names[field] ?? field}: ${issue?.message ?? ''}`)
  }
  const rejects = path.resolve(values.rejects)
  if (files.some((file) => path.resolve(file.path) === rejects))
    throw new ImportError(`--rejects ${values.rejects}: that is the file to be imported`)
  return {
    groupId: group.data,
    settings: settings.data,
    files,
    rejects,
    dataDir: values['data-dir'],
    encoding: checkEncoding(values.encoding),
  }
}
