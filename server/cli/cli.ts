/** `npm run cli`: the only place of it that knows the environment and the exit code. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { pino } from 'pino'
import { z } from 'zod'
import { StoreLocked } from '../../sync/store/level/store-locked.ts'
import { StoreUnavailable } from '../../sync/store/port.ts'
import { Audit } from '../audit/audit.ts'
import { recordAccounts } from '../audit/record-accounts.ts'
import { ArchiveDamaged } from '../backup/archive-damaged.ts'
import { PassphraseWrong } from '../backup/archive-file.ts'
import { openAccounts } from '../auth/accounts.ts'
import { defaultCost } from '../auth/password-hash.ts'
import { knownSigningKeys, withoutKeys } from '../auth/secret-file.ts'
import { ConfigError, readConfig } from '../config.ts'
import { StoreUnfinished } from '../unfinished.ts'
import { findRunningServer, type RunningServer } from '../import/running-server.ts'
import { openStore } from '../store.ts'
import { CliError } from './command.ts'
import { commands, runCommand, type CliRequest } from './run.ts'
import { readArguments, runTool, toolOf, usage } from './tools.ts'
import { WorkProgress } from './work-progress.ts'

const answerShape = z.object({ lines: z.array(z.string()).optional(), detail: z.string().optional() })

const throughServer = async (server: RunningServer, asked: CliRequest): Promise<readonly string[]> => {
  const response = await fetch(new URL('/cli', server.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.token}` },
    body: JSON.stringify(asked),
  })
  const said = await response.text()
  const { lines, detail } = answerShape.parse(said === '' ? {} : JSON.parse(said))
  if (lines) return lines
  throw new CliError(detail ?? `The server refused (status ${response.status})`)
}

const readsOnly = / (?:list|show|verify)$/
const keysNeeded =
  'TOKEN_SECRET is not set: give it, or TOKEN_SECRET_FILE, as the server has it. The audit record is sealed with it.'

const onStore = async (
  asked: CliRequest,
  config: ReturnType<typeof readConfig>,
): Promise<readonly string[]> => {
  await using store = await openStore(config)
  const log = pino({ level: 'silent' })
  const { dataDir, auditKeepDays: keepDays } = config
  const keys = await knownSigningKeys(config)
  if (keys.length === 0 && asked.name === 'audit verify') throw new CliError(keysNeeded)
  if (keys.length === 0 && !readsOnly.test(asked.name)) process.stderr.write(`${withoutKeys}\n`)
  await using audit = new Audit({ store, keys, dataDir, keepDays, now: Date.now, log })
  await using accounts = await openAccounts({
    store,
    now: Date.now,
    demo: true,
    log,
    passwordCost: defaultCost,
    witness: recordAccounts(audit),
    keys: [],
  })
  return await runCommand(asked, { accounts, audit, store, now: Date.now })
}

/** Puts the text of files in place of their names: the server may not be where they are. */
const readFiles = async ({ name, options }: CliRequest): Promise<void> => {
  for (const option of commands.find((one) => one.name === name)?.reads ?? []) {
    const file = options[option]
    if (file === undefined) continue
    options[option] =
      file === '-'
        ? await text(process.stdin)
        : await readFile(file, 'utf8').catch((cause: unknown) => {
            throw new CliError(`${file} cannot be read`, { cause })
          })
  }
}

const main = async (args: readonly string[]): Promise<void> => {
  if (args.length === 0 || args.includes('--help') || args[0] === 'help') return console.log(usage())
  const asked = readArguments(args)
  if (asked.options['password'] === '-')
    asked.options['password'] = (await text(process.stdin)).replace(/\r?\n$/, '')
  await readFiles(asked)
  // Of the server's settings only those of its store matter here, so nothing asks for the others, as in the demo.
  const config = readConfig(process.env, ['--demo'])
  const server = await findRunningServer(path.resolve(config.dataDir))
  const tool = toolOf(asked.name)
  if (tool) {
    const progress = new WorkProgress(process.stderr, Date.now)
    const readInput = () => text(process.stdin)
    for (const line of await runTool(tool, asked, { config, server, progress, now: Date.now, readInput }))
      console.log(line)
    return
  }
  const lines = server ? await throughServer(server, asked) : await onStore(asked, config)
  for (const line of lines) console.log(line)
}

const expected = [
  ...[CliError, ConfigError, ArchiveDamaged, PassphraseWrong],
  ...[StoreLocked, StoreUnavailable, StoreUnfinished],
]

/** What a person can mend: its message says it all. */
const isExpected = (error: unknown): error is Error => expected.some((kind) => error instanceof kind)

// Who reads it may have seen enough: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${isExpected(error) ? error.message : `It failed: ${inspect(error)}`}\n`)
  process.exitCode = 1
}
