/** From the words of a command line to a command or a tool, and how they are used. */
import type { z } from 'zod'
import { backupTool, restoreTool, verifyTool } from '../backup/backup-tools.ts'
import { migrateTool } from '../migrate/migrate-tool.ts'
import { moveTool } from '../move/move-tool.ts'
import { CliError } from './command.ts'
import { commands, parseOptions, type CliRequest } from './run.ts'
import type { Tool, ToolContext } from './tool.ts'

/** Every tool there is. A new one is named here. */
const tools: readonly Tool[] = [backupTool, verifyTool, restoreTool, moveTool, migrateTool]

export const toolOf = (name: string): Tool | undefined => tools.find((one) => one.name === name)

const commandOf = (name: string): { flags?: readonly string[]; options?: z.ZodObject } =>
  commands.find((one) => one.name === name) ?? {}

export const runTool = (
  found: Tool,
  { options }: CliRequest,
  context: ToolContext,
): Promise<readonly string[]> => found.run(parseOptions(found, options), context)

const operand = 'file'
const all = [...commands, ...tools]
const longest = Math.max(...all.map(({ name }) => name.length))

const usageOf = ({ name, summary, options }: Pick<Tool, 'name' | 'summary' | 'options'>): string[] => [
  `  ${name.padEnd(longest)}  ${summary}`,
  ...Object.entries(options.shape).map(
    ([option, shape]) =>
      `  ${' '.repeat(longest)}    ${option === operand ? 'FILE' : `--${option}`}  ${(shape as z.ZodType).description ?? ''}`,
  ),
]

export const usage = (): string =>
  [
    'npm run cli -- COMMAND [--option value …]',
    '',
    ...all.flatMap(usageOf),
    '',
    'Beside a running server it works through that server; else on the store itself (DATA_DIR, COUCHDB_URL).',
  ].join('\n')

/** The longer name first: `backup verify` is none of `backup`. */
const nameOf = ([first = '', second = '']: readonly string[]): string => {
  const names = [`${first} ${second}`, first]
  const name = names.find((one) => all.some((known) => known.name === one))
  if (name === undefined) throw new CliError(`There is no command ${names[0]?.trim()}`)
  return name
}

/** The command that arguments name, and its options, unchecked. */
export const readArguments = (args: readonly string[]): CliRequest => {
  const name = nameOf(args)
  const { flags = [], options: shape } = toolOf(name) ?? commandOf(name)
  const options: Record<string, string> = {}
  const rest = args.slice(name.split(' ').length)
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const option = /^--([a-z-]+)$/.exec(word)?.[1] ?? (shape && operand in shape.shape ? operand : undefined)
    const value = option === operand ? word : flags.includes(option ?? '') ? 'yes' : rest.shift()
    if (option === undefined || value === undefined) throw new CliError(`${word}: options are --name value`)
    if (Object.hasOwn(options, option)) throw new CliError(`--${option} is given more than once`)
    options[option] = value
  }
  return { name, options }
}
