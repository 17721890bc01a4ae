/** `npm run import`: the only place of the importer that knows the environment, signals and the exit code. */
import path from 'node:path'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { ConfigError, readConfig } from '../config.ts'
import { knownSigningKeys, withoutKeys } from '../auth/secret-file.ts'
import { openStore } from '../store.ts'
import { StoreLocked } from '../../sync/store/level/store-locked.ts'
import { StoreUnavailable } from '../../sync/store/port.ts'
import type { Destination } from './destination.ts'
import { ImportError } from './errors.ts'
import { readOptions, usage, type ImportOptions } from './options.ts'
import { ownStoreDestination } from './own-store.ts'
import { Rejects } from './rejects.ts'
import { checkFiles, runImport, type ImportReport } from './run.ts'
import { findRunningServer, serverDestination } from './running-server.ts'
import { summary } from './summary.ts'

/** A stop asked for twice, at least this far apart, is not waited for. */
const insistMs = 1000

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** The server that has the data open, or else the store itself. */
const openDestination = async (options: ImportOptions): Promise<Destination> => {
  // Of the server's settings only those of its store matter here, so nothing asks for the others, as in the demo.
  const { dataDir: dir } = options
  const config = readConfig({ ...process.env, ...(dir === undefined ? {} : { DATA_DIR: dir }) }, ['--demo'])
  const dataDir = path.resolve(config.dataDir)
  const place = { groupId: options.groupId, siteId: options.settings.siteId }
  const server = await findRunningServer(dataDir)
  if (server) return await serverDestination(server, place)
  const store = await openStore(config)
  const log = { error: (details: object, message: string) => say(`${message}: ${JSON.stringify(details)}`) }
  const keys = await knownSigningKeys(config)
  if (keys.length === 0) say(withoutKeys)
  const { auditKeepDays } = config
  return await ownStoreDestination({ store, dataDir, place, now: Date.now, log, keys, auditKeepDays })
}

/** Aborts at the first signal; a moment later the signals have their usual effect again. */
const stopOnSignals = (): { signal: AbortSignal; release: () => void } => {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const release = (): void => {
    clearTimeout(timer)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
  }
  const stop = (): void => {
    // A terminal and npm may both send it for one Ctrl-C.
    if (controller.signal.aborted) return
    say('\nStopping after this batch. Run the same command again to go on.')
    controller.abort()
    timer = setTimeout(release, insistMs)
    timer.unref()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop)
  return { signal: controller.signal, release }
}

const run = async (options: ImportOptions): Promise<ImportReport> => {
  await checkFiles(options)
  const { signal, release } = stopOnSignals()
  try {
    const started = performance.now()
    await using destination = await openDestination(options)
    say(`Writing to ${destination.description}`)
    const rejects = await Rejects.at(options.rejects)
    let report: ImportReport
    try {
      report = await runImport({
        options,
        destination,
        rejects,
        output: process.stderr,
        now: Date.now,
        signal,
      })
    } finally {
      await rejects[Symbol.asyncDispose]()
    }
    const seconds = (performance.now() - started) / 1000
    const peakBytes = process.resourceUsage().maxRSS * 1024
    console.log(summary(report, { seconds, peakBytes, rejects: options.rejects }))
    return report
  } finally {
    release()
  }
}

/** What a person can mend: its message says it all. */
const isExpected = (error: unknown): error is Error =>
  [ImportError, ConfigError, StoreLocked, StoreUnavailable].some((kind) => error instanceof kind)

/** A file of which nothing could be taken is most often the wrong one, or read by the wrong columns. */
const exitCodeOf = ({ files, stopped }: ImportReport): number =>
  stopped ? 130 : files.some(({ rows, refused }) => rows > 0 && refused === rows) ? 1 : 0

const main = async (): Promise<number> => {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === 'help') {
      console.log(usage)
      return 0
    }
    return exitCodeOf(await run(options))
  } catch (error) {
    say(isExpected(error) ? error.message : `The import failed: ${inspect(error)}`)
    return 1
  }
}

// An import makes much and keeps nothing. Left alone, V8 lets three quarters of the heap be garbage before it looks.
setFlagsFromString('--heap-growing-percent=60')
process.exitCode = await main()
