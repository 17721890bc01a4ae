/**
 * A page of documents by columns: documents of the same fields share one list of their names, and the values of a
 * field stand together, which is what makes them compress. Documents come back with their fields; their order within
 * a page means nothing.
 */
import { z } from 'zod'
import { checkpoint, type PullResponse } from './pull.ts'

/** What a device names in `Accept` to get pages by columns. */
export const columnsType = 'application/vnd.vetspace.columns+json'

const table = z.object({
  fields: z.array(z.string()),
  /** For each field its values, one a document. */
  columns: z.array(z.array(z.unknown())),
})
type Table = z.infer<typeof table>

const columnsResponse = z.object({ tables: z.array(table), checkpoint })
type ColumnsResponse = z.infer<typeof columnsResponse>

type Document = PullResponse['documents'][number]

export const toColumns = ({ documents, checkpoint: next }: PullResponse): ColumnsResponse => {
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
    checkpoint: next,
  }
}

/** The documents of a page. @returns undefined where it is no page by columns */
export const fromColumns = (body: unknown): PullResponse | undefined => {
  const parsed = columnsResponse.safeParse(body)
  if (!parsed.success) return undefined
  const { tables, checkpoint: next } = parsed.data
  if (!tables.every(isWhole)) return undefined
  return { documents: tables.flatMap(documentsOf), checkpoint: next }
}

const isWhole = ({ fields, columns }: Table): boolean =>
  fields.includes('id') &&
  columns.length === fields.length &&
  columns.every((column) => column.length === columns[0]?.length)

const documentsOf = ({ fields, columns }: Table): Document[] =>
  (columns[0] ?? []).map(
    (_, row) => Object.fromEntries(fields.map((field, at) => [field, columns[at]?.[row]])) as Document,
  )
