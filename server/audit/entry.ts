/** Entries of the audit record. Ids and numbers only: nothing in them has to be erased when a person is. */
import { randomUUID } from 'node:crypto'
import { wellFormed } from '../../sync/write/items.ts'
import type { AuditKind, SubjectType } from '../contract/audit-kinds.ts'

/** Whose chain an entry stands in: a group's, or what belongs to no group. */
export type AuditScope = number | 'installation'

/** Who did it. `operator`: at the command line of the server's machine; `server`: nobody, by itself. */
export interface AuditActor {
  kind: 'user' | 'key' | 'operator' | 'server' | 'unknown'
  userId?: string
  accountId?: string
  keyId?: string
  /** The OAuth 2.0 client that acted for the user. */
  clientId?: string
}

export interface AuditSubject {
  type: SubjectType
  id: string
}

/** Values that say how much, which days, which ids. */
export type AuditDetail = Readonly<Record<string, unknown>>

export interface NewEntry {
  kind: AuditKind
  actor: AuditActor
  subjects?: readonly AuditSubject[]
  detail?: AuditDetail
  /** The call's name in the contract. */
  call?: string
  requestId?: string
  deviceId?: string
  /** Marks the address that it came from, without telling it (`Sealer.origin`). */
  origin?: string
  /** The entry that this one takes back: what it tells of was refused after all. */
  withdraws?: string
}

export interface Entry extends NewEntry {
  id: string
  /** ISO 8601, by this server's clock */
  at: string
}

/** @param now ms since the epoch */
export const entryOf = (entry: NewEntry, now: number): Entry => ({
  id: randomUUID(),
  at: new Date(now).toISOString(),
  // Ids that devices chose may hold what no store takes.
  ...(wellFormed(entry) as NewEntry),
})

/** Where faults are told that no caller hears of. */
export interface AuditLog {
  error(details: object, message: string): void
}
