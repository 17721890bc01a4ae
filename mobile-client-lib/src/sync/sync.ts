/** `client.sync`: starting, stopping, syncing now, and what an app shows of it. */
import { merge, type Subscription } from 'rxjs'
import type { VetspaceError } from '../errors.ts'
import { SignInError, StorageFullError, StoppedError } from '../errors.ts'
import { pushOrder } from '../local/records.ts'
import { Stop } from '../stop.ts'
import { Leadership } from '../tabs/leadership.ts'
import type { UnsentIds } from '../tabs/messages.ts'
import type { Release } from '../tabs/tabs.ts'
import { Conditions, type SyncConditions } from './conditions.ts'
import type { SyncContext } from './context.ts'
import { foreground } from './foreground.ts'
import { Run } from './run.ts'
import { Standing } from './standing.ts'
import { reportOf } from './status.ts'
import type { StatusObservable, SyncReport } from './status-types.ts'

export interface SyncHooks {
  /** Queues again what the server refused for the time being. */
  retryRejected: () => Promise<void>
  /** The session or the device is at its end. */
  onEnded: (error: Error) => void
}

/** What there is while somebody is signed in. */
interface Attached {
  context: SyncContext
  hooks: SyncHooks
  leadership: Leadership
  subscription: Subscription
}

/** After the device could not write, in ms: somebody may have made room. */
const renewMs = 30_000

