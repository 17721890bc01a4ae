/** `client.sync`: starting, stopping, syncing now, and what an app shows of it. */
import { BehaviorSubject, merge, type Subscription } from 'rxjs'
import { SignInError, StoppedError, VetspaceError } from '../errors.ts'
import { pushOrder } from '../local/records.ts'
import type { SyncContext } from './context.ts'
import { Run } from './run.ts'
import { initialStatus, phaseOf, type StatusObservable, type SyncReport, type SyncStatus } from './status.ts'

export interface SyncHooks {
  /** Queues again what the server refused for the time being. */
  retryRejected: () => Promise<void>
  /** The session or the device is at its end. */
  onEnded: (error: Error) => void
}

/** The local document that keeps when the device was last caught up. */
const key = 'sync'

export class Sync {
  readonly #status$ = new BehaviorSubject<SyncStatus>(initialStatus)
  #context: SyncContext | null = null
  #hooks: SyncHooks | null = null
  #run: Run | null = null
  #error: Error | null = null
  #ended = false
  #subscription: Subscription | null = null
  /** Starting, stopping and syncing, one after the other. */
  #queue: Promise<unknown> = Promise.resolve()

  /** The state of sync, now and at each change. */
  get status$(): StatusObservable {
    return this.#status$
  }

  /** Syncs from now on, and hears of changes as they happen. Resolves at once, also offline. */
  async start(): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#run) return
      const { hooks } = this.#ready()
      const run = this.#open()
      await hooks.retryRejected()
      await run.begin()
      run.listen(() => void hooks.retryRejected().catch(() => undefined))
    })
  }

  /**
   * Sends what is unsent and brings what has changed, now.
   * @throws OfflineError where the server cannot be reached
   */
  async syncNow(): Promise<SyncReport> {
    return await this.#enqueue(() => this.#syncNow())
  }

  /** Ends sync; what is unsent stays on the device. */
  async stop(): Promise<void> {
    this.#run?.abort()
    await this.#enqueue(() => this.#close())
  }

  /** Takes on a signed-in user's database. */
  async attach(context: SyncContext, hooks: SyncHooks): Promise<void> {
    this.#context = context
    this.#hooks = hooks
    this.#error = null
    this.#ended = false
    const kept = await context.database.db.getLocal<{ lastSyncedAt: string }>(key)
    this.#status$.next({ ...initialStatus, lastSyncedAt: kept?.toJSON().data.lastSyncedAt ?? null })
    const { database, link } = context
    const sizes = pushOrder.map((name) => database.unsent[name].size$)
    this.#subscription = merge(
      ...sizes,
      database.rejected.size$,
      database.conflicts.size$,
      link.online$,
    ).subscribe(() => this.#tell())
    this.#subscription.add(
      link.failures$.subscribe((error) => {
        this.#error = error
        this.#tell()
      }),
    )
  }

  /** Lets go of it; `error` says why, where it was not the user's wish. */
  async detach(error?: VetspaceError): Promise<void> {
    await this.stop()
    this.#subscription?.unsubscribe()
    this.#context = null
    if (!error) this.#status$.next(initialStatus)
    else {
      const { code, message } = error
      this.#status$.next({ ...initialStatus, phase: 'ended', error: { code, message } })
    }
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.catch(() => undefined).then(task)
    this.#queue = result
    return result
  }

  #ready(): { context: SyncContext; hooks: SyncHooks } {
    const [context, hooks] = [this.#context, this.#hooks]
    if (!context || !hooks) throw new SignInError('NOT_SIGNED_IN', 'Sign in first')
    if (this.#ended && this.#error) throw this.#error
    return { context, hooks }
  }

  #open(): Run {
    const { context } = this.#ready()
    const run = new Run(context, (error) => this.#onEnded(error))
    this.#run = run
    run.changed$.subscribe(() => {
      this.#error = null
      this.#tell()
    })
    this.#tell()
    return run
  }

  async #close(): Promise<void> {
    const run = this.#run
    if (!run) return
    await run.end()
    await run.purge()
    this.#run = null
    this.#tell()
  }

  async #syncNow(): Promise<SyncReport> {
    const { context, hooks } = this.#ready()
    const started = context.now()
    const own = this.#run === null
    const run = this.#run ?? this.#open()
    const before = { ...run.tally, conflicts: new Set(run.tally.conflicts) }
    try {
      await hooks.retryRejected()
      context.link.kick()
      await this.#unlessFailing(run, async () => {
        const caughtUp = run.untilCaughtUp.bind(run)
        if (!own) run.resync()
        await Promise.all([own ? run.begin() : undefined, caughtUp()])
      })
      await this.#synced(context)
    } finally {
      if (own) await this.#close()
    }
    const conflicts = [...run.tally.conflicts].filter((id) => !before.conflicts.has(id)).length
    const { pushed, pulled, rejected } = run.tally
    return {
      pushed: pushed - before.pushed,
      pulled: pulled - before.pulled,
      rejected: rejected - before.rejected,
      conflicts,
      durationMs: context.now() - started,
    }
  }

  /** Does `task`, but rejects as soon as an attempt to reach the server fails, or the run is stopped. */
  async #unlessFailing(run: Run, task: () => Promise<void>): Promise<void> {
    const link = this.#ready().context.link
    let subscription: Subscription | undefined
    const failing = new Promise<never>((_, reject) => {
      subscription = link.failures$.subscribe(reject)
      run.stop.on(() => reject(new StoppedError()))
    })
    try {
      await Promise.race([task(), failing])
    } finally {
      subscription?.unsubscribe()
      failing.catch(() => undefined)
    }
  }

  async #synced({ database, now }: SyncContext): Promise<void> {
    const lastSyncedAt = new Date(now()).toISOString()
    await database.db.upsertLocal(key, { lastSyncedAt })
    this.#status$.next({ ...this.#status$.value, lastSyncedAt })
  }

  #onEnded(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#tell()
    this.#hooks?.onEnded(error)
  }

  /** Tells the state, where it is another. */
  #tell(): void {
    const context = this.#context
    if (!context) return
    const [run, before] = [this.#run, this.#status$.value]
    const { database, link } = context
    const [pending, online] = [database.pending, link.online$.value]
    const caughtUp = run?.caughtUp ?? 0
    const done = caughtUp + (run ? run.tally.pushed + run.tally.rejected : 0)
    const total = run ? done - caughtUp + run.collections + pending : 0
    const facts = { running: run !== null, ended: this.#ended, online, pending }
    const status: SyncStatus = {
      online: run ? online : before.online,
      phase: phaseOf({ ...facts, caughtUp: caughtUp === run?.collections }),
      pending,
      rejected: database.rejected.size,
      conflicts: database.conflicts.size,
      lastSyncedAt: before.lastSyncedAt,
      progress: { done, total },
      error: this.#error && { code: codeOf(this.#error), message: this.#error.message },
    }
    if (JSON.stringify(status) === JSON.stringify(before)) return
    this.#status$.next(status)
    if (status.phase === 'idle' && before.phase !== 'idle') this.#synced(context).catch(() => undefined)
  }
}

const codeOf = (error: Error): string => (error instanceof VetspaceError ? error.code : 'UNEXPECTED')
