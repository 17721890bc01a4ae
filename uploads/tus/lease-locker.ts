/**
 * Locks that hold across processes: one document in the store that all servers share, which its holder renews. A
 * waiter that sees it unchanged for a whole lease takes it over, so the servers' clocks need not agree. A waiter
 * also asks the holder to give way, since a sender that comes again has mostly lost its former connection.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lock, Locker } from '@tus/utils'
import type { Database, StoredDoc } from '../../sync/store/port.ts'

export interface LeaseLockerOptions {
  db: Database
  /** ms: a holder that has not renewed its lock for so long is taken for dead. */
  leaseMs?: number
  /** ms that a request waits for a lock. */
  patienceMs?: number
  /** Called with what was locked where the lock was taken from a holder that may yet stir, before it is ours to use. */
  onTakeOver?: (id: string) => Promise<void>
  /** Made and thrown where a lock is not to be had. */
  locked: () => Error
}

interface LockFields {
  holder: string
  process: string
  beat: number
  wanted: boolean
}
type LockDoc = StoredDoc & LockFields

const prefix = 'lock:'
const thisProcess = randomUUID()
const pollMs = 50

/** Forgets the locks of other processes, where a store is known to be this process's alone. */
export const forgetForeignLocks = async (db: Database): Promise<void> => {
  const docs = (await db.range({ from: prefix, to: `${prefix}\uffff` })) as LockDoc[]
  const foreign = docs.filter((doc) => doc.process !== thisProcess)
  await db.write(foreign.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })))
}

export class LeaseLocker implements Locker {
  readonly #options: Required<LeaseLockerOptions>
  /** How the holders of this process are asked to give way, by lock. */
  readonly #giveWay = new Map<string, () => void>()

  constructor(options: LeaseLockerOptions) {
    const defaults = { leaseMs: 8000, patienceMs: 30_000, onTakeOver: () => Promise.resolve() }
    this.#options = { ...defaults, ...options }
  }

  newLock(id: string): Lock {
    return new LeaseLock(prefix + id, this.#options, this.#giveWay)
  }
}

class LeaseLock implements Lock {
  readonly #id: string
  readonly #options: Required<LeaseLockerOptions>
  readonly #giveWay: Map<string, () => void>
  readonly #holder = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> = Promise.resolve()
  #cancel: () => void = () => undefined
  #tookOver = false

  constructor(id: string, options: Required<LeaseLockerOptions>, giveWay: Map<string, () => void>) {
    this.#id = id
    this.#options = options
    this.#giveWay = giveWay
  }

  async lock(signal: AbortSignal, cancel: () => void): Promise<void> {
    const { leaseMs, patienceMs, locked } = this.#options
    const began = performance.now()
    let seen = { rev: '', at: began }
    while (!(await this.#take(seen, leaseMs))) {
      if (signal.aborted || performance.now() - began > patienceMs) throw locked()
      this.#giveWay.get(this.#id)?.()
      const rev = await this.#want()
      if (rev !== seen.rev) seen = { rev, at: performance.now() }
      await pause(pollMs)
    }
    this.#cancel = cancel
    this.#giveWay.set(this.#id, cancel)
    this.#timer = setInterval(() => {
      this.#beating = this.#beat().catch(() => undefined) // the next beat tries again
    }, leaseMs / 4)
    this.#timer.unref()
    if (!this.#tookOver) return
    try {
      await this.#options.onTakeOver(this.#id.slice(prefix.length))
    } catch (error) {
      await this.unlock()
      throw error
    }
  }

  /** Takes the lock where nobody holds it, or its holder has not stirred for a lease. */
  async #take(seen: { rev: string; at: number }, leaseMs: number): Promise<boolean> {
    const doc = (await this.#options.db.get(this.#id)) as LockDoc | undefined
    const dead = doc && doc._rev === seen.rev && performance.now() - seen.at > leaseMs
    if (doc && !dead) return false
    const fields: LockFields = { holder: this.#holder, process: thisProcess, beat: 0, wanted: false }
    const next = { _id: this.#id, type: 'lock', ...fields, ...(doc ? { _rev: doc._rev } : {}) }
    const [written] = await this.#options.db.write([next])
    this.#tookOver = dead === true && written?.ok === true
    return written?.ok === true
  }

  /** Tells the holder that somebody waits. Returns the revision that it has to change to prove that it lives. */
  async #want(): Promise<string> {
    const doc = (await this.#options.db.get(this.#id)) as LockDoc | undefined
    if (!doc) return ''
    if (doc.wanted) return doc._rev
    const [written] = await this.#options.db.write([{ ...doc, wanted: true }])
    return written?.ok ? written.rev : ''
  }

  async #beat(): Promise<void> {
    const doc = (await this.#options.db.get(this.#id)) as LockDoc | undefined
    if (doc?.holder !== this.#holder || doc.wanted) this.#cancel()
    if (doc?.holder === this.#holder) await this.#options.db.write([{ ...doc, beat: doc.beat + 1 }])
  }

  async unlock(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#giveWay.get(this.#id) === this.#cancel) this.#giveWay.delete(this.#id)
    await this.#beating
    for (;;) {
      const doc = (await this.#options.db.get(this.#id)) as LockDoc | undefined
      if (doc?.holder !== this.#holder) return
      const [written] = await this.#options.db.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }])
      if (written?.ok) return
    }
  }
}
