/** A document as it is carried from one store to another: all its leaves with their ancestry, attachments with bytes. */
import { createHash } from 'node:crypto'
import {
  StoreUnavailable,
  type Database,
  type DatabaseReader,
  type Leaf,
  type LocalDoc,
  type NewAttachment,
  type NewLeaf,
} from '../port.ts'

export interface DocumentCopy {
  id: string
  leaves: NewLeaf[]
}

const withBytes = async (reader: DatabaseReader, leaf: Leaf): Promise<NewLeaf> => {
  const { _attachments: stubs, ...doc } = leaf.doc
  if (!stubs) return { doc, revisions: leaf.revisions }
  const attachments: [string, NewAttachment][] = []
  for (const [name, { content_type, revpos }] of Object.entries(stubs)) {
    const found = await reader.attachment(doc._id, doc._rev, name)
    if (!found) throw new StoreUnavailable('A document was changed while it was copied.')
    attachments.push([name, { content_type, revpos, data: found.data }])
  }
  return { doc: { ...doc, _attachments: Object.fromEntries(attachments) }, revisions: leaf.revisions }
}

/** A document whose attachments change while they are read is read again; so often. */
const mostTries = 5

const copyOf = async (reader: DatabaseReader, id: string, leaves: readonly Leaf[]): Promise<DocumentCopy> => {
  for (let tries = 1; ; tries += 1)
    try {
      const read = tries === 1 ? leaves : ((await reader.leavesOf([id]))[0] ?? [])
      const copied: NewLeaf[] = []
      for (const leaf of read) copied.push(await withBytes(reader, leaf))
      return { id, leaves: copied }
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || tries === mostTries) throw error
    }
}

/** Documents by their ids, one after the other: their bytes need not all be held at once. */
export async function* copiesOf(
  reader: DatabaseReader,
  ids: readonly string[],
): AsyncGenerator<DocumentCopy> {
  const all = await reader.leavesOf(ids)
  for (const [at, id] of ids.entries()) yield await copyOf(reader, id, all[at] ?? [])
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

const attachmentMark = ([name, attachment]: [string, NewAttachment]): unknown[] =>
  'stub' in attachment
    ? [name]
    : [name, attachment.content_type, attachment.revpos, sha256(attachment.data).toString('hex')]

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

const leafMark = ({ doc, revisions }: NewLeaf): unknown[] => {
  const { _id, _rev, _deleted = false, _attachments = {}, ...fields } = doc
  const attachments = Object.entries(_attachments).sort(byName).map(attachmentMark)
  return [_rev, _deleted, revisions.start, revisions.ids, fields, attachments]
}

/** A digest of all that a document is: its leaves, their ancestry, what they say and the bytes attached to them. */
export const digestOfDocument = ({ id, leaves }: DocumentCopy): Buffer => {
  const marks = leaves.map((leaf): [string, unknown] => [leaf.doc._rev, leafMark(leaf)])
  return sha256(JSON.stringify([id, marks.sort(byName).map(([, mark]) => mark)]))
}

export const digestOfLocal = ({ id, body }: LocalDoc): Buffer => sha256(JSON.stringify(['_local', id, body]))

/** A digest of many digests, whatever their order: stores list their documents each in an order of its own. */
export class DigestSum {
  #sum = 0n

  add(digest: Buffer): void {
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${digest.toString('hex')}`))
  }

  get hex(): string {
    return this.#sum.toString(16).padStart(64, '0')
  }
}

const batchDocuments = 500
const batchBytes = 8_000_000

const bytesOf = ({ leaves }: DocumentCopy): number =>
  leaves.reduce((sum, { doc }) => {
    const attachments = Object.values(doc._attachments ?? {})
    return sum + attachments.reduce((all, one) => all + ('stub' in one ? 0 : one.data.byteLength), 0)
  }, 0)

/** Gathers copies into batches of bounded size, and writes each; what is there already is left as it is. */
export class CopyWriter {
  readonly #target: Database
  #batch: NewLeaf[] = []
  #documents = 0
  #bytes = 0

  constructor(target: Database) {
    this.#target = target
  }

  /** Writes the batch where the copy makes it full. */
  async add(copy: DocumentCopy): Promise<void> {
    this.#batch.push(...copy.leaves)
    this.#documents += 1
    this.#bytes += bytesOf(copy)
    if (this.#documents >= batchDocuments || this.#bytes >= batchBytes) await this.flush()
  }

  /** Resolves when all that was added is on disk. */
  async flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#documents = 0
    this.#bytes = 0
    if (batch.length > 0) await this.#target.writeRevisions(batch)
  }
}