/** `client.sync`. */
export class Sync {
  /**
   * See `setConditions`.
   * @internal
   */
  readonly conditions = new Conditions()
  readonly #standing = new Standing(() => ({
    ...{ attached: this.#attached, run: this.#run, started: this.#started !== null },
  }))
  #attached: Attached | null = null
  #run: Run | null = null
  /** Gives back the lead over other tabs, while there is a run. */
  #release: Release | null = null
  /** Set from `start` to `stop`. */
  #started: Stop | null = null
  /** Set while another tab is asked to sync. */
  #asking: Stop | null = null
  /** Begins anew a run that came to its end by itself. */
  #renewal: ReturnType<typeof setTimeout> | undefined
  /** Starting, stopping and syncing, one after the other. */
  #queue: Promise<unknown> = Promise.resolve()

  /** The state of sync, now and at each change. */
  get status$(): StatusObservable {
    return this.#standing.status$
  }

  /**
   * Syncs from now on, and hears of changes as they happen. Resolves at once, also offline. Of several tabs one syncs;
   * the others show how it stands, and one of them takes over when it ends.
   */
  async start(): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#started) return
      const { leadership } = this.#ready()
      const started = new Stop()
      this.#started = started
      const release = await leadership.take()
      if (release) return await this.#lead(release)
      leadership.greet()
      void this.#takeOver(leadership, started)
    })
  }

  /**
   * Sends what is unsent and brings what has changed, now.
   * @throws OfflineError where the server cannot be reached
   */
  async syncNow(): Promise<SyncReport> {
    return await this.#enqueue(() => this.conditions.asked(() => this.#syncNow()))
  }

  /**
   * Tries at once, and looks for changes: call it where the app comes to the foreground and the platform does not say
   * so to a page (Capacitor's `resume`, React Native's AppState). Browsers say it by themselves.
   */
  wake(): void {
    if (this.#run?.broken) this.#renewSoon(this.#run, 0)
    else if (this.#run) this.#run.wake()
    else if (this.#started) this.#attached?.leadership.wake()
  }

  /** Says what to spare: money (`metered`), or the battery (`saving`). For as long as the client is open. */
  setConditions(conditions: Partial<SyncConditions>): void {
    this.conditions.set(conditions)
  }

  /** Ends sync; what is unsent stays on the device. */
  async stop(): Promise<void> {
    this.#started?.stop()
    this.#started = null
    this.#asking?.stop()
    this.#run?.abort()
    await this.#enqueue(() => this.#close())
    this.#standing.elsewhere = null
    this.#standing.tell()
  }

  /**
   * Takes on a signed-in user's database.
   * @internal
   */
  async attach(context: SyncContext, hooks: SyncHooks): Promise<void> {
    const standing = this.#standing
    await standing.begin(context)
    const { database, link, tabs } = context
    const sizes = pushOrder.map((name) => database.unsent[name].size$)
    const changes$ = [...sizes, database.rejected.size$, database.conflicts.size$, link.online$]
    const leadership = new Leadership(tabs, database.db.name, {
      onStatus: (status) => standing.follow(status),
      status: () => (this.#run ? standing.status$.value : null),
      syncFor: (unsent) => (this.#run ? this.#syncFor(unsent) : null),
      onWake: () => this.#run?.wake(),
    })
    const subscription = merge(...changes$).subscribe(() => standing.tell())
    subscription.add(foreground(() => this.wake()))
    subscription.add(link.failures$.subscribe((error) => standing.fail(error)))
    this.#attached = { context, hooks, leadership, subscription }
    standing.tell()
  }

  /**
   * Lets go of it; `error` says why, where it was not the user's wish.
   * @internal
   */
  async detach(error?: VetspaceError): Promise<void> {
    await this.stop()
    this.#attached?.subscription.unsubscribe()
    this.#attached?.leadership.end()
    this.#attached = null
    this.#standing.end(error)
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.catch(() => undefined).then(task)
    this.#queue = result
    return result
  }

  #ready(): Attached {
    if (!this.#attached) throw new SignInError('NOT_SIGNED_IN', 'Sign in first')
    const { ended, error } = this.#standing
    if (ended && error) throw error
    return this.#attached
  }

  /** Waits for the other tabs to leave sync to this one. */
  async #takeOver(leadership: Leadership, started: Stop): Promise<void> {
    const release = await leadership.wait(started)
    if (!release) return
    await this.#enqueue(async () => {
      if (started.stopped || !this.#attached) release()
      else await this.#lead(release)
    }).catch((error: unknown) => this.#standing.fail(error as Error))
  }

  async #lead(release: Release): Promise<void> {
    const { hooks } = this.#ready()
    const run = this.#open(release)
    try {
      await hooks.retryRejected()
      await run.begin(this.#standing.neverSynced)
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error
      return run.break(error)
    }
    run.listen(() => void hooks.retryRejected().catch(() => undefined))
  }

  #open(release: Release): Run {
    const { context } = this.#ready()
    const run: Run = new Run(context, {
      onEnded: (error) => this.#onEnded(error),
      onBroken: (error) => {
        this.#standing.fail(error)
        this.#renewSoon(run, renewMs)
      },
    })
    context.database.leads = true
    this.#release = release
    this.#run = run
    this.#standing.elsewhere = null
    run.changed$.subscribe(() => {
      this.#standing.error = null
      this.#standing.tell()
    })
    this.#standing.tell()
    return run
  }

  async #close(): Promise<void> {
    const run = this.#run
    if (!run) return
    clearTimeout(this.#renewal)
    try {
      await run.end()
      await run.purge()
    } finally {
      this.#run = null
      this.#standing.tell()
      if (this.#attached) {
        this.#attached.context.database.leads = false
        this.#attached.leadership.tell(this.#standing.status$.value)
      }
      this.#release?.()
      this.#release = null
    }
  }

  #renewSoon(run: Run, ms: number): void {
    clearTimeout(this.#renewal)
    this.#renewal = setTimeout(() => {
      this.#enqueue(() => this.#renew(run)).catch((error: unknown) => this.#standing.fail(error as Error))
    }, ms)
  }

  /** Ends a run that has come to its end by itself, and begins another where sync is started. */
  async #renew(run: Run): Promise<void> {
    const started = this.#started
    if (this.#run !== run || !run.broken) return
    await this.#close().catch((error: unknown) => this.#standing.fail(error as Error))
    if (!started) return
    const { leadership } = this.#ready()
    const release = await leadership.take()
    if (release) await this.#lead(release)
    else void this.#takeOver(leadership, started)
  }

  async #syncNow(): Promise<SyncReport> {
    const { context, leadership } = this.#ready()
    if (this.#run?.broken) await this.#renew(this.#run)
    if (this.#run) return await this.#syncIn(this.#run, false)
    const release = await leadership.take()
    if (release) return await this.#syncOnce(release)
    return await this.#syncElsewhere(context, leadership)
  }

  /** Has the tab that leads sync; should it end before it answers, this one leads. */
  async #syncElsewhere(context: SyncContext, leadership: Leadership): Promise<SyncReport> {
    const answered = new Stop()
    this.#asking = answered
    const own = leadership.wait(answered).then(async (release) => {
      if (release && answered.stopped) release()
      return release && !answered.stopped ? await this.#syncOnce(release) : await never
    })
    own.catch(() => undefined)
    try {
      return await Promise.race([leadership.ask(context.database.unsentIds, answered), own])
    } finally {
      answered.stop()
      this.#asking = null
    }
  }

  async #syncOnce(release: Release): Promise<SyncReport> {
    const run = this.#open(release)
    try {
      return await this.#syncIn(run, true)
    } finally {
      await this.#close()
    }
  }

  async #syncFor(unsent: UnsentIds): Promise<SyncReport> {
    return await this.#enqueue(async () => {
      const { context } = this.#ready()
      const run = this.#run
      if (!run) throw new StoppedError()
      await context.database.look(unsent)
      return await this.conditions.asked(() => this.#syncIn(run, false))
    })
  }

  async #syncIn(run: Run, isNew: boolean): Promise<SyncReport> {
    const { context, hooks } = this.#ready()
    const [started, before] = [context.now(), { ...run.tally, conflicts: new Set(run.tally.conflicts) }]
    await hooks.retryRejected()
    context.link.kick()
    await this.#unlessFailing(run, async () => {
      const caughtUp = run.untilCaughtUp.bind(run)
      if (!isNew) run.resync()
      const isFirst = this.#standing.neverSynced
      await Promise.all([isNew ? run.begin(isFirst) : undefined, caughtUp()])
    })
    await this.#standing.synced(context)
    return reportOf(before, run.tally, context.now() - started)
  }

  /** Does `task`, but rejects as soon as an attempt to reach the server fails, or the run is stopped. */
  async #unlessFailing(run: Run, task: () => Promise<void>): Promise<void> {
    const link = this.#ready().context.link
    let subscription: Subscription | undefined
    const failing = new Promise<never>((_, reject) => {
      subscription = link.failures$.subscribe(reject)
      run.stop.on(() => reject(run.broken ?? new StoppedError()))
    })
    try {
      await Promise.race([task(), failing])
    } finally {
      subscription?.unsubscribe()
      failing.catch(() => undefined)
    }
  }

  #onEnded(error: Error): void {
    if (this.#standing.ended) return
    this.#standing.ended = true
    this.#standing.fail(error)
    // Another tab may have a session that goes on.
    if (this.#attached?.context.tabs.several) void this.#enqueue(() => this.#close()).catch(() => undefined)
    this.#attached?.hooks.onEnded(error)
  }
}

const never = new Promise<never>(() => undefined)
