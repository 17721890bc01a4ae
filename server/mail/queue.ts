/**
 * Notices that wait to be sent by mail, in the store: what was asked for is not lost by a crash, whichever server over
 * the store then sends it. A notice says what happened and to whom; the letter, its address and any token in it are
 * made when it is sent, so that nothing secret waits here.
 */
import { randomUUID } from 'node:crypto'
import type { Database, StoredDoc } from '../../sync/store/port.ts'

export type NoticeKind = 'reset' | 'passwordChanged' | 'locked' | 'secondFactorOn' | 'secondFactorOff'

export interface Notice {
  kind: NoticeKind
  /** Whom it is for; one for nobody is kept and dropped like any other, so that neither tells of a name. */
  username: string | null
  /** The group whose page the letter leads to; null where none is known. */
  groupId: number | null
  /** When it happened, ms since the epoch. */
  at: number
}

interface Waiting extends Notice {
  tries: number
  /** ms since the epoch: whoever tries it has it to themselves until then */
  notBefore: number
}

export type WaitingDoc = StoredDoc & Waiting

const prefix = 'mail:'
/** Longer than any attempt takes. */
const claimMs = 2 * 60_000
const batch = 100

export class MailQueue {
  readonly #db: Database
  readonly #now: () => number
  #onPost: () => void = () => undefined

  constructor(options: { db: Database; now: () => number }) {
    this.#db = options.db
    this.#now = options.now
  }

  /** Resolves when the notice is on disk. */
  async post(notice: Omit<Notice, 'at'>): Promise<void> {
    const now = this.#now()
    const waiting: Waiting = { ...notice, at: now, tries: 0, notBefore: now }
    await this.#db.write([{ _id: `${prefix}${randomUUID()}`, type: 'mail', ...waiting }])
    this.#onPost()
  }

  /** Calls `listener` after each post of this process. */
  listen(listener: () => void): void {
    this.#onPost = listener
  }

  /** Notices whose time has come, each taken for this server alone. */
  async take(): Promise<WaitingDoc[]> {
    const now = this.#now()
    const docs = (await this.#db.range({
      ...{ from: prefix, to: `${prefix}\uffff`, limit: batch },
    })) as WaitingDoc[]
    const due = docs
      .filter(({ notBefore }) => notBefore <= now)
      .map((doc) => ({ ...doc, tries: doc.tries + 1, notBefore: now + claimMs }))
    if (due.length === 0) return []
    const results = await this.#db.write(due)
    return due.flatMap((doc, i) => {
      const result = results[i]
      return result?.ok ? [{ ...doc, _rev: result.rev }] : []
    })
  }

  /** It is sent, or never will be. */
  async done({ _id, _rev }: WaitingDoc): Promise<void> {
    await this.#db.write([{ _id, _rev, _deleted: true }])
  }

  /** Lets it wait for another attempt. */
  async later(doc: WaitingDoc, waitMs: number): Promise<void> {
    await this.#db.write([{ ...doc, notBefore: this.#now() + waitMs }])
  }
}
