/** What a device is told of an item, once its record is written. */
import type { Conflict, UploadResult } from '../contract/upload.ts'
import type { deviceRecord } from '../feed/present.ts'
import { Refusal, type Item } from './items.ts'

/**
 * What became of an item: refused, or laid on its record. `fields` are those it changed; `contested`: another value
 * stands beside its own in one of them.
 */
export type Verdict =
  Refusal | { outcome: 'CREATED' | 'UPDATED' | 'MERGED' | 'DUPLICATE'; fields: string[]; contested?: boolean }

/** A record after the write, as a device gets it. */
export interface Standing {
  recordId: string
  record: ReturnType<typeof deviceRecord> | undefined
  conflicts: readonly Conflict[]
}

/** The item's result; a refusal stays one, for whoever keeps a copy of it. */
export const resultOf = (
  item: Item,
  verdict: Verdict,
  { recordId, record, conflicts }: Standing,
): UploadResult | Refusal => {
  if (verdict instanceof Refusal) return verdict
  const mine = conflicts.filter((c) => verdict.fields.some((field) => c.fields.includes(field)))
  return {
    clientItemId: item.clientItemId,
    id: recordId,
    revision: record?.revision ?? null,
    outcome: mine.length > 0 && verdict.contested === true ? 'CONFLICT' : verdict.outcome,
    ...(record ? { record } : {}),
    ...(mine.length > 0 ? { conflicts: mine } : {}),
  }
}
