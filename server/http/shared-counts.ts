/**
 * What each server has counted of callers that make much of their limit, told to the others over the store every few
 * seconds, in one local document: it has no revisions, is in no feed of changes, and is written only where there is
 * something to tell. Who writes it at the same time as another takes that one's part out; the other writes it again.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Database } from '../../sync/store/port.ts'
import type { Count, RateLimits } from './rate-limits.ts'

const everyMs = 5000
/** The end of a window is worked out anew each time, and then some milliseconds off. */
const sameMs = 1000
const localId = 'rateCounts'
/** The busiest first; a document with more is worth more than it costs no longer. */
const mostTold = 500

const count = z.object({
  kind: z.enum(['address', 'key', 'user']),
  id: z.string(),
  own: z.number(),
  endsAt: z.number(),
})
const shared = z.object({ servers: z.record(z.string(), z.array(count)) })
type Servers = z.output<typeof shared>['servers']

export interface SharedCountsOptions {
  db: Database
  limits: RateLimits
  log: Logger
}

export class SharedCounts implements AsyncDisposable {
  readonly #options: SharedCountsOptions
  readonly #server = randomUUID()
  /** What was added already, by server and caller. */
  readonly #seen = new Map<string, { own: number; endsAt: number }>()
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()
  #told = false

  constructor(options: SharedCountsOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.exchange()).catch(this.#failed)
    }, everyMs)
    this.#timer.unref()
  }

  readonly #failed = (error: unknown): void =>
    this.#options.log.warn(
      { err: error },
      'The counts of requests could not be shared; each server counts on its own',
    )

  /** Hears what the others have counted, and tells them what came here. */
  async exchange(): Promise<void> {
    const { db, limits } = this.#options
    const now = Date.now()
    const servers = shared.safeParse(await db.getLocal(localId)).data?.servers ?? {}
    await this.#hear(servers, now)
    const own = limits
      .noted(now)
      .sort((a, b) => b.own - a.own)
      .slice(0, mostTold)
    if (own.length === 0 && !this.#told) return
    this.#told = own.length > 0
    await db.putLocal(localId, { servers: { ...stillRunning(servers, now), [this.#server]: own } })
  }

  async #hear(servers: Servers, now: number): Promise<void> {
    for (const [key, { endsAt }] of this.#seen) if (endsAt <= now) this.#seen.delete(key)
    for (const [server, counts] of Object.entries(servers))
      if (server !== this.#server)
        for (const one of counts) if (one.endsAt > now) await this.#add(server, one)
  }

  async #add(server: string, { kind, id, own, endsAt }: Count): Promise<void> {
    const key = `${server} ${kind} ${id}`
    const known = this.#seen.get(key)
    const isSameWindow = known !== undefined && Math.abs(known.endsAt - endsAt) < sameMs && known.own <= own
    const news = isSameWindow ? own - known.own : own
    this.#seen.set(key, { own, endsAt })
    await this.#options.limits.add(kind, id, news, endsAt)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }
}

const stillRunning = (servers: Servers, now: number): Servers =>
  Object.fromEntries(
    Object.entries(servers)
      .map(([server, counts]) => [server, counts.filter(({ endsAt }) => endsAt > now)] as const)
      .filter(([, counts]) => counts.length > 0),
  )
