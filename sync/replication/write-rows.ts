import { isLocalId, type Incoming } from './incoming.ts'
import { writeLocal } from './local-documents.ts'
import type { Replica, Row } from './replica.ts'

/** Writes documents, `_local` ones among them, and answers for each in their order. */
export async function writeAll(db: Replica, documents: Incoming[], newEdits: boolean): Promise<Row[]> {
  const rows: Row[] = []
  const stored: { at: number; incoming: Incoming }[] = []
  for (const [at, incoming] of documents.entries()) {
    const { doc } = incoming
    if (isLocalId(doc._id)) rows[at] = { ok: true, ...(await writeLocal(db, doc)) }
    else stored.push({ at, incoming })
  }
  if (stored.length === 0) return rows
  const written = await db.write(
    stored.map(({ incoming }) => incoming),
    newEdits,
  )
  for (const [index, { at, incoming }] of stored.entries())
    rows[at] = written[index] ?? {
      id: incoming.doc._id,
      error: 'unknown_error',
      reason: 'It was passed over.',
    }
  return rows
}
