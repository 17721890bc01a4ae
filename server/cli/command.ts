/** A command of `npm run cli`: its words, its options, and what it does with a store that is open. */
import type { z } from 'zod'
import type { Audit } from '../audit/audit.ts'
import type { Accounts } from '../auth/accounts.ts'
import type { Store } from '../../sync/store/port.ts'

/** The command cannot be carried out as it was given; the message is for the person at the keyboard. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** What a command may work with, whether a server runs or not. */
export interface CliContext {
  accounts: Accounts
  audit: Audit
  store: Pick<Store, 'database'>
  /** ms since the epoch */
  now: () => number
}

export interface Command<S extends z.ZodObject = z.ZodObject> {
  /** e.g. `keys create` */
  name: string
  summary: string
  /** Each option `--name`, but `file`, which is given without its name; its description is the usage text. Values come as text. */
  options: S
  /** Options that name a file, of which the command is given the text. */
  reads?: readonly string[]
  /** Lines for standard output. */
  run: (options: z.output<S>, context: CliContext) => Promise<readonly string[]>
}

/** Declares a command; its options are typed by their shape. */
export const command = <S extends z.ZodObject>(spec: Command<S>): Command => spec
