/**
 * A signal that is aborted when one of others is, or after a while. `AbortSignal.any` would say it in one line; but
 * Node forgets such a signal while something waits for it (nodejs/node#65995 is one case of it), which then is never
 * ended: a server that stopped waited for its long poll at CouchDB.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #others: readonly AbortSignal[]
  readonly #abort = (): void => this.#controller.abort()

  /** @param ms after so long it is aborted with a TimeoutError */
  constructor(others: readonly AbortSignal[], ms?: number) {
    this.#others = others
    const late = (): void => this.#controller.abort(new DOMException('The time is over', 'TimeoutError'))
    this.#timer = ms === undefined ? undefined : setTimeout(late, ms)
    for (const other of others) {
      other.addEventListener('abort', this.#abort, { once: true })
      if (other.aborted) this.#abort()
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** To be called when what it ends has ended: until then it holds on to the others and to a timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const other of this.#others) other.removeEventListener('abort', this.#abort)
  }
}
