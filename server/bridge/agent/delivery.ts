/**
 * One write to the PMS, delivered once. What stands in the journal decides: a write whose answer is there is not sent
 * again; one that was begun and never ended is in doubt, and is sent again only to a PMS that does what has the same
 * `Idempotency-Key` once.
 */
import type { Logger } from 'pino'
import { isAllowed } from '../allow-list.ts'
import type { BridgeFailure, BridgeRequest, BridgeResult, BridgeWork } from '../../contract/bridge-agent.ts'
import type { Journal } from './journal.ts'
import type { Pms } from './pms.ts'
import type { ServerLink } from './server-link.ts'
import type { AgentSettings } from './settings.ts'

/** A write that the PMS has left without an answer so often, while it answered its probe, is given up. */
const mostDoubts = 5
/** A document whose file could not be had so often is not handed over. */
const mostMissing = 5

export interface DeliveryOptions {
  settings: AgentSettings
  journal: Journal
  pms: Pms
  link: ServerLink
  log: Logger
  /** Resolves after a pause that grows with `tries`; rejects when the agent stops. */
  pause: (tries: number) => Promise<void>
  /** Aborted when the agent stops and its patience is over. */
  signal: AbortSignal
}

/** Whether a request may go to the PMS at all. */
export const refusal = (settings: AgentSettings, request: BridgeRequest): BridgeFailure | undefined => {
  const { allow, services } = settings
  switch (request.operation) {
    case 'call':
      if (isAllowed(allow, request)) return undefined
      return { code: 'NOT_ALLOWED', reason: 'The practice’s agent does not let this path through' }
    case 'verifyUser':
    case 'changePassword':
      return services.users ? undefined : { code: 'NOT_ALLOWED', reason: 'The PMS has no users for this' }
    case 'document':
      return services.documents ? undefined : { code: 'NOT_ALLOWED', reason: 'The PMS takes no documents' }
  }
}

export class Delivery {
  readonly #options: DeliveryOptions
  /** Whether the PMS was away when last something was sent. */
  #away = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Goes on until there is a result; rejects only when the agent stops. */
  async deliver({ id, request }: BridgeWork): Promise<BridgeResult> {
    const { settings, journal } = this.#options
    const known = await journal.get(id)
    if (known && known.state !== 'began') return known.result
    if (known && !settings.deduplicates)
      return await this.#fail(id, 'UNCERTAIN', 'The agent was stopped while the PMS was doing it')
    const refused = refusal(settings, request)
    if (refused) return await this.#end({ id, failure: refused })
    for (let doubts = 0, missing = 0; ;) {
      await this.#untilPmsAnswers()
      const sent = await this.#send(id, request)
      switch (sent.how) {
        case 'answered':
          return await this.#end({ id, answer: sent.answer })
        case 'notThere':
          missing += sent.gone ? 1 : 0
          if (missing >= mostMissing) return await this.#fail(id, 'GONE', 'The file of the document is gone')
          await this.#options.pause(missing + 1)
          break
        case 'notSent':
        case 'later':
          // The PMS has nothing of it, so that a later try is the first.
          if (doubts === 0) await journal.forget(id)
          this.#tell(sent.reason)
          break
        case 'noAnswer':
          doubts += 1
          this.#tell(sent.reason)
          if (!settings.deduplicates || doubts >= mostDoubts)
            return await this.#fail(
              id,
              'UNCERTAIN',
              `It was sent, and the PMS gave no answer (${sent.reason})`,
            )
      }
    }
  }

  async #send(id: string, request: BridgeRequest) {
    const { settings, journal, pms, link, signal } = this.#options
    await journal.began(id, Date.now())
    const { timeoutMs } = settings
    const file = (until: AbortSignal) => link.file(id, until)
    return await pms.send(request, { idempotencyKey: id, timeoutMs, signal, file })
  }

  #tell(reason: string): void {
    if (!this.#away) this.#options.log.warn({ reason }, 'The PMS does not answer; writes wait for it')
    this.#away = true
  }

  async #untilPmsAnswers(): Promise<void> {
    const { pms, pause, signal, log } = this.#options
    for (let tries = 0; this.#away; tries += 1) {
      signal.throwIfAborted()
      await pause(tries)
      if (!(await pms.answers(signal))) continue
      this.#away = false
      log.info('The PMS answers again')
    }
  }

  async #fail(id: string, code: BridgeFailure['code'], reason: string): Promise<BridgeResult> {
    return await this.#end({ id, failure: { code, reason: reason.slice(0, 200) } })
  }

  async #end(result: BridgeResult): Promise<BridgeResult> {
    await this.#options.journal.ended(result, Date.now())
    return result
  }
}
