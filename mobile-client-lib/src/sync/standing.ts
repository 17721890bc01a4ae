/** How sync stands, as an app is told it, and why it does not go on where it does not. */
import { BehaviorSubject } from 'rxjs'
import type { VetspaceError } from '../errors.ts'
import { told } from '../tabs/messages.ts'
import type { Leadership } from '../tabs/leadership.ts'
import type { SyncContext } from './context.ts'
import type { Run } from './run.ts'
import { followed, initialStatus, statusOf } from './status.ts'
import type { SyncStatus } from './status-types.ts'

/** The local document that keeps when the device was last caught up. */
const key = 'sync'

/** What `Standing` is told of at each turn. */
export interface Facts {
  /** While somebody is signed in. */
  attached: { context: SyncContext; leadership: Leadership } | null
  /** Where this tab syncs. */
  run: Run | null
  started: boolean
}

export class Standing {
  readonly status$ = new BehaviorSubject<SyncStatus>(initialStatus)
  /** How the tab that syncs stands, where it is another. */
  elsewhere: SyncStatus | null = null
  /** Why the last attempt failed. */
  error: Error | null = null
  /** The session or the device is at its end. */
  ended = false
  readonly #facts: () => Facts

  constructor(facts: () => Facts) {
    this.#facts = facts
  }

  get neverSynced(): boolean {
    return this.status$.value.lastSyncedAt === null
  }

  /** Begins with what the device keeps of a user's sync. */
  async begin({ database: { db } }: SyncContext): Promise<void> {
    this.error = null
    this.ended = false
    const kept = await db.getLocal<{ lastSyncedAt: string }>(key)
    this.status$.next({ ...initialStatus, lastSyncedAt: kept?.toJSON().data.lastSyncedAt ?? null })
  }

  /** Nobody is signed in any more; `error` says why, where it was not the user's wish. */
  end(error?: VetspaceError): void {
    this.status$.next(error ? { ...initialStatus, phase: 'ended', error: told(error) } : initialStatus)
  }

  fail(error: Error): void {
    this.error = error
    this.tell()
  }

  /** Takes over how the tab that syncs stands. */
  follow(status: SyncStatus): void {
    if (this.#facts().run || this.ended) return
    this.elsewhere = status
    this.tell()
  }

  /** The device is caught up as of now. */
  async synced({ database, now }: SyncContext): Promise<void> {
    const lastSyncedAt = new Date(now()).toISOString()
    await database.db.upsertLocal(key, { lastSyncedAt })
    this.#show({ ...this.status$.value, lastSyncedAt })
  }

  /** Tells the state, where it is another. */
  tell(): void {
    const { attached, run, started } = this.#facts()
    if (!attached) return
    const [before, { database, link }] = [this.status$.value, attached.context]
    const { pending, rejected, conflicts } = database
    const counts = { pending, rejected: rejected.size, conflicts: conflicts.size, before }
    const elsewhere = run || this.ended ? null : this.elsewhere
    this.#show(
      elsewhere
        ? followed(elsewhere, { ...counts, started })
        : statusOf({ ...counts, run, ended: this.ended, online: link.online$.value, error: this.error }),
    )
  }

  #show(status: SyncStatus): void {
    const [before, { attached, run }] = [this.status$.value, this.#facts()]
    if (JSON.stringify(status) === JSON.stringify(before)) return
    this.status$.next(status)
    if (!run || !attached) return
    attached.leadership.tell(status)
    if (status.phase === 'idle' && before.phase !== 'idle')
      this.synced(attached.context).catch(() => undefined)
  }
}
