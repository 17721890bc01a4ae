/** What stands in the ledger (ledger.ts). */
import type { Actor } from '../actor.ts'
import type { StoredDoc } from '../store/port.ts'
import type { Held } from './held.ts'

/** A booking as the write path takes it, so that anybody can complete it. */
export interface WholeBooking {
  actor: Actor
  /** An upload item (contract/upload.ts). */
  item: { clientItemId: string; [field: string]: unknown }
  /** Fields that the server decides (write/context.ts). */
  served: Readonly<Record<string, unknown>>
}

export interface LedgerEntry extends Held {
  /** Absent once the appointment has been seen to stand. */
  booking?: WholeBooking
}

export type LedgerDoc = StoredDoc & { entries: LedgerEntry[] }
