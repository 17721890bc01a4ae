/** What an app is told of sync. */
import type { Observable } from 'rxjs'

/**
 * `stopped`; `waiting` for a connection; `pushing` local changes, or `pulling` what changed elsewhere; `idle`,
 * caught up; `ended`: only a new sign-in helps, or the device was cut off (see `error`).
 */
export type SyncPhase = 'stopped' | 'waiting' | 'pushing' | 'pulling' | 'idle' | 'ended'

/** How sync stands. */
export interface SyncStatus {
  /** Whether the last attempt reached the server. */
  online: boolean
  phase: SyncPhase
  /** Records with changes not sent yet. */
  pending: number
  /** Items that the server refused, for the user to mend or drop. */
  rejected: number
  /** Conflicts for a person to settle. */
  conflicts: number
  /** ISO 8601, by the device's clock. */
  lastSyncedAt: string | null
  /** Of this run: documents that came and items answered, of all that are known of. */
  progress: { done: number; total: number }
  /** Why the last attempt failed; null after one that did not. */
  error: { code: string; message: string } | null
}

/** What one `syncNow` did. */
export interface SyncReport {
  /** Items that the server took. */
  pushed: number
  /** Documents that came. */
  pulled: number
  /** Items that it refused; they are in the `rejected` collection. */
  rejected: number
  /** Conflicts that what was sent has met. */
  conflicts: number
  durationMs: number
}

/** The status now (`value`), and at each change. */
export type StatusObservable = Observable<SyncStatus> & { readonly value: SyncStatus }
