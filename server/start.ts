/** Starts the whole server, and stops it in order: listeners drained first, then what they used is closed. */
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { backupRouter } from './backup/router.ts'
import { buildApp, type AppOptions } from './app.ts'
import type { Config } from './config.ts'
import { openContext, type AppContext, type ContextOptions } from './context.ts'
import { seedDemo } from './demo/seed.ts'
import { cliRouter } from './cli/router.ts'
import { buildAdmin } from './http/admin.ts'
import { importRouter } from './import/router.ts'
import { listen } from './listen.ts'
import { Owned } from './owned.ts'
import { removeOwner, writeOwner } from './owner-file.ts'

/** Since it began to stop, a store that is elsewhere is waited for so long: the server ends within 10 s. */
const giveUpMs = 8000
/** The importer and the command line begin again where they were cut off. */
const adminDrainMs = 2000

/**
 * A running server. Disposing it stops taking requests, finishes those under way and closes everything, all within 10 s
 * also where a CouchDB does not answer.
 */
export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly context: AppContext
}

export interface StartOptions extends ContextOptions, Pick<AppOptions, 'calls'> {
  /** What the demo begins with, where that is not the whole demo practice. */
  seed?: (context: AppContext) => Promise<void>
}

export const startServer = async (config: Config, options: StartOptions): Promise<RunningServer> => {
  const owned = new Owned()
  const givingUp = new AbortController()
  setMaxListeners(0, givingUp.signal) // one for each request to the store
  try {
    const context = owned.use(await openContext(config, { ...options, givenUp: givingUp.signal }))
    if (config.demo) await (options.seed ?? seedDemo)(context)
    await startAdmin(context, owned)
    const { host, port, tls, headersTimeoutMs } = config
    const { calls = [] } = options
    const onCertificate = certificateTold(options.log)
    const serve = (stopping: AbortSignal) => buildApp(context, { stopping, calls })
    const { url } = owned.use(await listen({ host, port, tls, headersTimeoutMs, onCertificate, serve }))
    const dispose = async (): Promise<void> => {
      const late = setTimeout(() => {
        options.log.warn('The store does not answer in time; the server stops without it')
        givingUp.abort()
      }, giveUpMs)
      await owned[Symbol.asyncDispose]().finally(() => clearTimeout(late))
    }
    return { url, context, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await owned[Symbol.asyncDispose]()
    throw error
  }
}

const certificateTold =
  (log: ContextOptions['log']) =>
  (fault: Error | undefined): void => {
    if (fault) log.error({ err: fault }, 'The changed certificate is not used; the one before goes on')
    else log.info('The changed certificate is in use')
  }

const startAdmin = async (context: AppContext, owned: Owned): Promise<void> => {
  const { config, log } = context
  const token = randomBytes(32).toString('base64url')
  const routers = [importRouter(context), cliRouter(context), backupRouter(context)]
  const serve = () => buildAdmin({ token, log, routers })
  const { url } = owned.use(
    await listen({ host: '127.0.0.1', port: 0, silenceMs: 0, drainMs: adminDrainMs, serve }),
  )
  const owner = { pid: process.pid, url, token }
  await writeOwner(config.dataDir, owner)
  owned.defer(() => removeOwner(config.dataDir, owner))
}
