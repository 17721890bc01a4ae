/** What of the device's state sync goes by: whether data costs money, and whether the battery is to be spared. */
import { BehaviorSubject, filter, firstValueFrom, takeUntil, type Observable } from 'rxjs'
import { StoppedError } from '../errors.ts'
import type { Stop } from '../stop.ts'

/** What sync is to spare. */
export interface SyncConditions {
  /** Data costs money: files wait until it does not, or the user asks by `syncNow`. Records are sent all the same. */
  metered: boolean
  /** The battery is to be spared: no stream of events is held; changes elsewhere are asked for every 5 minutes. */
  saving: boolean
}

/** Browsers say where the user has asked for less data. */
const saveData = (): boolean =>
  (globalThis as { navigator?: { connection?: { saveData?: boolean } } }).navigator?.connection?.saveData ===
  true

export class Conditions {
  readonly #now$ = new BehaviorSubject<SyncConditions & { asked: number }>({
    ...{ metered: saveData(), saving: false },
    asked: 0,
  })

  get now(): SyncConditions {
    return this.#now$.value
  }
  get changes$(): Observable<SyncConditions> {
    return this.#now$
  }

  set(conditions: Partial<SyncConditions>): void {
    this.#now$.next({ ...this.#now$.value, ...conditions })
  }

  /** While `task` is done, files go whatever they cost: the user has asked. */
  async asked<T>(task: () => Promise<T>): Promise<T> {
    this.#count(1)
    try {
      return await task()
    } finally {
      this.#count(-1)
    }
  }

  /** Resolves when files may be sent. */
  async filesMayGo(stop: Stop): Promise<void> {
    if (stop.stopped) throw new StoppedError()
    const free$ = this.#now$.pipe(
      filter(({ metered, asked }) => !metered || asked > 0),
      takeUntil(stop.stopped$),
    )
    if (!(await firstValueFrom(free$, { defaultValue: null }))) throw new StoppedError()
  }

  #count(change: number): void {
    const { asked, ...now } = this.#now$.value
    this.#now$.next({ ...now, asked: asked + change })
  }
}
