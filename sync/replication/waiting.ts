import type { Replica } from './replica.ts'

interface WaitOptions {
  timeout: number
  /** With a heartbeat there is no timeout. */
  beat: { every: number; tick: () => void } | undefined
  ended: AbortSignal
}

/** Waits for a database's changes; one that came since the last time counts at once. */
export class Waiting implements Disposable {
  readonly #unsubscribe: () => void
  #changed = false
  #wake: (() => void) | undefined

  constructor(db: Pick<Replica, 'subscribe'>) {
    this.#unsubscribe = db.subscribe(() => {
      this.#changed = true
      this.#wake?.()
    })
  }

  /** True when there was a change, false when the time is over or nobody waits any more. */
  async change({ timeout, beat, ended }: WaitOptions): Promise<boolean> {
    if (!this.#changed && !ended.aborted) {
      await new Promise<void>((resolve) => {
        const timer = beat ? setInterval(beat.tick, beat.every) : setTimeout(() => done(), timeout)
        const done = (): void => {
          clearTimeout(timer)
          ended.removeEventListener('abort', done)
          this.#wake = undefined
          resolve()
        }
        this.#wake = done
        ended.addEventListener('abort', done)
      })
    }
    const changed = this.#changed && !ended.aborted
    this.#changed = false
    return changed
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}
