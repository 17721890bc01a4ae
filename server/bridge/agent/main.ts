/** `npm run bridge-agent`: the agent's process, the only reader of its environment and of signals. */
import { once } from 'node:events'
import { pino } from 'pino'
import { ConfigError } from '../../config.ts'
import { BridgeAgent } from './agent.ts'
import { readAgentSettings } from './settings.ts'

/** What of the machine keeps the agent from starting, and is no fault of the program. */
const isExpected = (error: unknown): error is Error =>
  error instanceof ConfigError ||
  (error instanceof Error && 'code' in error && error.code === 'LEVEL_DATABASE_NOT_OPEN')

const main = async (): Promise<void> => {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const settings = readAgentSettings(process.env)
  const log = pino({ level: settings.logLevel, base: null })
  const agent = await BridgeAgent.start(settings, log)
  try {
    log.info({ server: settings.server, pms: settings.pmsUrl }, 'The bridge’s agent runs')
    await stopped
    log.info('Stopping')
  } finally {
    await agent[Symbol.asyncDispose]()
  }
}

try {
  await main()
} catch (error) {
  const locked = 'BRIDGE_DATA_DIR cannot be opened; does another agent use it?'
  const plain = isExpected(error) ? (error instanceof ConfigError ? error.message : locked) : undefined
  console.error(plain ?? error)
  process.exitCode = 1
}
