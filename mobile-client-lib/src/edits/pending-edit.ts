/** Unsent changes, as they stand on a record. */

/** What a change was from, and to, by field. */
export type Changes = Record<string, { from: unknown; to: unknown }>

/** The record was made here; what is sent is the record as it stands then. */
export interface PendingCreation {
  clientItemId: string
  editedAt: string
  creation: true
}

/** The record was changed here. Never altered once it may have been sent. */
export interface PendingChange {
  clientItemId: string
  editedAt: string
  baseRevision: string | null
  changes: Changes
}

/** A change of a record that the server has not answered for. */
export type PendingEdit = PendingCreation | PendingChange
