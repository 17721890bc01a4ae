/**
 * The store port: all that the rest of the house may ask of a database. It follows CouchDB's document model
 * (https://docs.couchdb.org/en/stable/replication/conflicts.html), because a CouchDB can stand behind it.
 *
 * What every adapter promises, and `test/integration/store-contract.test.ts` asks of each:
 * - an acknowledged write is on disk (I9);
 * - a write names the revision it replaces (`_rev`), and only one of two such writes wins;
 * - `changes` lists each document once, at its latest change, in the order of this store;
 * - ids and values are any Unicode text.
 */

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** An attachment as its document names it. */
export interface AttachmentStub {
  content_type: string
  /** The generation of the revision with which it came. */
  revpos: number
  /** A mark of the bytes, like `md5-<base64>`. Opaque: a store may take it of the bytes as it keeps them. */
  digest: string
  /** bytes */
  length: number
  stub: true
}

/**
 * An attachment to write: its bytes, or the stub of one that the replaced revision has. `revpos` counts only for
 * revisions that are stored as they are.
 */
export type NewAttachment =
  { content_type: string; data: Uint8Array; revpos?: number | undefined } | Pick<AttachmentStub, 'stub'>

/** An attachment with its bytes. */
export interface StoredAttachment {
  stub: AttachmentStub
  data: Uint8Array
}

/** A stored document: its id, its current revision (`<generation>-<hash>`), and a body of JSON. */
export interface StoredDoc {
  _id: string
  _rev: string
  _deleted?: true
  _attachments?: Record<string, AttachmentStub>
  [field: string]: unknown
}

/** A document to write. Without `_rev` it must not exist yet (a deleted one may be made anew). */
export interface NewDoc {
  _id: string
  _rev?: string
  _deleted?: true
  _attachments?: Record<string, NewAttachment>
  [field: string]: unknown
}

/** The answer for one written document, in the order of the documents given. */
export type WriteResult =
  | { ok: true; id: string; rev: string }
  /** `missing_stub`: it names an attachment that the replaced revision does not have. */
  | { ok: false; id: string; reason: 'conflict' | 'missing_stub' }

/** The revision list of one leaf, newest first, as CouchDB's `_revisions`: `start` is the newest generation. */
export interface Revisions {
  start: number
  ids: string[]
}

/** A leaf of a document's revision tree with its body and its ancestry. */
export interface Leaf {
  doc: StoredDoc
  revisions: Revisions
}

/** A leaf to store as it is. Its attachments come with their bytes: what a stub stood for elsewhere is not known here. */
export interface NewLeaf {
  doc: NewDoc & { _rev: string }
  revisions: Revisions
}

/** A place in a database's order of changes. Opaque; comparable only by the database that gave it. */
export type Seq = string | number

/** One document's latest change. */
export interface Change {
  id: string
  seq: Seq
  /** The winning revision. */
  rev: string
  deleted: boolean
  /** All leaf revisions, the winner first; more than one is a conflict that replication left. */
  leaves: string[]
  /** The winning revision's document, where it was asked for. */
  doc?: StoredDoc
}

export interface ChangesOptions {
  /** Changes after this place; absent or 0: from the beginning. */
  since?: Seq
  /** At most this many. */
  limit: number
  docs?: boolean
}

export interface RangeOptions {
  /** The lower end, inclusive. */
  from: string
  /** The upper end, inclusive. */
  to: string
  /** At most this many, counted from the end at which the list begins. */
  limit?: number
  /** From `to` down to `from`. */
  descending?: boolean
}

/** A local document with its id, without the prefix `_local/`. */
export interface LocalDoc {
  id: string
  body: { [field: string]: unknown }
}

/** Reads a database whole, for copies of it. */
export interface DatabaseReader extends AsyncDisposable {
  /** Whether it shows the database as it stood when the reader was made; else as it is at each call. */
  readonly frozen: boolean
  changes(options: ChangesOptions): Promise<{ changes: Change[]; lastSeq: Seq }>
  /** As `leaves` of the database, for many at once, in the order of `ids`; none of a document that is not there. */
  leavesOf(ids: readonly string[]): Promise<Leaf[][]>
  attachment(id: string, rev: string, name: string): Promise<StoredAttachment | undefined>
  /** Local documents by id, after the one named. */
  locals(options: { after?: string; limit: number }): Promise<LocalDoc[]>
}

