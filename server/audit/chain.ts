/**
 * One writer's chain in one scope: entries wait, are written as blocks, one after the other, and each block names the
 * one before it. Calls that come while a block is written share the next, as in the store's group commit.
 */
import { randomUUID } from 'node:crypto'
import { StoreUnavailable, type Database } from '../../sync/store/port.ts'
import { blockId, sealed, type Block, type BlockRef, type Sealer } from './block.ts'
import { entryOf, type AuditLog, type Entry, type NewEntry } from './entry.ts'
import { OtherWriters } from './other-writers.ts'

/** How long an entry of a read waits for others. */
export const flushMs = 5000
const entriesPerBlock = 500
/** Entries of reads that wait while the store is away; further ones are counted and not kept. */
const maxWaiting = 50_000

export interface ChainOptions {
  open: () => Promise<Database>
  sealer: Sealer
  /** ms since the epoch */
  now: () => number
  log: AuditLog
  /** A block is on disk. */
  onWritten: (head: BlockRef) => void
}

interface Waiting {
  entries: readonly Entry[]
  /** How often its one entry was noted. */
  times?: number
  /** Absent where nobody waits for it. */
  done?: { resolve: () => void; reject: (error: unknown) => void }
}

export class Chain implements AsyncDisposable {
  readonly #options: ChainOptions
  #writer = randomUUID()
  #seq = 0
  #head: BlockRef | null = null
  #lastAt = 0
  #others: OtherWriters | undefined
  #queue: Waiting[] = []
  /** Of the queue what was noted, by what it says. */
  readonly #noted = new Map<string, Waiting>()
  /** A block that may be on disk or not: it is written again, as it is, before another follows. */
  #unsure: Block | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #lost = 0

  constructor(options: ChainOptions) {
    this.#options = options
  }

  /** Resolves when the entries are on disk. @throws StoreUnavailable; they may then be on disk or not */
  async append(entries: readonly Entry[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ entries, done: { resolve, reject } })
      this.#run()
    })
  }

  /**
   * Takes an entry that is written with the next block, within `flushMs`. Entries that say the same are one, with the
   * request of the first and how often (`times`).
   */
  note(entry: NewEntry): void {
    const { requestId: _, ...saying } = entry
    const alike = JSON.stringify(saying)
    const waiting = this.#noted.get(alike)
    const each = Number(entry.detail?.['times'] ?? 1)
    if (waiting) waiting.times = (waiting.times ?? each) + each
    else if (this.#queue.length >= maxWaiting) this.#lost += 1
    else {
      const first: Waiting = { entries: [entryOf(entry, this.#options.now())] }
      this.#queue.push(first)
      this.#noted.set(alike, first)
    }
    this.#later()
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    await this.#running
    if (this.#queue.length === 0 && !this.#unsure) return
    this.#run()
    await this.#running
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#run()
    }, flushMs).unref()
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#queue.some(({ done }) => done)) this.#run()
      else if (this.#queue.length > 0 || this.#unsure) this.#later()
    })
  }

  async #work(): Promise<void> {
    let taken: Waiting[] = []
    try {
      const db = await this.#options.open()
      if (this.#unsure) await this.#store(db, this.#unsure)
      while (this.#queue.length > 0) {
        taken = this.#take()
        await this.#store(db, await this.#make(db, this.#entriesOf(taken)))
        for (const { done } of taken.splice(0)) done?.resolve()
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'The audit record cannot be written')
      if (!(error instanceof StoreUnavailable)) this.#unsure = undefined
      this.#refuse(taken, error)
    }
  }

  /** Whoever waits is told; what nobody waits for is tried again, with the unsure block where it is in that. */
  #refuse(taken: readonly Waiting[], error: unknown): void {
    for (const { done } of [...taken, ...this.#queue]) done?.reject(error)
    const kept = this.#unsure ? [] : taken.filter(({ done }) => !done)
    this.#queue = [...kept, ...this.#queue.filter(({ done }) => !done)]
  }

  #take(): Waiting[] {
    this.#noted.clear()
    let count = 0
    const end = this.#queue.findIndex(({ entries }) => (count += entries.length) > entriesPerBlock)
    return this.#queue.splice(0, end < 0 ? this.#queue.length : Math.max(1, end))
  }

  #entriesOf(taken: readonly Waiting[]): Entry[] {
    const entries = taken.flatMap(({ entries, times }) =>
      times === undefined
        ? entries
        : entries.map((entry) => ({ ...entry, detail: { ...entry.detail, times } })),
    )
    if (this.#lost === 0) return entries
    const gap = { kind: 'AUDIT_GAP', actor: { kind: 'server' }, detail: { lost: this.#lost } } as const
    this.#lost = 0
    return [...entries, entryOf(gap, this.#options.now())]
  }

  async #make(db: Database, entries: Entry[]): Promise<Block> {
    const { now, sealer } = this.#options
    this.#others ??= await OtherWriters.open(db)
    const seen = await this.#others.news(this.#writer)
    this.#lastAt = Math.max(this.#lastAt, now())
    const [at, seq] = [new Date(this.#lastAt).toISOString(), this.#seq + 1]
    const place = { _id: blockId(at, this.#writer, seq), writer: this.#writer, seq, at }
    return sealed({ ...place, type: 'auditBlock', format: 1, previous: this.#head, seen, entries }, sealer)
  }

  async #store(db: Database, block: Block): Promise<void> {
    this.#unsure = block
    const [written] = await db.write([{ ...block }])
    const standing = written?.ok ? block : await db.get(block._id)
    this.#unsure = undefined
    if (standing?.['hash'] !== block.hash) return await this.#beginAnew(db, block)
    this.#seq = block.seq
    this.#head = { id: block._id, hash: block.hash }
    this.#others?.named(block.seen)
    this.#options.onWritten(this.#head)
  }

  /** Something else stands where this writer's block was to be: it is left there for verification to find. */
  async #beginAnew(db: Database, { _id, entries }: Block): Promise<void> {
    this.#options.log.error(
      { block: _id },
      'A block of the audit record stands under an id of this writer that it did not write',
    )
    this.#writer = randomUUID()
    this.#seq = 0
    this.#head = null
    await this.#store(db, await this.#make(db, entries))
  }

  async #settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Writes what waits; what cannot be written is told in the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settled()
    if (this.#queue.length > 0 || this.#unsure) await this.flush()
    await this.#settled()
    clearTimeout(this.#timer)
    const lost = this.#lost + this.#queue.length + (this.#unsure?.entries.length ?? 0)
    if (lost > 0) this.#options.log.error({ lost }, 'Entries of the audit record were lost at the end')
    this.#queue = []
  }
}
