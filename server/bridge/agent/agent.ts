/**
 * The agent at a practice: it dials out to the server, carries questions and writes to the PMS, and tells what came
 * of them. Questions are carried at once, writes one after the other in the order in which the server gives them.
 */
import type { Logger } from 'pino'
import type { BridgeResult, BridgeWork } from '../../contract/bridge-agent.ts'
import { version } from '../../version.ts'
import { Delivery, refusal } from './delivery.ts'
import { Journal } from './journal.ts'
import { Pms } from './pms.ts'
import { ServerLink, ServerRefused } from './server-link.ts'
import type { AgentSettings } from './settings.ts'

const software = `vetspace-bridge-agent/${version}`
const firstPauseMs = 250
const longestPauseMs = 30_000
/** What the PMS is doing when the agent is told to stop may take so long. */
const drainMs = 5000
const pruneMs = 86_400_000
/** base64 characters told in one call. */
const mostTold = 8_000_000

export class BridgeAgent implements AsyncDisposable {
  readonly #settings: AgentSettings
  readonly #log: Logger
  readonly #journal: Journal
  readonly #link: ServerLink
  readonly #pms: Pms
  readonly #delivery: Delivery
  /** Nothing new is begun. */
  readonly #stopping = new AbortController()
  /** What is under way is given up. */
  readonly #ended = new AbortController()
  readonly #asks = new Map<string, Promise<void>>()
  #lane: BridgeWork[] = []
  /** Results that the server does not have yet, by id. */
  readonly #untold = new Map<string, BridgeResult>()
  readonly #sleepers = new Set<() => void>()
  #troubled: string | undefined
  readonly #loops: Promise<unknown>
  readonly #pruning: NodeJS.Timeout

