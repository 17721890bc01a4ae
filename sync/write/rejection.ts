/** The server's copy of what it refused. */
import type { ItemError } from '../contract/upload.ts'
import { markOf } from './mark.ts'
import { schemaVersion } from './document.ts'
import { longestItem, wellFormed, type Refusal } from './items.ts'
import type { UploadRequest } from './context.ts'

const keptMs = 30 * 86_400_000
const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface RejectionDoc {
  _id: string
  type: 'rejected'
  groupId: number
  siteIds: number[]
  recordType: string
  userId: string
  deviceId: string | null
  item: unknown
  errors: ItemError[]
  retryable: boolean
  rejectedAt: string
  /** After this it is no longer shown. */
  expiresAt: string
  schemaVersion: number
}

/** The item as a store can keep it; of one that is far too long for a record, its beginning as text. */
const keepable = (raw: unknown): unknown => {
  const item = wellFormed(raw ?? null)
  const json = JSON.stringify(item)
  return json.length > longestItem ? json.slice(0, longestItem) : item
}

/** The document that keeps a refused item; its id is the item's, or its content's where the item has none. */
export const rejectionDoc = (
  groupId: number,
  request: Pick<UploadRequest, 'type' | 'actor' | 'deviceId' | 'receivedAt'>,
  raw: unknown,
  refusal: Refusal,
): RejectionDoc => {
  const given =
    typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)['clientItemId'] : undefined
  const id = typeof given === 'string' && uuidText.test(given) ? given : markOf(raw ?? null)
  return {
    _id: `rejected:${id}`,
    type: 'rejected',
    groupId,
    siteIds: [...request.actor.siteIds],
    recordType: request.type,
    userId: request.actor.userId,
    deviceId: request.deviceId,
    item: keepable(raw),
    errors: refusal.errors,
    retryable: refusal.retryable,
    rejectedAt: new Date(request.receivedAt).toISOString(),
    expiresAt: new Date(request.receivedAt + keptMs).toISOString(),
    schemaVersion,
  }
}
