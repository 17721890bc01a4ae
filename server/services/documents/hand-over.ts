/** Documents for a PMS that takes them: queued before whoever sent the document is answered. */
import type { DocumentRecord } from '../../../sync/contract/records.ts'
import type { AppContext } from '../../context.ts'
import { fail } from '../../http/problem.ts'
import { uuidOf } from '../../uuid-of.ts'

type Handed = Pick<
  DocumentRecord,
  | 'animalId'
  | 'clientId'
  | 'appointmentId'
  | 'title'
  | 'category'
  | 'fileName'
  | 'contentType'
  | 'size'
  | 'sha256'
>

/**
 * Queues a document's file for the group's PMS; without one there is nothing to do. The same file of the same document
 * is queued once, so that who was not answered may send it again.
 */
export const handOver = async (
  app: AppContext,
  groupId: number,
  { documentId, data }: { documentId: string; data: Handed },
): Promise<void> => {
  if (!(await app.bridge.has(groupId, 'documents'))) return
  const { animalId, clientId, appointmentId, title, category, fileName, contentType, size, sha256 } = data
  const kept = await app.bridge.add({
    groupId,
    writeId: uuidOf(`document\n${groupId}\n${documentId}\n${sha256}`),
    request: {
      ...{ operation: 'document', documentId, file: { sha256, size, contentType, fileName } },
      details: { animalId, clientId, appointmentId, title, category },
    },
  })
  if (kept === 'full')
    fail('STORE_UNAVAILABLE', { detail: 'Too much waits for the practice’s PMS.', retryAfterSeconds: 60 })
}
