/** What a batch of items is worked with. */
import type { Actor } from '../actor.ts'
import type { Accounting } from '../billing/accounting.ts'
import type { Index } from '../feed/index-store.ts'
import type { Database, NewDoc, WriteResult } from '../store/port.ts'
import type { RecordDoc } from './document.ts'
import type { WritableType } from './items.ts'
import type { References } from './references.ts'
import type { WriteWitness } from './witness.ts'

export interface UploadRequest {
  type: WritableType
  actor: Actor
  deviceId: string | null
  /** ms since the epoch: when the batch left the device, by the device's clock */
  sentAt: number
  /** ms since the epoch: when it came in, by ours */
  receivedAt: number
  items: readonly unknown[]
  /**
   * Whether an edit may be laid on what stands, asked anew when somebody else was faster; where not, it is refused
   * as STALE_REVISION. An edit that the record holds already is none.
   */
  guard?: (standing: RecordDoc) => boolean
  /**
   * Fields that the server keeps itself, by the item's clientItemId: for calls of the API, which decide them; what
   * devices send never gets here. Laid on the record in the same write as the item.
   */
  served?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Stores the records in place of a write that names the revision it replaces; for what brings its own revision. */
  commit?: (docs: readonly NewDoc[]) => Promise<WriteResult[]>
}

export interface WriteTarget {
  groupId: number
  db: Database
  index: Index
  /** Hears of voids, reversals and merged branches before they are written. */
  witness?: WriteWitness | undefined
}

export interface WorkContext {
  target: WriteTarget
  request: UploadRequest
  references: References
  /** When the batch came in, as records have it. */
  now: string
  /** Up to when the books are closed. */
  books: Accounting
  /** What the witness has heard of, so that a second round tells nothing twice. */
  told: Set<string>
}
