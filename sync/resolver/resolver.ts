/**
 * Follows a group's changes and merges the leaves that replication left. It learns of them from the index, which
 * reads the changes anyway; documents that came through this server are settled before their writer is answered, so
 * what is left here is what a crash left behind, and what CouchDB's own replication brought.
 */
import { partsOf, unsettledLookup, lookupsBetween } from '../feed/keys.ts'
import type { WriteTarget } from '../write/context.ts'
import { settle } from './settle.ts'

const pageSize = 200

export interface ResolverOptions {
  target: WriteTarget
  /** ms since the epoch */
  now: () => number
  /** Told when it fails; the next change tries again. */
  onFailure: (error: unknown) => void
}

export class Resolver implements AsyncDisposable {
  readonly #options: ResolverOptions
  readonly #unsubscribe: () => void
  /** The position in the index up to which everything was looked at. */
  #after = ''
  #running: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#unsubscribe = options.target.index.subscribe((touched) => {
      if (touched.has(unsettledLookup[0])) this.#start()
    })
    this.#start()
  }

  /** Resolves when everything that the index knows of is settled. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running
  }

  #start(): void {
    if (this.#closed) return
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#follow()
      .catch((error: unknown) => this.#options.onFailure(error))
      .finally(() => {
        this.#running = undefined
        if (!this.#again) return
        this.#again = false
        this.#start()
      })
  }

  async #follow(): Promise<void> {
    const { target, now } = this.#options
    for (let more = true; more && !this.#closed;) {
      const range = lookupsBetween(unsettledLookup, this.#after)
      const found = await target.index.scan(range, { limit: pageSize })
      const rows = found.map(([key]) => partsOf(key).slice(unsettledLookup.length))
      await settle(
        target,
        rows.flatMap(([, id]) => id ?? []),
        now(),
      )
      const last = rows.at(-1)?.[0]
      if (last !== undefined) this.#after = `${last}\u0001`
      more = found.length === pageSize
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#unsubscribe()
    await this.drained()
  }
}
