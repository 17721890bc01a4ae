/** What a batch of items is worked with. */
import type { Actor } from '../actor.ts'
import type { Index } from '../feed/index-store.ts'
import type { Database } from '../store/port.ts'
import type { WritableType } from './items.ts'
import type { References } from './references.ts'

export interface UploadRequest {
  type: WritableType
  actor: Actor
  deviceId: string | null
  /** ms since the epoch: when the batch left the device, by the device's clock */
  sentAt: number
  /** ms since the epoch: when it came in, by ours */
  receivedAt: number
  items: readonly unknown[]
}

export interface WriteTarget {
  groupId: number
  db: Database
  index: Index
}

export interface WorkContext {
  target: WriteTarget
  request: UploadRequest
  references: References
}
