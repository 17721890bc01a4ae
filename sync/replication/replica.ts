import type { IncomingMessage } from 'node:http'
import type { Database, StoredAttachment, StoredDoc } from '../store/port.ts'
import type { Incoming } from './incoming.ts'

/** An attachment that is read as it is sent. */
export interface ServedAttachment extends Pick<StoredAttachment, 'stub'> {
  /** Its bytes, or a part of them; both offsets inclusive. */
  open(span?: { start: number; end: number }): Promise<AsyncIterable<Uint8Array>>
}

/** One document's outcome, as `_bulk_docs` lists it. */
export type Row = { ok: true; id: string; rev: string } | { id: string; error: string; reason: string }

/**
 * What the protocol serves: a database as one client may see it. Whoever opens it decides what that is: what may not
 * be read is as if it were not there, and what may not be written is its row's `forbidden`.
 */
export interface Replica extends Pick<
  Database,
  | 'name'
  | 'info'
  | 'getMany'
  | 'range'
  | 'changes'
  | 'subscribe'
  | 'leaves'
  | 'revision'
  | 'missingRevs'
  | 'getLocal'
  | 'putLocal'
> {
  /** Its place below the router's, as URLs have it. */
  readonly path: string
  /**
   * Whether its client may still see what it could when this was opened: asked before each part of a long answer, which
   * ends where not. Absent: always.
   */
  stands?(): Promise<boolean>
  /**
   * Hears which documents a feed tells of, where they were read.
   * @param byId whether the client named them
   */
  told?(docs: readonly StoredDoc[], byId: boolean): void
  /** An attachment of one of a document's leaves. */
  attachment(id: string, rev: string, name: string): Promise<ServedAttachment | undefined>
  /**
   * Writes documents and answers for each, in their order: one that is refused harms no other.
   * `newEdits: false` stores revisions as they came: https://docs.couchdb.org/en/stable/api/database/bulk-api.html
   */
  write(documents: readonly Incoming[], newEdits: boolean): Promise<Row[]>
}

/** Making and removing databases: `PUT /{db}` and `DELETE /{db}`. */
export interface DatabaseAdmin {
  /** False where it exists already. */
  create(name: string): Promise<boolean>
  /** Forgets what older revisions were. False where there is no such database. */
  compact(name: string): Promise<boolean>
  /** False where there is none. */
  destroy(name: string): Promise<boolean>
}

/** A database's name, and the steps of the path behind it. */
export interface Place {
  name: string
  rest: readonly string[]
}

export interface ReplicationOptions {
  /** The server's own id; clients build the ids of their checkpoints from it. */
  uuid: string
  /** Opens a database for the one who asks, or undefined where there is none of this name for them. */
  open(dbName: string, request: IncomingMessage): Replica | undefined | Promise<Replica | undefined>
  /** Where the database's name ends in the steps of a path; without it, after the first. */
  placeOf?(steps: readonly string[]): Place
  /** Only where clients may make and remove databases. */
  databases?: DatabaseAdmin
  /** Aborted when the server stops: open feeds end. */
  stopping: AbortSignal
  /** Hears of what nobody foresaw, which the client is not told. */
  onFault(error: unknown, request: IncomingMessage): void
}
