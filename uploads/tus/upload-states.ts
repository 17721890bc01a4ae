/**
 * What is known of each resumable upload besides its bytes: whose it is, how long it will be, what its sender said
 * of it. Kept in the store, so that every server over it knows the same.
 */
import type { Database, StoredDoc } from '../../sync/store/port.ts'

/** Fields of `Upload-Metadata`; null for a name without a value. */
export type UploadMetadata = Readonly<Record<string, string | null>>

export interface UploadState {
  id: string
  groupId: number
  userId: string
  /** Bytes; null while the length is deferred. */
  size: number | null
  metadata: UploadMetadata | null
  /** `Upload-Concat`: part of another upload, or what became of several parts. */
  concat: 'partial' | `final;${string}` | null
  /** ms since the epoch */
  createdAt: number
  /** ms since the epoch: after this it is swept. */
  expiresAt: number
  /** The document it became; its bytes are then no longer among the partial files. */
  documentId: string | null
  /** Of a part: the upload that it was joined into. */
  joined: string | null
}

const prefix = 'upload:'
const maxTries = 20

const stateOf = (doc: StoredDoc): UploadState => {
  const { _id, _rev, type: _, ...state } = doc
  return { ...(state as unknown as Omit<UploadState, 'id'>), id: _id.slice(prefix.length) }
}

const docOf = ({ id, ...state }: UploadState) => ({ _id: prefix + id, type: 'upload', ...state })

export class UploadStates {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async get(id: string): Promise<UploadState | undefined> {
    const doc = await this.#db.get(prefix + id)
    return doc && stateOf(doc)
  }

  async create(state: UploadState): Promise<void> {
    const [written] = await this.#db.write([docOf(state)])
    if (written?.ok !== true) throw new Error('There is an upload of this id')
  }

  /** Does nothing where the upload is gone. */
  async change(id: string, change: Partial<Omit<UploadState, 'id'>>): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#db.get(prefix + id)
      if (!doc) return
      const [written] = await this.#db.write([{ ...doc, ...change }])
      if (written?.ok) return
    }
    throw new Error('An upload is written too often to change it')
  }

  async remove(id: string): Promise<void> {
    const doc = await this.#db.get(prefix + id)
    if (doc) await this.#db.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }])
  }

  /** Up to `limit` uploads, after the one named. */
  async page(after: string, limit: number): Promise<UploadState[]> {
    const docs = await this.#db.range({ from: `${prefix}${after}\u0000`, to: `${prefix}\uffff`, limit })
    return docs.map(stateOf)
  }
}
