/**
 * `Idempotency-Key`: a request that is sent again gets the answer of the first one. Kept in the store, so that it
 * holds for all servers and over restarts. One document a key: written before the call begins (only one of several
 * servers can), and again with its answer. A server that dies in between leaves a lease that runs out; the next
 * attempt takes over, with the ids and the plan of the first, and completes the same writes.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Caller } from '../auth/identity.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { canonical } from '../../sync/merge/canonical.ts'
import type { Database, NewDoc, StoredDoc } from '../../sync/store/port.ts'
import { uuidOf } from '../uuid-of.ts'
import { fail, type FailOptions } from './problem.ts'

const keptMs = 24 * 3_600_000
/** Longer than any call takes. A server knows of its own calls how long they take. */
const leaseMs = 60_000
const inUseSeconds = 2
const sweepMs = 3_600_000
const sweepPage = 500
const maxTries = 20

/** What is kept of an answer: a good one, or a failure that would be the same again. */
export type KeptAnswer =
  | { kind: 'reply'; status: number; body?: unknown; headers?: Record<string, string> }
  | { kind: 'problem'; code: ErrorCode; options: Pick<FailOptions, 'detail' | 'errors' | 'extra'> }

interface Entry {
  type: 'idempotency'
  /** Keyed mark of the request (tokens.ts): a body may hold a password. */
  mark: string
  startedAt: number
  expiresAt: number
  leaseUntil: number
  plan?: { value: unknown }
  answer?: KeptAnswer
}

export interface IdempotentRequest {
  call: string
  caller: Caller
  key: string
  /** Everything of the request that matters: parameters, query and body. */
  content: unknown
}

/** What a handler is given for calls that may be repeated (`Input`). */
export interface Undertaking {
  derivedId(name: string): string
  planned<T>(decide: () => Promise<T>): Promise<T>
}

/** For a request without a key: nothing is remembered. */
export const onlyOnce = (): Undertaking => {
  const seed = randomUUID()
  return { derivedId: (name) => uuidOf(`${seed}\n${name}`), planned: (decide) => decide() }
}

/** The keys of a user, or of an account where there is none, are their own; so are those of each kind of key. */
const scopeOf = ({ call, caller: { key, user }, key: text }: IdempotentRequest): string =>
  JSON.stringify([call, user ? `user:${user.userId}` : `account:${key?.accountId}`, key?.kind, text])

const prefix = 'idempotency:'

export class Idempotency implements AsyncDisposable {
  readonly #options: IdempotencyOptions
  /** Keys whose calls this server has under way. */
  readonly #running = new Set<string>()
  readonly #timer: NodeJS.Timeout
  #sweeping: Promise<void> = Promise.resolve()

  constructor(options: IdempotencyOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#sweeping = this.sweep().catch((error: unknown) =>
        options.log.error({ err: error }, 'Old idempotency keys could not be removed'),
      )
    }, sweepMs)
    this.#timer.unref()
  }

  /** The kept answer, or else that of `action`, which is then kept. */
  async run(request: IdempotentRequest, action: Action): Promise<KeptAnswer> {
    const scope = scopeOf(request)
    const _id = prefix + createHash('sha256').update(scope).digest('base64url')
    if (this.#running.has(_id)) return inUse()
    this.#running.add(_id)
    try {
      const claim = await this.#claim(_id, canonical(request.content))
      return claim.answer ?? (await this.#perform(new Claim(this.#options.db, scope, claim), action))
    } finally {
      this.#running.delete(_id)
    }
  }

  async #claim(_id: string, content: string): Promise<StoredEntry> {
    const { db, tokens, now } = this.#options
    for (let tries = 0; tries < maxTries; tries += 1) {
      const found = (await db.get(_id)) as StoredEntry | undefined
      const at = now()
      const standing = found && found.expiresAt > at ? found : undefined
      if (standing && !tokens.hasMark(content, standing.mark)) return fail('IDEMPOTENCY_KEY_REUSED')
      if (standing?.answer) return standing
      if (standing && standing.leaseUntil > at) return inUse()
      const lease = { leaseUntil: at + leaseMs, expiresAt: at + keptMs }
      const mark = tokens.mark(content)
      const entry: Entry = { ...(standing ?? { type: 'idempotency', mark, startedAt: at }), ...lease }
      const doc: NewDoc = { ...entry, _id, ...(found ? { _rev: found._rev } : {}) }
      const [result] = await db.write([doc])
      if (result?.ok) return { ...entry, _id, _rev: result.rev }
    }
    return inUse()
  }

  async #perform(claim: Claim, { perform, answerOf }: Action): Promise<KeptAnswer> {
    const { now, log } = this.#options
    const settle = async (change: Partial<Entry>): Promise<void> => {
      try {
        await claim.write(change)
      } catch (error) {
        // What the call did stands; a retry after the lease completes the same writes.
        log.error({ err: error }, 'The answer of an idempotent call could not be kept')
      }
    }
    try {
      const reply = await perform(claim)
      await settle({ answer: reply, expiresAt: now() + keptMs })
      return reply
    } catch (error) {
      const answer = answerOf(error)
      await settle(answer ? { answer, expiresAt: now() + keptMs } : { leaseUntil: 0 })
      throw error
    }
  }

  /** Removes what has run out. */
  async sweep(): Promise<void> {
    const { db, now } = this.#options
    for (let from = prefix, more = true; more;) {
      const docs = (await db.range({ from, to: `${prefix}\uffff`, limit: sweepPage })) as StoredEntry[]
      const old = docs.filter(({ expiresAt }) => expiresAt <= now())
      if (old.length > 0) await db.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
      more = docs.length === sweepPage
      from = `${docs.at(-1)?._id ?? ''}\u0000`
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
  }
}

export interface IdempotencyOptions {
  db: Database
  tokens: Tokens
  now: () => number
  log: Logger
}

type StoredEntry = StoredDoc & Entry
type GoodReply = Extract<KeptAnswer, { kind: 'reply' }>

interface Action {
  perform: (undertaking: Undertaking) => Promise<GoodReply>
  /** What is to be kept of a failure; undefined for one that another try may not meet. */
  answerOf: (error: unknown) => KeptAnswer | undefined
}

const inUse = (): never => fail('IDEMPOTENCY_KEY_IN_USE', { retryAfterSeconds: inUseSeconds })

/** A key that this attempt holds. */
class Claim implements Undertaking {
  readonly #db: Database
  readonly #seed: string
  #doc: StoredEntry

  constructor(db: Database, scope: string, doc: StoredEntry) {
    this.#db = db
    // A key that is used again after it was forgotten makes something new.
    this.#seed = `${scope}\n${Math.floor(doc.startedAt / keptMs)}`
    this.#doc = doc
  }

  derivedId(name: string): string {
    return uuidOf(`${this.#seed}\n${name}`)
  }

  async planned<T>(decide: () => Promise<T>): Promise<T> {
    if (this.#doc.plan) return this.#doc.plan.value as T
    const value = await decide()
    // Another server has taken over meanwhile, and what it decided counts.
    if (!(await this.write({ plan: { value } }))) return inUse()
    return value
  }

  /** False where another attempt has taken over. */
  async write(change: Partial<Entry>): Promise<boolean> {
    const doc = { ...this.#doc, ...change }
    const [result] = await this.#db.write([doc])
    if (!result?.ok) return false
    this.#doc = { ...doc, _rev: result.rev }
    return true
  }
}
