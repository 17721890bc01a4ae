/**
 * A treatment is on one invoice only (I5). Its own document says on which, and is written naming the revision that it
 * replaces: of two servers that invoice it at once one wins, and from then on no edit changes its price.
 */
import type { Database, NewDoc, StoredDoc } from '../store/port.ts'
import { bareId, docId } from '../write/document.ts'
import { invoiceOfTreatment, notInvoiceable } from './lines.ts'

const maxRounds = 50

export interface Claimed {
  /** The treatments that are on the invoice now. */
  mine: StoredDoc[]
  /** Those that are not, and the invoice that has them where there is one. */
  leftOut: { treatmentId: string; invoiceId: string | null }[]
}

/** Puts treatments on an invoice, as far as they can be; once more is the same. */
export const claimTreatments = async (
  db: Database,
  { invoiceId, treatmentIds }: { invoiceId: string; treatmentIds: readonly string[] },
  at: number,
): Promise<Claimed> => {
  const claimed: Claimed = { mine: [], leftOut: [] }
  let open: readonly string[] = treatmentIds
  for (let round = 0; open.length > 0; round += 1) {
    if (round === maxRounds) throw new Error('A treatment is written too often to invoice it')
    open = await claimRound(db, { invoiceId, open, at }, claimed)
  }
  return claimed
}

/** Returns those that somebody else wrote meanwhile. */
const claimRound = async (
  db: Database,
  { invoiceId, open, at }: { invoiceId: string; open: readonly string[]; at: number },
  { mine, leftOut }: Claimed,
): Promise<string[]> => {
  const docs = await db.getMany(open.map((id) => docId('treatment', id)))
  const updates: (StoredDoc & NewDoc)[] = []
  for (const [i, doc] of docs.entries()) {
    const holder = doc ? invoiceOfTreatment(doc) : null
    if (doc && holder === invoiceId) mine.push(doc)
    else if (doc && notInvoiceable(doc) === null)
      updates.push({ ...doc, invoiceId, modifiedAt: new Date(at).toISOString() })
    else leftOut.push({ treatmentId: open[i] ?? '', invoiceId: holder })
  }
  const results = await db.write(updates)
  const late: string[] = []
  for (const [i, update] of updates.entries()) {
    const result = results[i]
    if (result?.ok) mine.push({ ...update, _rev: result.rev })
    else late.push(bareId(update._id))
  }
  return late
}
