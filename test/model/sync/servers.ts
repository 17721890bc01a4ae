/** What a schedule plays against: two servers over one store, and the store itself, in which the truth is. */
import type { PullRequest, PullResponse } from '../../../sync/contract/pull.ts'
import type { UploadResult } from '../../../sync/contract/upload.ts'
import type { Foreign } from './foreign.ts'
import type { User } from './user.ts'
import type { NewDoc, StoredDoc } from '../../../sync/store/port.ts'
import type { WritableType } from '../../../sync/write/items.ts'

export interface Batch {
  type: Exclude<WritableType, 'document'>
  deviceId: string
  /** ms since the epoch, by the device's clock */
  sentAt: number
  items: readonly Record<string, unknown>[]
}

export type Pulling = Pick<PullRequest, 'collection' | 'checkpoint' | 'limit'>

/** How a server ends in the middle of its work: at its n-th write, which is done or not done. */
export interface Cut {
  writes: number
  done: boolean
}

export interface Servers extends AsyncDisposable {
  /** ms since the epoch */
  readonly clock: { now: number }
  readonly groupId: number
  /** Rejects where the server ends in the middle. */
  upload(server: number, user: User, batch: Batch, cut?: Cut): Promise<UploadResult[]>
  pull(server: number, user: User, request: Pulling): Promise<PullResponse>
  /** Ends a server and starts it again; its index is found as it was, or has to be made anew. */
  restart(server: number, index: 'kept' | 'lost'): Promise<void>
  setSites(user: User, siteIds: readonly number[]): Promise<void>
  /** What the store holds. */
  docs(): Promise<StoredDoc[]>
  /** Puts documents into the store as they are. */
  write(docs: readonly NewDoc[]): Promise<void>
  /** A PouchDB of this user's, the same each time; where there is HTTP. */
  foreign?(user: User, newId: () => string): Promise<Foreign>
  /** Lets a server end in the middle of what comes next. */
  endIn?(server: number, cut: Cut): void
  /** Resolves when the servers have merged what replication left. */
  settled?(): Promise<void>
}
