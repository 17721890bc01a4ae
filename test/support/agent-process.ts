/** The bridge's agent in a process of its own, as a practice runs it; it can be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AgentSettings } from '../../server/bridge/agent/settings.ts'

const envOf = (settings: AgentSettings): Record<string, string> => ({
  ...{ BRIDGE_SERVER: settings.server, BRIDGE_ACCOUNT: settings.accountId, BRIDGE_API_KEY: settings.apiKey },
  BRIDGE_DATA_DIR: settings.dataDir,
  BRIDGE_ALLOW: settings.allow.map(({ methods, path }) => `${methods.join(',')} ${path}`).join('; '),
  ...{ PMS_URL: settings.pmsUrl, PMS_DEDUPLICATES: settings.deduplicates ? '1' : '0' },
  ...{ PMS_TIMEOUT: String(Math.ceil(settings.timeoutMs / 1000)), PMS_PROBE: settings.probe },
  ...{
    PMS_USERS: settings.services.users ? '1' : '0',
    PMS_DOCUMENTS: settings.services.documents ? '1' : '0',
  },
  LOG_LEVEL: 'info',
})

export class AgentProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(settings: AgentSettings) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', 'server/bridge/agent/main.ts'], {
      env: { ...process.env, ...envOf(settings) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer): void => void (this.#output += chunk.toString())
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
  }

  get output(): string {
    return this.#output
  }

  /** Ends it by a signal; its exit code, null where the signal ended it. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    }
    return child.exitCode
  }

  /** Resolves with its exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}
