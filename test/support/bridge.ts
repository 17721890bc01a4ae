/** A practice with a PMS of its own: a server, the stand-in PMS, and the bridge's agent between them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { BridgeAgent } from '../../server/bridge/agent/agent.ts'
import type { AgentSettings } from '../../server/bridge/agent/settings.ts'
import { demoAccountId } from '../../server/demo/practice.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { Owned } from '../../server/owned.ts'
import { StandInPms } from './stand-in-pms.ts'
import { startServer, type Answer, type TestServer } from './server.ts'

export const patientPaths: AgentSettings['allow'] = [
  { methods: ['GET', 'POST'], path: '/patients' },
  { methods: ['GET', 'PUT'], path: '/patients/*' },
]

/** An agent key of a group, under the demo's account. */
export const agentKeyOf = async (server: TestServer, groupId = 1) =>
  await server.context.accounts.admin.createKey(demoAccountId, {
    ...{ kind: 'agent', groupIds: [groupId], expiresAt: null },
  })

/** Asks again until the answer is yes; the test's own time limit ends it otherwise. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await pause(5)
}

export interface BridgedOptions {
  /** Whether the PMS does what has the same `Idempotency-Key` once. */
  deduplicates?: boolean
  /** How long callers wait for the PMS. */
  timeoutMs?: number
  /** Kept by whoever gives it. */
  server?: TestServer
}

export class BridgedPractice implements AsyncDisposable {
  readonly server: TestServer
  readonly pms: StandInPms
  readonly agentDir: string
  readonly agentKey: { keyId: string; apiKey: string }
  readonly #owned: Owned
  readonly #key: string
  agent: BridgeAgent | undefined
  #told: Partial<AgentSettings> = {}

  private constructor(parts: {
    server: TestServer
    pms: StandInPms
    agentDir: string
    agentKey: { keyId: string; apiKey: string }
    key: string
    owned: Owned
  }) {
    this.server = parts.server
    this.pms = parts.pms
    this.agentDir = parts.agentDir
    this.agentKey = parts.agentKey
    this.#key = parts.key
    this.#owned = parts.owned
  }

  static async open(options: BridgedOptions = {}): Promise<BridgedPractice> {
    const owned = new Owned()
    const agentDir = await mkdtemp(path.join(tmpdir(), 'vetspace-agent-'))
    owned.defer(() => rm(agentDir, { recursive: true, force: true }))
    const pms = owned.use(await StandInPms.open({ deduplicates: options.deduplicates ?? true }))
    const seed = { seed: ({ accounts }: TestServer['context']) => seedAccounts({ accounts }) }
    const config = { bridgeTimeoutMs: options.timeoutMs ?? 20_000 }
    const server = options.server ?? owned.use(await startServer({ ...seed, config }))
    const agentKey = await agentKeyOf(server)
    const key = await server.login()
    return new BridgedPractice({ server, pms, agentDir, agentKey, key, owned })
  }

  settings(told: Partial<AgentSettings> = {}): AgentSettings {
    return {
      ...{ server: this.server.url, accountId: demoAccountId, apiKey: this.agentKey.apiKey },
      ...{
        dataDir: this.agentDir,
        allow: patientPaths,
        pmsUrl: this.pms.url,
        pmsAuthorization: 'Basic cG1zOnNlY3JldA==',
      },
      ...{ deduplicates: true, services: { users: true, documents: true }, probe: '/', timeoutMs: 5000 },
      ...{ logLevel: 'silent', ...this.#told, ...told },
    }
  }

  /** Starts the agent, and waits until the server has heard of it. */
  async connect(told: Partial<AgentSettings> = {}): Promise<void> {
    this.#told = { ...this.#told, ...told }
    this.agent = await BridgeAgent.start(this.settings(), pino({ level: 'silent' }))
    await until(async () => (await this.server.context.bridge.health(1)).up === true)
  }

  async disconnect(): Promise<void> {
    await this.agent?.[Symbol.asyncDispose]()
    this.agent = undefined
  }

  get headers(): { ApiToken: string } {
    return { ApiToken: this.#key }
  }

  get(where: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.server.request(`/v2/bridge/1/${where}`, { headers: { ...this.headers, ...headers } })
  }

  write(
    method: 'PUT' | 'POST',
    where: string,
    json: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.server.request(`/v2/bridge/1/${where}`, {
      method,
      json,
      headers: { ...this.headers, ...headers },
    })
  }

  /** The fate of a write that was answered 202. */
  async fate(queued: Answer): Promise<Record<string, unknown>> {
    const { body } = await this.server.request(String(queued.body['statusUrl']), { headers: this.headers })
    return body
  }

  /** The fate when it is no longer WAITING. */
  async settled(queued: Answer): Promise<Record<string, unknown>> {
    await until(async () => (await this.fate(queued))['status'] !== 'WAITING')
    return await this.fate(queued)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect()
    await this.#owned[Symbol.asyncDispose]()
  }
}
