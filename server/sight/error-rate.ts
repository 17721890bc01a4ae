/** How many of a group's requests failed by our fault in the last minutes, as this process served them. */

const minuteMs = 60_000
export const windowMinutes = 5

interface Minute {
  minute: number
  requests: number
  errors: number
}

export interface ErrorRate {
  windowMinutes: number
  requests: number
  /** Answered with 5xx. */
  errors: number
  /** Errors a request; 0 where there were none. */
  rate: number
}

export class ErrorRates {
  readonly #groups = new Map<number, Minute[]>()

  /** @param at ms since the epoch */
  served(groupId: number | undefined, failed: boolean, at: number): void {
    if (groupId === undefined) return
    const minute = Math.floor(at / minuteMs)
    const minutes = this.#groups.get(groupId) ?? []
    let last = minutes.at(-1)
    if (last?.minute !== minute) {
      last = { minute, requests: 0, errors: 0 }
      minutes.push(last)
      if (minutes.length > windowMinutes) minutes.shift()
      this.#groups.set(groupId, minutes)
    }
    last.requests += 1
    if (failed) last.errors += 1
  }

  of(groupId: number, at: number): ErrorRate {
    const oldest = Math.floor(at / minuteMs) - windowMinutes
    const recent = (this.#groups.get(groupId) ?? []).filter(({ minute }) => minute > oldest)
    const requests = recent.reduce((sum, part) => sum + part.requests, 0)
    const errors = recent.reduce((sum, part) => sum + part.errors, 0)
    return { windowMinutes, requests, errors, rate: requests === 0 ? 0 : errors / requests }
  }
}
