/** Batches in the audit record, before they are written. */
import type { Audit } from '../audit/audit.ts'
import type { ImportBatch } from './batch.ts'

export const recordBatch = async (
  audit: Pick<Audit, 'append'>,
  { groupId, kind, rows }: ImportBatch,
): Promise<void> => {
  const detail = { kind, rows: rows.length }
  await audit.append(groupId, { kind: 'IMPORTED', actor: { kind: 'operator' }, detail })
}
