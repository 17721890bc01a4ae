/** Those who want to hear of a database's changes. Told soon after a change, once for several. */
export class Listeners {
  readonly #listeners = new Set<{ listener: () => void }>()
  #scheduled = false

  get size(): number {
    return this.#listeners.size
  }

  /** Returns the means to stop it. The same function added twice is called twice. */
  add(listener: () => void): () => void {
    const entry = { listener }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  /** Tells all, in a later turn of the event loop, so that no listener delays the writer. */
  notify(): void {
    if (this.#scheduled || this.#listeners.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const entry of [...this.#listeners]) if (this.#listeners.has(entry)) this.#tell(entry.listener)
    })
  }

  clear(): void {
    this.#listeners.clear()
  }

  #tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      // One listener's fault must neither silence the others nor end the process.
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
