import type { Database, Store } from '../../../sync/store/port.ts'

/** What a test of the contract works with. */
export interface Subject {
  readonly store: Store
  /** A database of this test's own. */
  readonly db: Database
  /** Disposes of the store and opens it again: `store` and `db` are new objects afterwards. */
  reopen(): Promise<void>
}
