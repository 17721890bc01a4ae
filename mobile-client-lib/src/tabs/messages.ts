/** What the tabs of one browser tell each other, and errors on their way between them. */
import { DeviceCutOffError, OfflineError, SignInError, VersionError, VetspaceError } from '../errors.ts'
import type { PushedCollection } from '../local/records.ts'
import type { Transfer } from '../local/transfer.ts'
import type { SyncReport, SyncStatus } from '../sync/status-types.ts'

export interface ToldError {
  code: string
  message: string
}

/** `database` names the user's database that it is about. */
export type TabMessage =
  /** The tab that syncs tells how it stands. */
  | { kind: 'status'; database: string; status: SyncStatus }
  /** Asks for that. */
  | { kind: 'hello'; database: string }
  /** The user came back to a tab that does not sync. */
  | { kind: 'wake'; database: string }
  /** Asks the tab that syncs to sync now; `unsent` is what the asking tab knows to be unsent. */
  | { kind: 'syncNow'; database: string; request: string; unsent: UnsentIds }
  | { kind: 'synced'; database: string; request: string; report?: SyncReport; error?: ToldError }
  /** The files that a tab is sending or fetching. */
  | { kind: 'transfers'; database: string; tab: string; transfers: readonly Transfer[] }
  /**
   * A user signed out, the device was cut off (`database` null: everybody), or a newer release is to bring the records
   * up to date: let go of the database.
   */
  | { kind: 'left'; database: string | null; error: ToldError }

export type UnsentIds = Partial<Record<PushedCollection, string[]>>

/** Somebody signed out in another tab. */
export const signedOutElsewhere = 'SIGNED_OUT'

export const told = (error: unknown): ToldError =>
  error instanceof VetspaceError
    ? { code: error.code, message: error.message }
    : { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) }

/** The error that another tab told of. */
export const heard = ({ code, message }: ToldError): VetspaceError => {
  if (code === 'OFFLINE') return new OfflineError(message)
  if (code === 'APP_UPDATED') return new VersionError(code)
  if (code === 'SIGN_IN_AGAIN') return new SignInError(code, message)
  return code === 'DEVICE_CUT_OFF' ? new DeviceCutOffError() : new VetspaceError(code, message)
}
