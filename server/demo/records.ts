/** Stored documents of the demo, each with its envelope. */
import { docId, schemaVersion, type NewRecordDoc } from '../../sync/write/document.ts'

export interface DemoStamp {
  groupId: number
  /** ISO 8601 */
  at: string
}

/** A record as the write path would have stored it, made by nobody. */
export const demoRecord = (
  type: string,
  id: string,
  { groupId, at }: DemoStamp,
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
