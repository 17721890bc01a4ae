/** A command that works on whole stores, in the process of `npm run cli` and with its progress on the terminal. */
import type { z } from 'zod'
import type { Config } from '../config.ts'
import type { RunningServer } from '../import/running-server.ts'
import type { WorkProgress } from './work-progress.ts'

export interface ToolContext {
  config: Config
  /** The server that has DATA_DIR open. */
  server: RunningServer | undefined
  progress: WorkProgress
  /** ms since the epoch */
  now: () => number
  /** What stands on standard input. */
  readInput: () => Promise<string>
}

export interface Tool<S extends z.ZodObject = z.ZodObject> {
  /** One word or two. */
  name: string
  summary: string
  /** Each option `--name value`; one that is called `file` is given without its name. */
  options: S
  /** Options without a value. */
  flags?: readonly string[]
  /** Lines for standard output. */
  run: (options: z.output<S>, context: ToolContext) => Promise<readonly string[]>
}

/** Declares a tool; its options are typed by their shape. */
export const tool = <S extends z.ZodObject>(spec: Tool<S>): Tool => spec
