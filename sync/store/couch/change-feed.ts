import { setTimeout as sleep } from 'node:timers/promises'
import { LinkedSignal } from '../../linked-signal.ts'
import type { Seq } from '../port.ts'
import type { ChangesAnswer } from './answers.ts'
import type { CouchClient } from './couch-client.ts'

const POLL_MS = 50_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

/** Hears of a database's changes by one request that CouchDB answers as soon as there are some. */
export class ChangeFeed {
  readonly #client: CouchClient
  readonly #db: string
  readonly #notify: () => void
  readonly #stopping = new AbortController()
  #since: Seq = 'now'

  /** Starts at once. `notify` is called after changes, and once when the feed stands. */
  constructor(options: { client: CouchClient; db: string; notify: () => void }) {
    this.#client = options.client
    this.#db = options.db
    this.#notify = options.notify
    void this.#run()
  }

  /** Ends the request that is under way, and asks no more. */
  stop(): void {
    this.#stopping.abort()
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MS
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#poll()
        pause = FIRST_PAUSE_MS
      } catch {
        // Whatever it was: who listens cannot help it, and the next call to the database says it. Its place is kept.
        await sleep(pause, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined)
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
  }

  async #poll(): Promise<void> {
    const first = this.#since === 'now'
    const query = first
      ? { since: 'now', limit: 1 }
      : { since: this.#since, feed: 'longpoll', timeout: POLL_MS, limit: 1000 }
    using limit = new LinkedSignal([this.#stopping.signal], POLL_MS * 2)
    const { body } = await this.#client.request({
      db: this.#db,
      path: '_changes',
      query,
      signal: limit.signal,
    })
    const { last_seq, results } = body as ChangesAnswer
    this.#since = last_seq
    // The first answer tells where the feed begins. A write between the subscription and that place was not heard.
    if ((first || results.length > 0) && !this.#stopping.signal.aborted) this.#notify()
  }
}
