import { StoreUnavailable } from './port.ts'

/** Counts the calls that are under way, so that closing can wait for them and refuse what comes later. */
export class Gate {
  readonly #name: string
  #running = 0
  #closed = false
  #drained: (() => void) | undefined

  /** @param name of what is behind it, for the message of a refusal */
  constructor(name: string) {
    this.#name = name
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Does the work, or rejects with StoreUnavailable once the gate is closed. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreUnavailable(`The ${this.#name} is closed.`)
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      if (this.#running === 0) this.#drained?.()
    }
  }

  /** Refuses new calls at once and resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      const before = this.#drained
      this.#drained = () => {
        before?.()
        resolve()
      }
    })
  }
}
