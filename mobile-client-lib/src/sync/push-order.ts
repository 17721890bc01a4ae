/** Records go before what refers to them: each collection's uploads wait for those before it. */
import { BehaviorSubject, combineLatest, firstValueFrom, takeUntil, map, filter } from 'rxjs'
import { StoppedError } from '../errors.ts'
import { pushOrder, type PushedCollection } from '../local/records.ts'
import type { Stop } from '../stop.ts'
import type { Tracker } from '../local/tracker.ts'

export class PushOrder {
  readonly #unsent: Readonly<Record<PushedCollection, Tracker>>
  /** Collections whose last upload the server refused as a whole: nobody waits for them. */
  readonly #stuck$ = new BehaviorSubject<ReadonlySet<PushedCollection>>(new Set())

  constructor(unsent: Readonly<Record<PushedCollection, Tracker>>) {
    this.#unsent = unsent
  }

  /** Resolves when nothing is unsent before `name`, but for what is stuck. */
  async turn(name: PushedCollection, stop: Stop): Promise<void> {
    if (stop.stopped) throw new StoppedError()
    const before = pushOrder.slice(0, pushOrder.indexOf(name))
    if (before.length === 0) return
    const free$ = combineLatest([this.#stuck$, ...before.map((other) => this.#unsent[other].size$)]).pipe(
      map(([stuck]) => before.every((other) => this.#unsent[other].size === 0 || stuck.has(other))),
      filter(Boolean),
      takeUntil(stop.stopped$),
    )
    if (!(await firstValueFrom(free$, { defaultValue: false }))) throw new StoppedError()
  }

  stuck(name: PushedCollection, isStuck: boolean): void {
    if (this.#stuck$.value.has(name) === isStuck) return
    const stuck = new Set(this.#stuck$.value)
    if (isStuck) stuck.add(name)
    else stuck.delete(name)
    this.#stuck$.next(stuck)
  }
}