export interface DatabaseInfo {
  /** Documents that are not deleted. */
  docCount: number
  updateSeq: Seq
}

export interface Database {
  readonly name: string
  info(): Promise<DatabaseInfo>
  /**
   * Names this making of the database: a `Seq` means something only together with it. A copy has another one, and so
   * has what was put back from a backup.
   */
  identity(): Promise<string>
  reader(): Promise<DatabaseReader>

  /** The winning revision, or undefined where the document is missing or deleted. */
  get(id: string): Promise<StoredDoc | undefined>
  /** As `get`, for many at once, in the order of `ids`. */
  getMany(ids: readonly string[]): Promise<(StoredDoc | undefined)[]>
  /** Documents (not deleted ones) by id, in the order of Unicode code points. */
  range(options: RangeOptions): Promise<StoredDoc[]>

  /**
   * Writes all documents and answers when they are on disk. Each stands alone: one conflict harms no other.
   * Two entries of one call with the same id are taken in order.
   */
  write(docs: readonly NewDoc[]): Promise<WriteResult[]>

  /** @throws RangeError where `since` is no place in this store's changes, as one that another store gave may be */
  changes(options: ChangesOptions): Promise<{ changes: Change[]; lastSeq: Seq }>
  /** Calls `listener` (soon, possibly once for several) after changes. Returns the means to stop it. */
  subscribe(listener: () => void): () => void

  /** An attachment of a revision, as `revision` has it; undefined where there is none of that name. */
  attachment(id: string, rev: string, name: string): Promise<StoredAttachment | undefined>
  /**
   * One revision with its body. Leaves are always there; what came before them only where the store keeps it, and
   * until it is compacted.
   */
  revision(id: string, rev: string): Promise<Leaf | undefined>
  /** Forgets the bodies of revisions that are no leaves, sooner or later. */
  compact(): Promise<void>
  /** Leaves of a document's revision tree, winner first; deleted leaves included. */
  leaves(id: string): Promise<Leaf[]>
  /** Ids of known revisions on the path from the root to `rev`, newest first; undefined where `rev` is unknown. */
  ancestry(id: string, rev: string): Promise<string[] | undefined>
  /** Which of these revisions are not known here (CouchDB's `_revs_diff`). */
  missingRevs(request: Readonly<Record<string, readonly string[]>>): Promise<Record<string, string[]>>
  /** Stores revisions as they are, with their ancestry (`new_edits: false`). On disk when it resolves. */
  writeRevisions(leaves: readonly NewLeaf[]): Promise<void>

  /** Non-replicated documents (CouchDB's `_local/`); `id` is without the prefix. Last write wins. */
  getLocal(id: string): Promise<{ [field: string]: unknown } | undefined>
  putLocal(id: string, body: { [field: string]: unknown } | null): Promise<void>
}

export interface DatabaseOptions {
  /**
   * Made in one shard and one copy, whatever the store's settings: of two writes over one revision only one is then
   * acknowledged, also by a cluster, whose quorum of several copies lets both through now and then.
   */
  oneCopy?: boolean
}

export interface Store extends AsyncDisposable {
  /** `embedded` or `couchdb`; for health reports and logs. */
  readonly kind: string
  /**
   * Opens a database, making it where it is missing. The same object for the same name.
   * @throws StoreUnavailable where the database stands already in more copies than `options` ask for
   */
  database(name: string, options?: DatabaseOptions): Promise<Database>
  list(): Promise<string[]>
  destroy(name: string): Promise<void>
  /** Resolves when the store answers; rejects with StoreUnavailable otherwise. */
  ping(): Promise<void>
}

/** The store cannot be reached or does not answer. Nothing of the call can be taken as done. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
