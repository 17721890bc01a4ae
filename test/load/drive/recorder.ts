/** What a process of simulated devices has seen: how long each call took, what failed, what was acknowledged. */

/** A write that the server said is done, and what has to be found afterwards. */
export interface Acknowledged {
  /** A collection of `sync/pull`, or `bookings` for an appointment without a record of the device. */
  collection: string
  id: string
  /** Fields with the values that were written last. */
  fields: Record<string, unknown>
  /** Of a document's file. */
  sha256?: string
}

/** As it is sent to the parent. */
export interface Recorded {
  times: Record<string, number[]>
  /** By call and reason. */
  failures: Record<string, number>
  refusals: Record<string, number>
  acknowledged: Acknowledged[]
}

export class Recorder {
  readonly #times = new Map<string, number[]>()
  readonly #failures = new Map<string, number>()
  readonly #refusals = new Map<string, number>()
  readonly #acknowledged = new Map<string, Acknowledged>()

  took(call: string, ms: number): void {
    const times = this.#times.get(call) ?? []
    times.push(Math.round(ms * 10) / 10)
    this.#times.set(call, times)
  }

  failed(call: string, why: string): void {
    const key = `${call}: ${why}`
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1)
  }

  /** An answer that belongs to the day, as a slot that somebody else was faster to take. */
  refused(code: string): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
  }

  acknowledge({ collection, id, fields, sha256 }: Acknowledged): void {
    const key = `${collection} ${id}`
    const before = this.#acknowledged.get(key)
    const all = { ...before?.fields, ...fields }
    this.#acknowledged.set(key, { ...before, collection, id, fields: all, ...(sha256 ? { sha256 } : {}) })
  }

  get recorded(): Recorded {
    return {
      times: Object.fromEntries(this.#times),
      failures: Object.fromEntries(this.#failures),
      refusals: Object.fromEntries(this.#refusals),
      acknowledged: [...this.#acknowledged.values()],
    }
  }
}
