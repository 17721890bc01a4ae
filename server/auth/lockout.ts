/**
 * Failed attempts, counted in the store, so that they count over all servers and restarts. From the tenth failure
 * on a name is locked, twice as long each time; an address, behind which a whole practice may sit, later.
 */
import { createHash } from 'node:crypto'
import type { Database } from '../../sync/store/port.ts'

/** Who has failed: a name as it was typed for an account, or an address. */
export interface Subject {
  kind: 'user' | 'address'
  value: string
}

interface Policy {
  /** The failure that locks. */
  threshold: number
  firstLockMs: number
  longestLockMs: number
}

const minute = 60_000
const policies: Record<Subject['kind'], Policy> = {
  user: { threshold: 10, firstLockMs: minute, longestLockMs: 60 * minute },
  address: { threshold: 100, firstLockMs: minute, longestLockMs: 15 * minute },
}
/** After so long without a failure the count begins anew. */
const forgetMs = 60 * minute

interface Attempts {
  count: number
  lastAt: number
  lockedUntil: number
}

/** What one more failure makes of the count. */
export const afterFailure = (before: Attempts | undefined, kind: Subject['kind'], now: number): Attempts => {
  const { threshold, firstLockMs, longestLockMs } = policies[kind]
  const forgotten = !before || now - Math.max(before.lastAt, before.lockedUntil) > forgetMs
  const count = forgotten ? 1 : before.count + 1
  const lock =
    count < threshold ? 0 : Math.min(longestLockMs, firstLockMs * 2 ** Math.min(20, count - threshold))
  return { count, lastAt: now, lockedUntil: lock === 0 ? 0 : now + lock }
}

const prefix = 'attempts:'
const idOf = ({ kind, value }: Subject): string =>
  `${prefix}${kind}:${createHash('sha256').update(value).digest('base64url')}`

const maxTries = 50

export class Lockout {
  readonly #db: Database
  readonly #now: () => number

  constructor(options: { db: Database; now: () => number }) {
    this.#db = options.db
    this.#now = options.now
  }

  /** Seconds until none of the subjects is locked any more; 0 where none is. */
  async lockedFor(subjects: readonly Subject[]): Promise<number> {
    const docs = await this.#db.getMany(subjects.map(idOf))
    const until = docs.map((doc) => (doc ? (doc as unknown as Attempts).lockedUntil : 0))
    return Math.max(0, Math.ceil((Math.max(...until) - this.#now()) / 1000))
  }

  /** Counts one more failure; whether the name among them is locked by it for the first time in a row of failures. */
  async failed(subjects: readonly Subject[]): Promise<boolean> {
    let locked = false
    for (const subject of subjects) {
      const after = await this.#update(subject, (before) => afterFailure(before, subject.kind, this.#now()))
      if (subject.kind === 'user' && after?.count === policies.user.threshold) locked = true
    }
    return locked
  }

  /** A success forgets the failures of a name (never of an address, whose owner could use it to go on guessing). */
  async succeeded(subject: Subject): Promise<void> {
    await this.#update(subject, () => undefined)
  }

  async #update(
    subject: Subject,
    change: (before: Attempts | undefined) => Attempts | undefined,
  ): Promise<Attempts | undefined> {
    const _id = idOf(subject)
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#db.get(_id)
      const after = change(doc as unknown as Attempts | undefined)
      if (!doc && !after) return undefined
      const _rev = doc ? { _rev: doc._rev } : {}
      const [result] = await this.#db.write([{ _id, ..._rev, ...(after ?? { _deleted: true }) }])
      if (result?.ok) return after
    }
    return undefined
  }

  /** Removes counts that are forgotten. */
  async sweep(): Promise<void> {
    const docs = await this.#db.range({ from: prefix, to: `${prefix}\uffff` })
    const old = docs.filter((doc) => {
      const { lastAt, lockedUntil } = doc as unknown as Attempts
      return this.#now() - Math.max(lastAt, lockedUntil) > forgetMs
    })
    if (old.length > 0) await this.#db.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
  }
}
