import type { Request, Response } from 'express'
import type { Caller } from '../auth/identity.ts'
import type { Exchange } from './exchange.ts'
import { onlyOnce, type Undertaking } from './idempotency.ts'
import { fail } from './problem.ts'
import type { ValidInput } from './validate.ts'

/** The request that is answered. */
interface Answered {
  request: Request
  response: Response
  exchange: Exchange
  /** Aborted when the server is stopping. */
  stopping: AbortSignal
}

/** What a handler is given (handler.ts). Its signal is made only where a handler asks for it. */
export class CallInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly caller: Caller
  readonly fail = fail
  readonly ifMatch: readonly string[] | undefined
  readonly requestId: string
  readonly receivedAt: number
  readonly request: Request
  readonly #response: Response
  readonly #exchange: Exchange
  /** Set where the request has an `Idempotency-Key`. */
  undertaking: Undertaking | undefined
  /** What a handler said that its answer shows. */
  shownCount: number | undefined
  readonly #stopping: AbortSignal
  #signal: AbortSignal | undefined

  constructor(answered: Answered, valid: ValidInput, caller: Caller, ifMatch: CallInput['ifMatch']) {
    const { request, response, exchange, stopping } = answered
    this.ifMatch = ifMatch
    this.params = valid.params
    this.query = valid.query
    this.body = valid.body
    this.caller = caller
    this.requestId = exchange.requestId
    this.receivedAt = exchange.receivedAt
    this.request = request
    this.#response = response
    this.#exchange = exchange
    this.#stopping = stopping
  }

  shown(records: number): void {
    this.shownCount = (this.shownCount ?? 0) + records
  }

  derivedId(name: string): string {
    return (this.undertaking ??= onlyOnce()).derivedId(name)
  }

  planned<T>(decide: () => Promise<T>): Promise<T> {
    return (this.undertaking ??= onlyOnce()).planned(decide)
  }

  get address(): string {
    return this.#exchange.address
  }

  /** For a handler that writes the answer itself. */
  get response(): Response {
    this.#exchange.head.handOver(this.#response)
    return this.#response
  }

  get signal(): AbortSignal {
    if (this.#signal) return this.#signal
    const controller = new AbortController()
    const abort = (): void => controller.abort()
    this.#response.once('close', () => {
      this.#stopping.removeEventListener('abort', abort)
      abort()
    })
    this.#stopping.addEventListener('abort', abort, { once: true })
    if (this.#stopping.aborted) abort()
    return (this.#signal = controller.signal)
  }
}
