/** From words to a command and its outcome, wherever the store is open. */
import { z } from 'zod'
import { AdminRefused } from '../auth/account-admin.ts'
import { CliError, type CliContext, type Command } from './command.ts'
import { auditCommands } from './audit-commands.ts'
import { bridgeCommands } from './bridge-commands.ts'
import { keyCommands } from './key-commands.ts'
import { userCommands } from './user-commands.ts'

/** Every command there is. A new one is named here. */
const commands: readonly Command[] = [...keyCommands, ...userCommands, ...bridgeCommands, ...auditCommands]

export const requestShape = z.object({ name: z.string(), options: z.record(z.string(), z.string()) })
export type CliRequest = z.infer<typeof requestShape>

const longest = Math.max(...commands.map(({ name }) => name.length))

export const usage = (): string =>
  [
    'npm run cli -- COMMAND [--option value …]',
    '',
    ...commands.flatMap(({ name, summary, options }) => [
      `  ${name.padEnd(longest)}  ${summary}`,
      ...Object.entries(options.shape).map(
        ([option, shape]) =>
          `  ${' '.repeat(longest)}    --${option}  ${(shape as z.ZodType).description ?? ''}`,
      ),
    ]),
    '',
    'Beside a running server it works through that server; else on the store itself (DATA_DIR, COUCHDB_URL).',
  ].join('\n')

/** The command that arguments name, and its options, unchecked. */
export const readArguments = (args: readonly string[]): CliRequest => {
  const [first = '', second = '', ...rest] = args
  const name = `${first} ${second}`
  if (!commands.some((one) => one.name === name)) throw new CliError(`There is no command ${name.trim()}`)
  const options: Record<string, string> = {}
  for (let i = 0; i < rest.length; i += 2) {
    const option = /^--([a-z-]+)$/.exec(rest[i] ?? '')?.[1]
    const value = rest[i + 1]
    if (option === undefined || value === undefined)
      throw new CliError(`${rest[i]}: options are --name value`)
    if (Object.hasOwn(options, option)) throw new CliError(`--${option} is given more than once`)
    options[option] = value
  }
  return { name, options }
}

/** @throws CliError */
export const runCommand = async (
  { name, options }: CliRequest,
  context: CliContext,
): Promise<readonly string[]> => {
  const found = commands.find((one) => one.name === name)
  if (!found) throw new CliError(`There is no command ${name}`)
  const parsed = found.options.safeParse(options)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${inWords(message)}`)
    throw new CliError(faults.join('\n'))
  }
  try {
    return await found.run(parsed.data, context)
  } catch (error) {
    if (error instanceof AdminRefused) throw new CliError(error.message, { cause: error })
    throw error
  }
}

const inWords = (message: string): string =>
  message.endsWith('received undefined') ? 'is required' : message.replace(/^Invalid input: /, '')
