/** What the parts of the bridge share. */
import type { Logger } from 'pino'
import type { Database } from '../../sync/store/port.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { LaneNews } from './news.ts'
import type { Seals } from './sealing.ts'

export interface BridgeParts {
  /** The database `bridge`. */
  db: Database
  /** The database `bridge-lane`, in one copy. */
  lane: Database
  news: LaneNews
  seals: Seals
  tokens: Pick<Tokens, 'mark' | 'hasMark'>
  /** ms since the epoch */
  now: () => number
  log: Logger
}

/** Tries of a compare-and-swap that others may be in the way of. */
export const maxTries = 50

/** It was written too often by others to be written. */
export class LaneContended extends Error {
  override readonly name = 'LaneContended'
}
