/** What the records of an import have in common: the envelope, and validation that names the field. Pure. */
import type { z } from 'zod'
import { faultInWords } from '../../sync/contract/fault-words.ts'
import { docId, schemaVersion, type NewRecordDoc } from '../../sync/write/document.ts'
import { RowRefused } from './errors.ts'

/** What the importer stamps on every record. */
export interface Stamp {
  groupId: number
  /** The time of the batch, ISO 8601. */
  at: string
}

/** A record ready to be written for the first time. */
export const newRecord = (
  type: string,
  id: string,
  { groupId, at }: Stamp,
  data: Record<string, unknown> & { siteIds: number[] },
): NewRecordDoc => ({
  _id: docId(type, id),
  type,
  groupId,
  ...data,
  createdAt: at,
  modifiedAt: at,
  schemaVersion,
  createdBy: null,
})

/** The data with nothing missing, or RowRefused with every field that cannot be kept. */
export const validated = <T extends z.ZodType>(schema: T, data: z.input<T>): z.output<T> => {
  const result = schema.safeParse(data)
  if (result.success) return result.data
  const reasons = result.error.issues.map((issue) => `${issue.path.join('.')}: ${faultInWords(issue, data)}`)
  throw new RowRefused(reasons.join('; '), { cause: result.error })
}

/** Turns rows into what can be written; a row that cannot be costs itself. */
export const eachRow = <R extends { line: number }, T>(
  rows: readonly R[],
  build: (row: R) => T,
): { built: T[]; refused: { line: number; reason: string }[] } => {
  const built: T[] = []
  const refused: { line: number; reason: string }[] = []
  for (const row of rows)
    try {
      built.push(build(row))
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error
      refused.push({ line: row.line, reason: error.message })
    }
  return { built, refused }
}
