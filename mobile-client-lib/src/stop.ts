/**
 * An end that many wait for. An AbortSignal would do, but that Node warns of a leak at the eleventh listener, and a
 * run of sync has a dozen requests that listen.
 */
import { Observable } from 'rxjs'

export class Stop {
  readonly #listeners = new Set<() => void>()
  #stopped = false

  get stopped(): boolean {
    return this.#stopped
  }

  /** Emits once, at the end. */
  get stopped$(): Observable<void> {
    return new Observable((subscriber) =>
      this.on(() => {
        subscriber.next()
        subscriber.complete()
      }),
    )
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }

  /** Calls `listener` at the end, or at once where that has come; what it returns takes the listener off. */
  on(listener: () => void): () => void {
    if (this.#stopped) listener()
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
