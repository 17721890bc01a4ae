/**
 * A payment is reversed once (I5). Two reversals are two documents, which no store writes together; so the one that
 * is to stand first claims the payment in a document that both would have to write, `reversal:<paymentId>`.
 */
import type { Database, StoredDoc } from '../store/port.ts'
import { bareId, docId, type RecordDoc } from './document.ts'

/** A claim whose reversal did not come within this time (ms) was left by a crash. */
const staleMs = 60_000

const claimOf = (reversal: RecordDoc, claimedAt: number): { _id: string } & Record<string, unknown> => ({
  _id: `reversal:${String(reversal['reversalOf'])}`,
  type: 'reversal',
  groupId: reversal.groupId,
  siteIds: reversal.siteIds,
  reversalId: bareId(reversal._id),
  claimedAt: new Date(claimedAt).toISOString(),
})

/**
 * Claims the payments that these new payments reverse, before they are written.
 * @param now ms since the epoch
 * @returns ids of the reversals whose payment another one has reversed
 */
export const claimReversals = async (
  db: Database,
  payments: readonly RecordDoc[],
  now: number,
): Promise<Set<string>> => {
  const reversals = payments.filter((doc) => typeof doc['reversalOf'] === 'string')
  const refused = new Set<string>()
  const results = await db.write(reversals.map((doc) => claimOf(doc, now)))
  for (const [i, reversal] of reversals.entries())
    if (results[i]?.ok === false && !(await takeOver(db, reversal, now))) refused.add(bareId(reversal._id))
  return refused
}

/** Whether the standing claim is this reversal's own, or was left behind and is now its own. */
const takeOver = async (db: Database, reversal: RecordDoc, now: number): Promise<boolean> => {
  const claim = claimOf(reversal, now)
  const standing: StoredDoc | undefined = await db.get(claim._id)
  if (!standing) return false
  if (standing['reversalId'] === claim['reversalId']) return true
  if (now - Date.parse(String(standing['claimedAt'])) < staleMs) return false
  if (await db.get(docId('payment', String(standing['reversalId'])))) return false
  const [result] = await db.write([{ ...claim, _rev: standing._rev }])
  return result?.ok === true
}