  private constructor(
    settings: AgentSettings,
    log: Logger,
    journal: Journal,
    untold: readonly BridgeResult[],
  ) {
    this.#settings = settings
    this.#log = log
    this.#journal = journal
    this.#link = new ServerLink(settings)
    this.#pms = new Pms(settings)
    for (const result of untold) this.#untold.set(result.id, result)
    this.#delivery = new Delivery({
      ...{ settings, journal, log, pms: this.#pms, link: this.#link, signal: this.#ended.signal },
      pause: (tries) => this.#pause(tries, true),
    })
    this.#loops = Promise.all([this.#takeLoop(), this.#laneLoop(), this.#tellLoop()])
    this.#pruning = setInterval(() => void this.#prune(), pruneMs)
    this.#pruning.unref()
  }

  /** Opens the journal and begins. @throws where another agent has the journal */
  static async start(settings: AgentSettings, log: Logger): Promise<BridgeAgent> {
    const journal = await Journal.open(settings.dataDir)
    await journal.prune(Date.now())
    return new BridgeAgent(settings, log, journal, await journal.untold())
  }

  async #takeLoop(): Promise<void> {
    const { signal } = this.#stopping
    for (let tries = 0; !signal.aborted;) {
      try {
        const have = [...this.#asks.keys(), ...this.#lane.map(({ id }) => id), ...this.#untold.keys()].slice(
          0,
          200,
        )
        const { agentId } = this.#journal
        this.#take(await this.#link.take({ agentId, software, have, signal }))
        this.#reached()
        tries = 0
      } catch (error) {
        if (signal.aborted) return
        this.#trouble(error)
        await this.#pause((tries += 1))
      }
    }
  }

  #take(work: readonly BridgeWork[]): void {
    for (const one of work) {
      if (this.#asks.has(one.id) || this.#untold.has(one.id) || this.#lane.some(({ id }) => id === one.id))
        continue
      if (one.kind === 'write') this.#lane.push(one)
      else
        this.#asks.set(
          one.id,
          this.#answer(one).finally(() => this.#asks.delete(one.id)),
        )
    }
    this.#woken()
  }

  /** A question: what cannot be answered now is told so. */
  async #answer({ id, request, waitMs }: BridgeWork): Promise<void> {
    const refused = refusal(this.#settings, request)
    const timeoutMs = Math.max(1, Math.min(waitMs, this.#settings.timeoutMs))
    const file = () => Promise.reject(new Error('a question has no file'))
    const sent = refused
      ? undefined
      : await this.#pms.send(request, { timeoutMs, signal: this.#ended.signal, file })
    if (sent?.how === 'answered' && !sent.cut) return this.#tell({ id, answer: sent.answer })
    if (sent?.how === 'answered')
      return this.#tell({
        id,
        failure: { code: 'TOO_LARGE', reason: 'The PMS’s answer is larger than 4 MB' },
      })
    const code = sent?.how === 'noAnswer' ? 'NO_ANSWER' : 'UNREACHABLE'
    this.#tell({
      id,
      failure: refused ?? { code, reason: `The PMS did not answer: ${sent?.reason}`.slice(0, 200) },
    })
  }

  #tell(result: BridgeResult): void {
    this.#untold.set(result.id, result)
    this.#woken()
  }

  async #laneLoop(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const [next] = this.#lane
      if (!next) {
        await this.#wake()
        continue
      }
      try {
        const result = await this.#delivery.deliver(next)
        // It is told as long as it is in hand, so that the server does not give it again in between.
        this.#tell(result)
        this.#lane = this.#lane.filter((one) => one !== next)
      } catch (error) {
        if (signal.aborted) return
        this.#log.error({ err: error }, 'A write could not be carried')
        await this.#pause(5)
      }
    }
  }

  async #tellLoop(): Promise<void> {
    const { signal } = this.#stopping
    for (let tries = 0; !signal.aborted;) {
      if (this.#untold.size === 0) {
        await this.#wake()
        continue
      }
      try {
        await this.#tellServer(false)
        tries = 0
      } catch (error) {
        this.#trouble(error)
        await this.#pause((tries += 1))
      }
    }
  }

  async #tellServer(leaving: boolean): Promise<void> {
    const batch: BridgeResult[] = []
    let size = 0
    for (const result of this.#untold.values()) {
      size += result.answer?.body.length ?? 0
      if (batch.length > 0 && (size > mostTold || batch.length >= 50)) break
      batch.push(result)
    }
    const accepted = new Set(await this.#link.report(this.#journal.agentId, batch, leaving))
    for (const result of batch) {
      if (!accepted.has(result.id)) continue
      if ((await this.#journal.get(result.id))?.state === 'ended')
        await this.#journal.told(result, Date.now())
      this.#untold.delete(result.id)
    }
  }

  /** Resolves when there is something new to do. */
  #wake(): Promise<void> {
    return new Promise<void>((resolve) => void this.#sleepers.add(resolve))
  }

  #woken(): void {
    for (const wake of this.#sleepers) wake()
    this.#sleepers.clear()
  }

  /** A pause that grows; over at once when the agent stops, and then rejects where that is asked for. */
  async #pause(tries: number, rejects = false): Promise<void> {
    const { signal } = this.#stopping
    const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    })
    if (rejects) signal.throwIfAborted()
  }

  #reached(): void {
    if (this.#troubled !== undefined) this.#log.info('The server answers again')
    this.#troubled = undefined
  }

  /** Told once, until it changes. */
  #trouble(error: unknown): void {
    const message =
      error instanceof ServerRefused ? `${error.code}: ${error.message}` : 'The server does not answer'
    if (message !== this.#troubled) this.#log.warn({ err: error }, message)
    this.#troubled = message
  }

  async #prune(): Promise<void> {
    try {
      await this.#journal.prune(Date.now())
    } catch (error) {
      this.#log.error({ err: error }, 'The journal could not be pruned')
    }
  }

  /** Finishes what the PMS is doing, within five seconds, tells the server, and lets go. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pruning)
    this.#stopping.abort()
    this.#woken()
    const late = setTimeout(() => this.#ended.abort(), drainMs)
    await this.#loops.catch(() => undefined)
    await Promise.all(this.#asks.values())
    clearTimeout(late)
    await this.#tellServer(true).catch(() => undefined)
    await this.#journal[Symbol.asyncDispose]()
  }
}
