/** The server in a process of its own, as an operator runs it; it can be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export class ServerProcess implements AsyncDisposable {
  readonly url: string
  readonly #env: NodeJS.ProcessEnv
  readonly #command: readonly string[]
  #child: ChildProcess | undefined
  #output = ''

  /**
   * @param options.script what runs in place of the server's own `main.ts`; it is given `--demo` too
   * @param options.built the compiled server of `dist`
   */
  constructor(options: {
    port: number
    dataDir: string
    env?: Record<string, string>
    script?: string
    built?: boolean
  }) {
    this.#command = options.built
      ? ['dist/server/main.js']
      : ['--import', 'tsx', options.script ?? 'server/main.ts']
    this.url = `http://127.0.0.1:${options.port}`
    this.#env = {
      ...process.env,
      PORT: String(options.port),
      DATA_DIR: options.dataDir,
      LOG_LEVEL: 'warn',
      ...options.env,
    }
  }

  /** Resolves when the server answers /health. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [...this.#command, '--demo'], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const keep = (chunk: Buffer): void =>
      void (this.#output = (this.#output + chunk.toString()).slice(-20_000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const ended = once(child, 'exit').then(() => {
      throw new Error(`The server ended before it answered:\n${this.#output}`)
    })
    ended.catch(() => undefined)
    while (!(await Promise.race([this.#answers(), ended]))) await new Promise((r) => setTimeout(r, 25))
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).ok
    } catch {
      return false
    }
  }

  /** The last of what the server printed. */
  get output(): string {
    return this.#output
  }
  /** Null while it runs, and where a signal ended it. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null
  }
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Ends the server by a signal and waits until it is gone. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGTERM')
  }
}
