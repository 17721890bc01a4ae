/** The server's process: the only reader of the environment, the arguments and signals. */
import { once } from 'node:events'
import { pino } from 'pino'
import { StoreLocked } from '../sync/store/level/store-locked.ts'
import { StoreUnavailable } from '../sync/store/port.ts'
import { ConfigError, readConfig } from './config.ts'
import { greeting } from './demo/greeting.ts'
import { startServer } from './start.ts'
import { StoreUnfinished } from './unfinished.ts'

/** The first signal; further ones then have their usual effect. */
const stopSignal = async (): Promise<string> => {
  const heard = new AbortController()
  const names = ['SIGTERM', 'SIGINT'] as const
  const waits = names.map(async (name) => {
    await once(process, name, { signal: heard.signal })
    return name
  })
  for (const wait of waits) wait.catch(() => undefined) // the one that is not heard is called off
  try {
    return await Promise.race(waits)
  } finally {
    heard.abort()
  }
}

/** What of the machine keeps a server from starting, and is no fault of the program. */
const startFaults = new Set([
  ...['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'], // HOST, PORT
  ...[
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOENT',
    'ENOTDIR',
    'EISDIR',
    'ENOSPC',
    'EDQUOT',
    'EMFILE',
    'ENAMETOOLONG',
  ],
])

class StartFault extends Error {}

const inPlainWords = (error: unknown): never => {
  if (error instanceof Error && 'code' in error && startFaults.has(String(error.code)))
    throw new StartFault(`The server cannot start: ${error.message}`, { cause: error })
  throw error
}

const main = async (): Promise<void> => {
  const stopped = stopSignal()
  const config = readConfig(process.env, process.argv.slice(2))
  const log = pino({ level: config.logLevel, base: null })
  const server = await startServer(config, { log }).catch(inPlainWords)
  try {
    log.info({ url: server.url }, 'Listening')
    if (config.demo) console.log(greeting(server.url))
    log.info({ signal: await stopped }, 'Stopping')
  } finally {
    await server[Symbol.asyncDispose]()
  }
  log.info('Stopped')
}

/** What the operator can mend is told in plain words, without a stack. */
const isExpected = (error: unknown): error is Error =>
  error instanceof ConfigError ||
  error instanceof StoreLocked ||
  error instanceof StoreUnavailable ||
  error instanceof StoreUnfinished ||
  error instanceof StartFault

try {
  await main()
} catch (error) {
  console.error(isExpected(error) ? error.message : error)
  process.exitCode = 1
}
