import type { IncomingMessage } from 'node:http'
import type { Database, NewDoc, StoredDoc } from '../store/port.ts'

/**
 * Who may see and write which document. The protocol asks; what is not given is allowed, and costs nothing.
 * What may not be read is as if it were not there; what may not be written is that row's `forbidden`.
 */
export interface Policy {
  /** Whether this revision of a document may be read. */
  mayRead?(doc: StoredDoc): boolean
  /** Why a document may not be written, in words for its author; undefined where it may. */
  refusal?(write: { doc: NewDoc; current: StoredDoc | undefined }): string | undefined
  /** Put before the ids of `_local` documents, so that each user has their own. */
  localPrefix?: string
}

/** Everybody may read and write everything. */
export const openPolicy: Policy = {}

/** What stands behind a database's name for one request. */
export interface Opened {
  db: Database
  policy: Policy
}

/** Making and removing databases: `PUT /{db}` and `DELETE /{db}`. */
export interface DatabaseAdmin {
  /** False where it exists already. */
  create(name: string): Promise<boolean>
  /** False where there is none. */
  destroy(name: string): Promise<boolean>
}

export interface ReplicationOptions {
  /** The server's own id; clients build the ids of their checkpoints from it. */
  uuid: string
  /** Opens a database for the one who asks, or undefined where there is none of this name for them. */
  open(dbName: string, request: IncomingMessage): Opened | undefined | Promise<Opened | undefined>
  /** Only where clients may make and remove databases. */
  databases?: DatabaseAdmin
  /** Aborted when the server stops: open feeds end. */
  stopping: AbortSignal
  /** Hears of what nobody foresaw, which the client is not told. */
  onFault(error: unknown): void
}
