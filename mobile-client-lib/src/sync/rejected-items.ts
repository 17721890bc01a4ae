/** What the server refused: kept as the user wrote it, to be mended or dropped (I4). */
import type { LocalRecord, PushedCollection, RejectedDoc } from '../local/records.ts'
import type { RunContext } from './context.ts'
import type { UploadResult } from './limits.ts'
import type { Item } from './upload-items.ts'

interface Sent {
  record: LocalRecord
  items: Item[]
  results: UploadResult[]
}

/** The client's personal data was erased on the server: the device keeps no copy of what was typed since. */
const isErased = ({ errors }: UploadResult): boolean =>
  errors?.some(({ code }) => code === 'CLIENT_ERASED') === true

const bare = ({ clientItemId, id }: Item): Item => ({ clientItemId, ...(id === undefined ? {} : { id }) })

/** Keeps the refused items, and lets go of those that were taken at last. */
export const keepRejected = async (
  { database: { collections, rejected }, now }: RunContext,
  collection: PushedCollection,
  sent: readonly Sent[],
): Promise<void> => {
  const refused: RejectedDoc[] = []
  const taken: string[] = []
  for (const { record, items, results } of sent)
    for (const [i, result] of results.entries()) {
      const item = items[i] ?? {}
      const id = String(item['clientItemId'])
      if (result.outcome !== 'REJECTED') taken.push(id)
      else
        refused.push({
          id,
          collectionName: collection,
          recordId: record.id,
          item: isErased(result) ? bare(item) : item,
          errors: result.errors ?? [],
          retryable: result.retryable === true,
          rejectedAt: new Date(now()).toISOString(),
        })
    }
  await collections.rejected.bulkUpsert(refused as unknown as LocalRecord[])
  const over = taken.filter((id) => rejected.has(id))
  if (over.length > 0) await collections.rejected.bulkRemove(over)
}
