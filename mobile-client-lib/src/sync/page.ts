/** A page of a pull, as the server answers it. */
import type { WithDeleted } from 'rxdb'
import { countsOf, fromColumns } from '../../../sync/contract/columns.ts'
import type { Checkpoint, Counts } from '../../../sync/contract/pull.ts'
import { ApiError, OfflineError } from '../errors.ts'
import type { LocalRecord } from '../local/records.ts'

export interface Page {
  documents: WithDeleted<LocalRecord>[]
  /** Undefined where nothing came of a collection that was empty before. */
  checkpoint: Checkpoint | undefined
  counts?: Counts | undefined
}

/** What an answer says. @throws OfflineError where it is not one of the server's */
export const asPage = (body: unknown): Page => {
  const page = fromColumns(body)
  if (page) return page
  const { documents, checkpoint, counts } = (body ?? {}) as Partial<Record<keyof Page, unknown>>
  const { token } = (checkpoint ?? {}) as Partial<Checkpoint>
  if (!Array.isArray(documents) || typeof token !== 'string') throw notTheServers()
  return { documents: documents as WithDeleted<LocalRecord>[], checkpoint: { token }, ...countsOf(counts) }
}

export const notTheServers = (): OfflineError => new OfflineError('The answer is not one of the server’s')

const statuses: ReadonlySet<number | null> = new Set([404, 405, 501])

/** Whether a refusal is that of a server which does not know of the call yet. */
export const isUnknownCall = (error: unknown): boolean =>
  (error instanceof ApiError || error instanceof OfflineError) && statuses.has(error.status)
