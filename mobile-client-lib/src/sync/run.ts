/** One run of sync: all collections' replications, from start to stop. */
import { filter, firstValueFrom, merge, Subject, take, timer } from 'rxjs'
import { StoppedError, VetspaceError } from '../errors.ts'
import { collectionNames, type CollectionName } from '../local/names.ts'
import { pushOrder } from '../local/records.ts'
import { Stop } from '../stop.ts'
import type { FirstPull, RunContext, SyncContext, Tally } from './context.ts'
import { stayLive } from './live.ts'
import { News } from './news.ts'
import { PushOrder } from './push-order.ts'
import { Replicator } from './replicator.ts'

/** What a diary needs; on a first pull the rest waits for it, but not for ever, in ms. */
const neededFirst: ReadonlySet<CollectionName> = new Set(['reference', 'appointments', 'clients', 'animals'])
const patienceMs = 15_000

/** Rounds without anything under way and still something unsent: then something is wrong. */
const patience = 50

export class Run {
  readonly tally: Tally = { pushed: 0, pulled: 0, rejected: 0, conflicts: new Set() }
  readonly changed$ = new Subject<void>()
  readonly stop = new Stop()
  readonly #context: RunContext
  readonly #replicators: readonly Replicator[]
  readonly #onBroken: (error: Error) => void
  /** Why it came to its end by itself: the device could not write. */
  broken: Error | null = null
  #live: Promise<void> = Promise.resolve()
  #rest: Promise<void> = Promise.resolve()

  constructor(context: SyncContext, hooks: Pick<RunContext, 'onEnded' | 'onBroken'>) {
    const { stop } = this
    const order = new PushOrder(context.database.unsent)
    const { tally, changed$ } = this
    this.#onBroken = hooks.onBroken
    const onBroken = this.break.bind(this)
    const ticks = { now: 0 }
    const news = new News({ ...context, stop, ticks })
    const fresh = { stop, order, tally, changed$, news, ticks, firstPull: null }
    this.#context = { ...context, ...fresh, onEnded: hooks.onEnded, onBroken }
    const failures = context.database.guard.failures$.subscribe(onBroken)
    stop.on(() => failures.unsubscribe())
    this.#replicators = collectionNames.map((name) => new Replicator(this.#context, name))
  }

  /** How many collections have caught up at least once. */
  get caughtUp(): number {
    return this.#replicators.filter((replicator) => replicator.caughtUpSince(0)).length
  }
  get collections(): number {
    return this.#replicators.length
  }

  get firstPull(): Readonly<FirstPull> | null {
    return this.#context.firstPull
  }

  /** @param isFirst whether the device has never been caught up: then it is pulled in order of need */
  async begin(isFirst = false): Promise<void> {
    if (isFirst) this.#context.firstPull = { here: await this.#countHere(), total: 0 }
    else this.#context.news.expect(collectionNames)
    const now = this.#replicators.filter(({ name }) => !isFirst || neededFirst.has(name))
    await Promise.all(now.map((replicator) => replicator.start()))
    if (!isFirst) return
    const { stop } = this
    const later = this.#replicators.filter(({ name }) => !neededFirst.has(name))
    const there$ = this.changed$.pipe(filter(() => now.every((replicator) => replicator.caughtUpSince(0))))
    this.#rest = firstValueFrom(merge(there$, timer(patienceMs), stop.stopped$).pipe(take(1)), {
      defaultValue: undefined,
    }).then(async () => {
      if (!stop.stopped) await Promise.all(later.map((replicator) => replicator.start()))
    })
    this.#rest.catch(() => undefined)
  }

  async #countHere(): Promise<number> {
    const { collections } = this.#context.database
    const counts = await Promise.all(collectionNames.map((name) => collections[name].count().exec()))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Listens for changes until the run ends. */
  listen(onOpen: () => void): void {
    this.#hearPlatform()
    this.#live = stayLive(this.#context, {
      onOpen: () => {
        this.resync()
        onOpen()
      },
      onChange: (collection) => this.resync(collection),
    })
  }

  /** Browsers and Capacitor say when there is a connection again. */
  #hearPlatform(): void {
    if (typeof globalThis.addEventListener !== 'function') return
    const onOnline = (): void => this.wake()
    globalThis.addEventListener('online', onOnline)
    this.stop.on(() => globalThis.removeEventListener('online', onOnline))
  }

  /** Tries at once, and looks for changes: there is signal again, or the user is back. */
  wake(): void {
    this.#context.link.kick()
    this.resync()
  }

  /** Looks for changes, in one collection or in all. */
  resync(only?: CollectionName): void {
    if (!only) this.#context.news.expect(collectionNames)
    for (const replicator of this.#replicators) if (!only || replicator.name === only) replicator.resync()
  }

  /** Resolves when everything unsent has been answered, and then everything pulled. */
  async untilCaughtUp(): Promise<void> {
    const { database, ticks } = this.#context
    let mark = ticks.now
    if (database.pending > 0) {
      await this.#until(() => database.pending === 0)
      mark = ticks.now
      this.resync()
    }
    await this.#until(() => this.#replicators.every((replicator) => replicator.caughtUpSince(mark)))
    await this.purge()
  }

  /** Lets go of the remains of removed rows. */
  async purge(): Promise<void> {
    for (const replicator of this.#replicators) await replicator.purge()
  }

  /** Ends requests that are under way. */
  abort(): void {
    this.stop.stop()
    this.#context.link.kick()
  }

  /** Ends what is under way, because the device could not write. */
  break(error: Error): void {
    if (this.broken || this.stop.stopped) return
    this.broken = error
    this.abort()
    this.#onBroken(error)
  }

  /** Ends the run. */
  async end(): Promise<void> {
    this.abort()
    await this.#rest.catch(() => undefined)
    const ends = [...this.#replicators.map((replicator) => replicator.cancel()), this.#live]
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected')
    this.changed$.complete()
    this.#context.database.guard.reset()
    if (failed && !this.broken) throw failed.reason as Error
  }

  /** Waits in rounds: each until no replication has anything under way. */
  async #until(done: () => boolean): Promise<void> {
    for (let round = 0; !done(); round += 1) {
      if (this.stop.stopped) throw new StoppedError()
      if (round === patience) throw new VetspaceError('SYNC_STALLED', 'Sync does not come to an end')
      if (round > 0) await this.#nudge(round)
      await Promise.all(this.#replicators.map((replicator) => replicator.idle()))
    }
  }

  /** Says again what there is to do, should RxDB have lost sight of it. */
  async #nudge(round: number): Promise<void> {
    this.resync()
    if (round % 5 !== 0) return
    const { database } = this.#context
    for (const name of pushOrder)
      for (const id of database.unsent[name].ids) {
        const record = await database.collections[name].findOne(id).exec()
        await record?.incrementalModify((data) => data)
      }
  }
}
