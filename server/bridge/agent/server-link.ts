/** The agent's calls to the Vetspace server. */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { z } from 'zod'
import { LinkedSignal } from '../../../sync/linked-signal.ts'
import { bridgeReport, bridgeTake, type BridgeResult, type BridgeWork } from '../../contract/bridge-agent.ts'
import type { AgentSettings } from './settings.ts'

/** A server that has not answered by then is not going to. */
const patienceMs = 15_000
export const pollSeconds = 25

/** The server did not take the call. */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

const problem = z.object({ code: z.string(), detail: z.string() })
const loggedIn = z.object({ token: z.string() })

interface Taking {
  agentId: string
  software: string
  have: string[]
  signal: AbortSignal
}

export class ServerLink {
  readonly #settings: AgentSettings
  #token: Promise<string> | undefined

  constructor(settings: AgentSettings) {
    this.#settings = settings
  }

  /** A long poll for work. */
  async take({ signal, ...taking }: Taking): Promise<BridgeWork[]> {
    const { allow, services } = this.#settings
    const body = { ...taking, allow, services, waitSeconds: pollSeconds }
    using limit = new LinkedSignal([signal], pollSeconds * 1000 + patienceMs)
    const response = await this.#call('/v2/bridge/agent', { body, signal: limit.signal })
    return bridgeTake.responses[200].body.parse(await response.json()).work
  }

  /** Ids of results that the server has. */
  async report(agentId: string, results: readonly BridgeResult[], leaving = false): Promise<string[]> {
    const body = { agentId, results, leaving }
    const response = await this.#call('/v2/bridge/agent/results', {
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    return bridgeReport.responses[200].body.parse(await response.json()).accepted
  }

  /** The bytes of a document's file. */
  async file(writeId: string, signal: AbortSignal): Promise<Readable> {
    const response = await this.#call(`/v2/bridge/agent/files/${writeId}`, { signal })
    return Readable.fromWeb(response.body as ReadableStream)
  }

  async #call(where: string, { body, signal }: { body?: unknown; signal: AbortSignal }): Promise<Response> {
    const token = await (this.#token ??= this.#login())
    const response = await fetch(this.#settings.server + where, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ApiToken: token, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
    if (response.ok) return response
    if (response.status === 401) this.#token = undefined
    return await refused(response)
  }

  async #login(): Promise<string> {
    try {
      const { server, accountId, apiKey } = this.#settings
      const response = await fetch(`${server}/v2/authentication/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ accountId, apiKey }),
        signal: AbortSignal.timeout(patienceMs),
      })
      if (!response.ok) return await refused(response)
      return loggedIn.parse(await response.json()).token
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }
}

const refused = async (response: Response): Promise<never> => {
  const { data } = problem.safeParse(await response.json().catch(() => undefined))
  throw new ServerRefused(
    response.status,
    data?.code ?? 'UNKNOWN',
    data?.detail ?? `Status ${response.status}`,
  )
}
