/** Whether the machine's clock goes: tokens, windows and times of records stand on it. */

/** A clock that was put by more than this since the server started, or that never was set. */
const mostDriftMs = 60_000
/** No server of this kind ran earlier; a machine without a battery begins in 1970. */
const firstInstant = Date.UTC(2026, 0, 1)

export interface ClockState {
  ok: boolean
  /** How far the clock was put since the start; ms, negative where it was put back. */
  driftMs: number
}

export class ClockWatch {
  readonly #now: () => number
  readonly #steady: () => number
  readonly #offset: number

  /** @param steady ms of a clock that nobody puts */
  constructor(now: () => number, steady: () => number = () => performance.now()) {
    this.#now = now
    this.#steady = steady
    this.#offset = now() - steady()
  }

  state(): ClockState {
    const now = this.#now()
    const driftMs = Math.round(now - this.#steady() - this.#offset)
    return { ok: now >= firstInstant && Math.abs(driftMs) <= mostDriftMs, driftMs }
  }
}
