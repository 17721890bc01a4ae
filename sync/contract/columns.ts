/**
 * A page of documents by columns: documents of the same fields share one list of their names, and the values of a
 * field stand together, which is what makes them compress. Documents come back with their fields; their order within
 * a page means nothing.
 */
import type { Checkpoint, Counts, PullResponse } from './pull.ts'

/** What a device names in `Accept` to get pages by columns. */
export const columnsType = 'application/vnd.vetspace.columns+json'

interface Table {
  fields: string[]
  /** For each field its values, one a document. */
  columns: unknown[][]
}
type ColumnsResponse = Omit<PullResponse, 'documents'> & { tables: Table[] }

type Document = PullResponse['documents'][number]

export const toColumns = ({ documents, ...rest }: PullResponse): ColumnsResponse => {
  const tables = new Map<string, { fields: string[]; documents: Document[] }>()
  for (const document of documents) {
    const fields = Object.keys(document).sort()
    const shape = JSON.stringify(fields)
    const known = tables.get(shape)
    if (known) known.documents.push(document)
    else tables.set(shape, { fields, documents: [document] })
  }
  return {
    tables: [...tables.values()].map(({ fields, documents: alike }) => ({
      fields,
      columns: fields.map((field) => alike.map((document) => document[field])),
    })),
    ...rest,
  }
}

/** The documents of a page. @returns undefined where it is no page by columns */
export const fromColumns = (body: unknown): PullResponse | undefined => {
  const { tables, checkpoint, counts } = (body ?? {}) as Partial<Record<keyof ColumnsResponse, unknown>>
  if (!Array.isArray(tables) || !tables.every(isWhole)) return undefined
  const { token } = (checkpoint ?? {}) as Partial<Checkpoint>
  return typeof token === 'string'
    ? { documents: tables.flatMap(documentsOf), checkpoint: { token }, ...countsOf(counts) }
    : undefined
}

/** What a page says of how much there is; nothing where that is no count. */
export const countsOf = (counts: unknown): Pick<PullResponse, 'counts'> => {
  const isCounted =
    typeof counts === 'object' && counts !== null && Object.values(counts).every(Number.isInteger)
  return isCounted ? { counts: counts as Counts } : {}
}

// By hand: zod's first look at an object tries `new Function`, which pages with a content security policy report.
const isWhole = (table: unknown): table is Table => {
  const { fields, columns } = (table ?? {}) as Partial<Record<keyof Table, unknown>>
  if (!Array.isArray(fields) || !Array.isArray(columns)) return false
  const [first] = columns as unknown[]
  return (
    fields.includes('id') &&
    fields.every((field) => typeof field === 'string') &&
    columns.length === fields.length &&
    Array.isArray(first) &&
    columns.every((column) => Array.isArray(column) && column.length === first.length)
  )
}

const documentsOf = ({ fields, columns }: Table): Document[] =>
  (columns[0] ?? []).map(
    (_, row) => Object.fromEntries(fields.map((field, at) => [field, columns[at]?.[row]])) as Document,
  )
