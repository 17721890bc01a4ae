/**
 * Refused sign-ins: the first of a user and origin is told at once, those of the same minute together afterwards, so
 * that guessing passwords fills no disk. Where guesses come from very many places, they are told as one.
 */
import type { AuditScope, NewEntry } from './entry.ts'

const windowMs = 60_000
/** Users and origins told apart at a time, in one scope. */
const maxApart = 200

interface Window {
  scope: AuditScope
  entry: NewEntry
  until: number
  further: number
}

export class Repeats {
  readonly #windows = new Map<string, Window>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** The entry to write at once; undefined where it only counts. */
  take(scope: AuditScope, entry: NewEntry): NewEntry | undefined {
    const several = [...this.#windows.values()].filter((window) => window.scope === scope)
    const { origin, subjects, ...alike } = entry
    const apart = JSON.stringify([scope, entry.kind, subjects, origin])
    const known = this.#windows.has(apart) || several.length < maxApart
    const name = known ? apart : JSON.stringify([scope, entry.kind])
    const window = this.#windows.get(name)
    // Where some wait to be told of, this one counts with them, also when the minute is over.
    if (window && (window.until > this.#now() || window.further > 0)) {
      window.further += 1
      return undefined
    }
    this.#windows.set(name, {
      ...{ scope, until: this.#now() + windowMs, further: 0 },
      entry: known ? entry : alike,
    })
    return entry
  }

  /** Entries of the minutes that are over, each with how often. @param all also of those that are not */
  due(all = false): { scope: AuditScope; entry: NewEntry }[] {
    const over = [...this.#windows].filter(([, { until }]) => all || until <= this.#now())
    for (const [name] of over) this.#windows.delete(name)
    return over.flatMap(([, { scope, entry, further }]) =>
      further > 0 ? [{ scope, entry: { ...entry, detail: { ...entry.detail, times: further } } }] : [],
    )
  }
}
