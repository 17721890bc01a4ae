/** From words to a command and its outcome, wherever the store is open. */
import { z } from 'zod'
import { AdminRefused } from '../auth/account-admin.ts'
import { CliError, type CliContext, type Command } from './command.ts'
import { auditCommands } from './audit-commands.ts'
import { bridgeCommands } from './bridge-commands.ts'
import { keyCommands } from './key-commands.ts'
import { practiceCommands } from './practice-commands.ts'
import { userCommands } from './user-commands.ts'

/** Every command there is. A new one is named here. */
export const commands: readonly Command[] = [
  ...keyCommands,
  ...userCommands,
  ...practiceCommands,
  ...bridgeCommands,
  ...auditCommands,
]

export const requestShape = z.object({ name: z.string(), options: z.record(z.string(), z.string()) })
export type CliRequest = z.infer<typeof requestShape>

/** @throws CliError */
export const runCommand = async (
  { name, options }: CliRequest,
  context: CliContext,
): Promise<readonly string[]> => {
  const found = commands.find((one) => one.name === name)
  if (!found) throw new CliError(`There is no command ${name}`)
  const parsed = parseOptions(found, options)
  try {
    return await found.run(parsed, context)
  } catch (error) {
    if (error instanceof AdminRefused) throw new CliError(error.message, { cause: error })
    throw error
  }
}

/** @throws CliError with a line for each fault */
export const parseOptions = <S extends z.ZodObject>(
  { options: shape }: { options: S },
  options: CliRequest['options'],
): z.output<S> => {
  const parsed = shape.safeParse(options)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${inWords(message)}`)
  throw new CliError(faults.join('\n'))
}

const inWords = (message: string): string =>
  message.endsWith('received undefined') ? 'is required' : message.replace(/^Invalid input: /, '')
