/** `npm run import` in a process of its own, as a practice runs it; and what it left in the store. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readConfig } from '../../server/config.ts'
import { openStore } from '../../server/store.ts'
import { openGroups, type Group } from '../../sync/group.ts'
import type { StoredDoc } from '../../sync/store/port.ts'

export interface ImportEnd {
  code: number | null
  stdout: string
  stderr: string
}

/** The server's, with which the audit record is sealed. */
const secret = 'hQ7dVw2LpZ9sKx4TmN8rBc5YfG3jXa6E'

export class ImportProcess {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''
  #listener: () => void = () => undefined

  constructor(dataDir: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', 'server/import/cli.ts', ...args], {
      env: { ...process.env, DATA_DIR: dataDir, COUCHDB_URL: '', TOKEN_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#listener()
    })
  }

  /** Resolves when stderr has matched; rejects when the process ends without. */
  async printed(pattern: RegExp): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#listener = () => pattern.test(this.#stderr) && resolve()
      this.#listener()
    })
    const ended = this.#closed.then(() => {
      throw new Error(`It ended without printing ${String(pattern)}:\n${this.#stderr}${this.#stdout}`)
    })
    await Promise.race([seen, ended])
    ended.catch(() => undefined)
  }

  kill(signal: 'SIGKILL' | 'SIGINT'): void {
    this.#child.kill(signal)
  }

  async end(): Promise<ImportEnd> {
    await this.#closed
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr }
  }
}

/** Runs an import to its end. */
export const importFiles = (dataDir: string, ...args: string[]): Promise<ImportEnd> =>
  new ImportProcess(dataDir, args).end()

/** Opens group 1 of a data directory that no other process has open. */
export const withGroup = async <T>(dataDir: string, use: (group: Group) => Promise<T>): Promise<T> => {
  const store = await openStore(readConfig({ DATA_DIR: dataDir }, ['--demo']))
  const log = {
    error: (details: object, message: string) => {
      throw new Error(`${message}: ${JSON.stringify(details)}`)
    },
  }
  const groups = openGroups({ store, dataDir, now: Date.now, log })
  try {
    return await use(await groups.get(1))
  } finally {
    await groups[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
}

/** The documents of a type that are stored, by id. */
export const storedOf = (dataDir: string, type: string): Promise<StoredDoc[]> =>
  withGroup(dataDir, ({ db }) => db.range({ from: `${type}:`, to: `${type}:\uffff` }))
