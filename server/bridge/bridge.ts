/** The server's side of the bridge to practices' PMS: what services ask of it, and what the agents are given. */
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Store } from '../../sync/store/port.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { SigningKey } from '../config.ts'
import type {
  AllowRule,
  BridgeRequest,
  BridgeResult,
  BridgeWork,
  PmsServices,
} from '../contract/bridge-agent.ts'
import { Asks, type Outcome } from './asks.ts'
import { bridgeDatabase, everyPms, laneDatabase, pmsDocId, type PmsDoc, type WriteDoc } from './documents.ts'
import { Leases, renewMs, type Agent } from './lease.ts'
import { LaneNews } from './news.ts'
import { maxTries, type BridgeParts } from './parts.ts'
import { Seals } from './sealing.ts'
import { Writes, type NewWrite } from './writes.ts'

export interface BridgeOptions {
  store: Store
  tokens: Tokens
  keys: readonly SigningKey[]
  /** How long a caller waits for a PMS. */
  timeoutMs: number
  now: () => number
  log: Logger
}

export interface Announcement extends Agent {
  allow: AllowRule[]
  services: PmsServices
}

interface Taking extends Announcement {
  have: readonly string[]
  waitMs: number
  signal: AbortSignal
  /** Asked now and then while the agent waits: false ends the waiting. */
  mayGoOn: () => Promise<boolean>
}

export interface BridgeHealth {
  configured: boolean
  up: boolean | null
  lastSeenAt: number | null
  software: string | null
  waiting: number
  waitingSince: number | null
}

export class Bridge implements AsyncDisposable {
  readonly writes: Writes
  readonly #asks: Asks
  readonly #leases: Leases
  readonly #parts: BridgeParts
  readonly #timeoutMs: number

  private constructor(parts: BridgeParts, timeoutMs: number) {
    this.#parts = parts
    this.#timeoutMs = timeoutMs
    this.writes = new Writes(parts)
    this.#asks = new Asks(parts)
    this.#leases = new Leases(parts)
  }

  static async open({ store, tokens, keys, timeoutMs, now, log }: BridgeOptions): Promise<Bridge> {
    const [db, lane] = await Promise.all([
      store.database(bridgeDatabase),
      store.database(laneDatabase, { oneCopy: true }),
    ])
    const failed = (error: unknown): void =>
      log.error({ err: error }, 'The bridge could not read its changes')
    const news = await LaneNews.open(lane, failed)
    return new Bridge({ db, lane, news, seals: new Seals(keys), tokens, now, log }, timeoutMs)
  }

  /** What is known of a group's PMS; undefined where it has none. */
  async pms(groupId: number): Promise<Pick<PmsDoc, 'allow' | 'services'> | undefined> {
    return (await this.#parts.db.get(pmsDocId(groupId))) as PmsDoc | undefined
  }

  /** Whether a group's PMS does what is otherwise done inside. */
  async has(groupId: number, service: keyof PmsServices): Promise<boolean> {
    return (await this.pms(groupId))?.services[service] === true
  }

  /** Asks the PMS and waits. `away` where its agent is not connected. */
  async ask(groupId: number, request: BridgeRequest, gone: AbortSignal): Promise<Outcome | 'away'> {
    if (!(await this.#leases.isUp(groupId))) return 'away'
    return await this.#asks.ask(groupId, request, { ms: this.#timeoutMs, gone })
  }

  /** Waits until a write is settled, or its time is over, or nobody waits any more; gives it as it is then. */
  async settled(write: WriteDoc, signal: AbortSignal): Promise<WriteDoc> {
    const { groupId, writeId } = write
    const until = performance.now() + this.#timeoutMs
    for (let doc: WriteDoc = write; ;) {
      const mark = this.#parts.news.mark(groupId)
      doc = (await this.writes.get(groupId, writeId)) ?? doc
      const left = until - performance.now()
      if (doc.status !== 'WAITING' || left <= 0 || signal.aborted) return doc
      if (!(await this.#leases.isUp(groupId))) return doc
      await this.#parts.news.next(groupId, mark, { ms: left, signal })
    }
  }

  async add(write: NewWrite): Promise<WriteDoc | 'other' | 'full'> {
    return await this.writes.add(write)
  }

  /** Work for an agent, which it waits for; undefined where another agent is connected. */
  async take(groupId: number, taking: Taking): Promise<BridgeWork[] | undefined> {
    const { news } = this.#parts
    const until = performance.now() + taking.waitMs
    const have = new Set(taking.have)
    for (let waited = false; ;) {
      if (waited && !(await taking.mayGoOn())) return []
      if (!(await this.#leases.hold(groupId, taking))) return undefined
      if (!waited) await this.#announce(groupId, taking)
      const renewAt = performance.now() + renewMs
      for (;;) {
        const mark = news.mark(groupId)
        const asks = await this.#asks.open(groupId, have)
        const work = [...asks, ...(await this.writes.ready(groupId, have))]
        const now = performance.now()
        if (work.length > 0) return waited && !(await taking.mayGoOn()) ? [] : work
        if (now >= until || taking.signal.aborted) return []
        waited = true
        if (now >= renewAt) break
        await news.next(groupId, mark, { ms: Math.min(until, renewAt) - now, signal: taking.signal })
      }
    }
  }

  /** Keeps what a PMS answered; undefined where another agent is connected. */
  async report(
    groupId: number,
    { agentId, results, leaving }: { agentId: string; results: readonly BridgeResult[]; leaving: boolean },
  ): Promise<string[] | undefined> {
    if (!(await this.#leases.mayReport(groupId, agentId))) return undefined
    for (const result of results) {
      await this.#asks.answer(groupId, result)
      await this.writes.report(groupId, result)
    }
    if (leaving) await this.#leases.release(groupId, agentId)
    return results.map(({ id }) => id)
  }

  async #announce(groupId: number, { allow, services }: Announcement): Promise<void> {
    const { db } = this.#parts
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await db.get(pmsDocId(groupId))) as PmsDoc | undefined
      if (doc && isDeepStrictEqual([doc.allow, doc.services], [allow, services])) return
      const next = { ...(doc ?? { _id: pmsDocId(groupId), type: 'pms', groupId }), allow, services }
      const [result] = await db.write([next])
      if (result?.ok) return
    }
  }

  async health(groupId: number): Promise<BridgeHealth> {
    const [pms, lease, waiting] = await Promise.all([
      this.pms(groupId),
      this.#leases.of(groupId),
      this.writes.waiting(groupId),
    ])
    return {
      configured: pms !== undefined,
      up: pms ? lease !== undefined && lease.until > this.#parts.now() : null,
      ...{ lastSeenAt: lease?.seenAt ?? null, software: lease?.software ?? null },
      ...{ waiting: waiting.count, waitingSince: waiting.since },
    }
  }

  /** Of every group that has a PMS. */
  async readings(): Promise<(BridgeHealth & { groupId: number })[]> {
    const found = (await this.#parts.db.range(everyPms)) as PmsDoc[]
    return await Promise.all(found.map(async ({ groupId }) => ({ groupId, ...(await this.health(groupId)) })))
  }

  /** The sealed parts of a write, opened. */
  opened(doc: WriteDoc): { request: unknown; answer: unknown } {
    const { seals } = this.#parts
    return {
      request: seals.open(doc.request),
      answer: doc.answer === null ? undefined : seals.open(doc.answer),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.news[Symbol.asyncDispose]()
  }
}
