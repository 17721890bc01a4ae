/**
 * Whether the server can be reached, and when to try again: exponential back-off with jitter, shared by all
 * collections, so that a device without signal makes one round of attempts and not nine rhythms of them.
 */
import { BehaviorSubject, Subject } from 'rxjs'
import { DeviceCutOffError, OfflineError, SignInError, StoppedError } from '../errors.ts'
import { Stop } from '../stop.ts'

export interface LinkTiming {
  firstMs: number
  longestMs: number
  random: () => number
}

const defaultTiming: LinkTiming = { firstMs: 1000, longestMs: 60_000, random: Math.random }

/** The wait before attempt `n` (from 1): doubled each time, between half and the whole of it. */
export const backOffMs = (n: number, { firstMs, longestMs, random }: LinkTiming): number =>
  Math.min(longestMs, firstMs * 2 ** (n - 1)) * (0.5 + random() / 2)

/** Waits, or rejects with StoppedError as soon as it is to stop. */
export const wait = async (ms: number, stop: Stop): Promise<void> => {
  if (stop.stopped) throw new StoppedError()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      off()
      resolve()
    }, ms)
    const off = stop.on(() => {
      clearTimeout(timer)
      reject(new StoppedError())
    })
  })
}

export class Link {
  readonly online$ = new BehaviorSubject(true)
  /** Every failed attempt. */
  readonly failures$ = new Subject<Error>()
  readonly #timing: LinkTiming
  /** Set while attempts have to wait; its end is the end of the wait. */
  #pause: Stop | null = null
  #failed = 0
  /** Attempts that began before the last failure was counted do not count again. */
  #generation = 0

  constructor(timing: Partial<LinkTiming> = {}) {
    this.#timing = { ...defaultTiming, ...timing }
  }

  /** Does `task` until it succeeds; only stopping it, a device cut off and an ended session end it otherwise. */
  async persist<T>(stop: Stop, task: () => Promise<T>): Promise<T> {
    for (let refusals = 0; ;) {
      await this.#turn(stop)
      const generation = this.#generation
      try {
        const value = await task()
        this.succeeded()
        return value
      } catch (error) {
        if (stop.stopped) throw new StoppedError({ cause: error })
        const failure =
          error instanceof Error ? error : new OfflineError('The attempt failed', { cause: error })
        const ended = failure instanceof DeviceCutOffError || failure instanceof SignInError
        this.failures$.next(failure)
        if (failure instanceof OfflineError) this.#unreachable(failure, generation)
        if (ended) throw failure
        if (!(failure instanceof OfflineError)) await wait(backOffMs(++refusals, this.#timing), stop)
      }
    }
  }

  /** An answer came. */
  succeeded(): void {
    this.#failed = 0
    if (!this.online$.value) this.online$.next(true)
    this.#pause?.stop()
  }

  /** Ends a wait at once: somebody asked, or the device says that it has signal. */
  kick(): void {
    this.#pause?.stop()
  }

  #unreachable(error: OfflineError, generation: number): void {
    if (generation !== this.#generation) return
    this.#generation += 1
    this.#failed += 1
    if (this.online$.value) this.online$.next(false)
    const ms = Math.max(error.retryAfterMs, backOffMs(this.#failed, this.#timing))
    const pause = new Stop()
    this.#pause = pause
    const timer = setTimeout(() => pause.stop(), ms)
    pause.on(() => {
      clearTimeout(timer)
      if (this.#pause === pause) this.#pause = null
    })
  }

  async #turn(stop: Stop): Promise<void> {
    if (stop.stopped) throw new StoppedError()
    const pause = this.#pause
    if (!pause) return
    await new Promise<void>((resolve, reject) => {
      const offPause = pause.on(() => {
        offStop()
        resolve()
      })
      const offStop = stop.on(() => {
        offPause()
        reject(new StoppedError())
      })
    })
    await this.#turn(stop)
  }
}
