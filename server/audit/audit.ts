/**
 * The audit record: an append-only, hash-chained account of what people did, a chain for each group and one for what
 * belongs to none (README.md).
 */
import type { Database, Store } from '../../sync/store/port.ts'
import type { SigningKey } from '../config.ts'
import { Sealer, type BlockRef } from './block.ts'
import { Chain } from './chain.ts'
import { entryOf, type AuditLog, type AuditScope, type Entry, type NewEntry } from './entry.ts'
import { prune } from './prune.ts'
import { readEntries, type EntryPage, type EntryQuery } from './read.ts'
import { Repeats } from './repeats.ts'
import { verify, type Verification } from './verify.ts'
import { Witness } from './witness.ts'

const repeatsEveryMs = 10_000
const dayMs = 86_400_000

export interface AuditOptions {
  store: Pick<Store, 'database' | 'list'>
  /** The first seals, all verify; none where the server's are not known here. */
  keys: readonly SigningKey[]
  dataDir: string
  /** Days for which entries are kept. */
  keepDays: number
  /** ms since the epoch */
  now: () => number
  log: AuditLog
}

export const auditDatabase = (scope: AuditScope): string =>
  scope === 'installation' ? 'audit' : `audit-${scope}`
const scopeOfDatabase = (name: string): AuditScope | undefined => {
  if (name === 'audit') return 'installation'
  const [, group] = /^audit-([1-9]\d*)$/.exec(name) ?? []
  return group === undefined ? undefined : Number(group)
}

export class Audit implements AsyncDisposable {
  readonly #options: AuditOptions
  readonly #sealer: Sealer
  readonly #witness: Witness
  readonly #chains = new Map<AuditScope, Chain>()
  readonly #repeats: Repeats
  readonly #verifying = new Map<AuditScope, Promise<Verification>>()
  readonly #timer: NodeJS.Timeout

  constructor(options: AuditOptions) {
    this.#options = options
    this.#sealer = new Sealer(options.keys)
    this.#witness = new Witness(options)
    this.#repeats = new Repeats(options.now)
    this.#timer = setInterval(() => this.#tellRepeats(false), repeatsEveryMs).unref()
  }

  /**
   * Resolves when the entries are on disk; in what order they are given.
   * @throws StoreUnavailable, and then they may be on disk or not
   */
  async append(scope: AuditScope, ...entries: readonly NewEntry[]): Promise<Entry[]> {
    const made = entries.map((entry) => entryOf(entry, this.#options.now()))
    if (made.length > 0) await this.#chain(scope).append(made)
    return made
  }

  /** Takes an entry that is on disk within seconds (chain.ts): for reads, which wait for nothing. */
  note(scope: AuditScope, entry: NewEntry): void {
    this.#chain(scope).note(entry)
  }

  /** As `append`, for refused sign-ins: those of the same user and origin within a minute are one entry. */
  async refusedSignIn(scope: AuditScope, entry: NewEntry): Promise<void> {
    const first = this.#repeats.take(scope, entry)
    if (first) await this.append(scope, first)
  }

  /** A mark of an address: the same for the same, telling it to nobody. */
  origin(address: string): string {
    return this.#sealer.origin(address)
  }

  /** Newest first. What was noted a moment ago is there. */
  async read(scope: AuditScope, query: EntryQuery): Promise<EntryPage> {
    await this.#chains.get(scope)?.flush()
    return await readEntries(await this.#database(scope), query)
  }

  /**
   * Whether a scope's record is as it was written.
   * @param noted blocks that somebody noted elsewhere, beside those that this server has
   */
  async verify(scope: AuditScope, noted: readonly BlockRef[] = []): Promise<Verification> {
    if (noted.length > 0) return await this.#verify(scope, noted)
    const underWay = this.#verifying.get(scope) ?? this.#verify(scope, [])
    this.#verifying.set(scope, underWay)
    return await underWay.finally(() => this.#verifying.delete(scope))
  }

  /** Removes what was kept for its time. Answers the newest block of this server's in each scope. */
  async sweep(): Promise<{ scope: AuditScope; head: BlockRef }[]> {
    const { store, now, keepDays } = this.#options
    const before = new Date(now() - keepDays * dayMs).toISOString()
    const heads: { scope: AuditScope; head: BlockRef }[] = []
    for (const scope of (await store.list()).flatMap((name) => scopeOfDatabase(name) ?? [])) {
      const db = await this.#database(scope)
      await prune({ db, before, told: (entry) => this.append(scope, entry) })
      const [head] = await this.#witness.noted(scope)
      if (head) heads.push({ scope, head })
    }
    return heads
  }

  async #verify(scope: AuditScope, given: readonly BlockRef[]): Promise<Verification> {
    await this.#chains.get(scope)?.flush()
    const noted = [...given, ...(await this.#witness.noted(scope))]
    return await verify({ db: await this.#database(scope), sealer: this.#sealer, noted })
  }

  #database(scope: AuditScope): Promise<Database> {
    return this.#options.store.database(auditDatabase(scope))
  }

  #chain(scope: AuditScope): Chain {
    const chain =
      this.#chains.get(scope) ??
      new Chain({
        open: () => this.#database(scope),
        sealer: this.#sealer,
        now: this.#options.now,
        log: this.#options.log,
        onWritten: (head) => this.#witness.note(scope, head),
      })
    this.#chains.set(scope, chain)
    return chain
  }

  #tellRepeats(all: boolean): void {
    for (const { scope, entry } of this.#repeats.due(all)) this.note(scope, entry)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#tellRepeats(true)
    for (const chain of this.#chains.values()) await chain[Symbol.asyncDispose]()
    await this.#witness[Symbol.asyncDispose]()
  }
}
