/** The databases of a store, as far as all of them are concerned. */
import type { DatabaseOptions } from '../sync/store/port.ts'
import { laneDatabase } from './bridge/documents.ts'

/** How a database is made: those in which one of two writers has to win are in one copy. */
export const optionsOf = (name: string): DatabaseOptions =>
  name === laneDatabase || /^ledger-\d+$/.test(name) ? { oneCopy: true } : {}
