import { createHash } from 'node:crypto'
import type { NewAttachment, NewDoc, NewLeaf, Revisions, StoredDoc } from './port.ts'

/** A document that no adapter stores; the caller has to mend it. Nothing of its call was written. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument'
}

/** A document as both adapters take it: checked, and its body already text, so that later changes are harmless. */
export interface PreparedDoc {
  id: string
  /** The revision that the write replaces, or that `writeRevisions` stores. */
  rev: string | undefined
  deleted: boolean
  /** The fields without `_id`, `_rev`, `_deleted` and `_attachments`, as JSON. */
  body: string
  attachments: readonly PreparedAttachment[]
}

/** An attachment to write; without bytes, one that the replaced revision has. */
export interface PreparedAttachment {
  name: string
  added: { contentType: string; digest: string; data: Uint8Array; revpos: number | undefined } | undefined
}

// CouchDB refuses a whole _bulk_docs for one document above max_document_size (8,000,000 as it counts), so what is
// near it has to be stopped before it meets others.
const MAX_BODY_BYTES = 7_000_000
const LONE_SURROGATE = /\p{Surrogate}/u
// JSON.stringify writes a lone surrogate as \udXXX; the pairs of backslashes before it are text of the document.
const ESCAPED_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/
// A revision without a hash is one to CouchDB too.
const REVISION = /^[1-9][0-9]{0,14}-[^-,\s\0]*$/

/** Whether `rev` has the form `<generation>-<hash>`. */
export function isRevision(rev: string): boolean {
  return REVISION.test(rev) && !LONE_SURROGATE.test(rev)
}

/** The generation of a revision: the number before the dash. */
export function generationOf(rev: string): number {
  return Number.parseInt(rev, 10)
}

/** The hash of a revision: what follows the dash. */
export function hashOf(rev: string): string {
  return rev.slice(rev.indexOf('-') + 1)
}

/** Refuses text that UTF-8 cannot carry: it would come back as another id. */
export function assertText(text: string): void {
  if (LONE_SURROGATE.test(text)) throw new InvalidDocument('An id holds half of a surrogate pair.')
}

/** Whether a document may have this id. In a URL `.` and `..` would be steps, and lead to the database itself. */
export function isDocId(id: string): boolean {
  const local = id.startsWith('_design/') ? id.slice('_design/'.length) : id
  return local !== '' && local !== '.' && local !== '..' && !local.startsWith('_')
}

function assertDocId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || !isDocId(id)) {
    throw new InvalidDocument(`A document cannot have the id ${JSON.stringify(id)}.`)
  }
  assertText(id)
}

function assertRevision(rev: unknown, id: string): asserts rev is string | undefined {
  if (rev === undefined || (typeof rev === 'string' && isRevision(rev))) return
  throw new InvalidDocument(`The document ${id} names a revision that is none: ${JSON.stringify(rev)}`)
}

/** Fields that begin with an underscore and are data all the same, as with CouchDB. */
const plain: ReadonlySet<string> = new Set(
  ['id', 'state', 'state_time', 'state_reason', 'stats'].map((field) => `_replication_${field}`),
)
export const isReserved = (field: string): boolean => field.startsWith('_') && !plain.has(field)

function assertFields(fields: Readonly<Record<string, unknown>>, id: string): void {
  for (const field in fields) {
    if (isReserved(field)) {
      throw new InvalidDocument(`The document ${id} has the reserved field ${field}.`)
    }
  }
}

/** The JSON of a body; throws InvalidDocument where it has none that both adapters keep. */
function bodyJson(fields: Readonly<Record<string, unknown>>, id: string): string {
  let json: string
  try {
    json = JSON.stringify(fields)
  } catch (cause) {
    throw new InvalidDocument(`The document ${id} cannot be written as JSON.`, { cause })
  }
  if (json.includes('\\ud') && ESCAPED_SURROGATE.test(json)) {
    throw new InvalidDocument(`The document ${id} holds half of a surrogate pair.`)
  }
  if (json.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(json) > MAX_BODY_BYTES) {
    throw new InvalidDocument(`The document ${id} is larger than ${MAX_BODY_BYTES} bytes.`)
  }
  return json
}

function prepareAttachments(
  attachments: Readonly<Record<string, NewAttachment>>,
  id: string,
): PreparedAttachment[] {
  return Object.entries(attachments).map(([name, attachment]) => {
    if (name === '' || name.startsWith('_') || LONE_SURROGATE.test(name)) {
      throw new InvalidDocument(`The document ${id} has an attachment of a name that none can have.`)
    }
    if ('stub' in attachment) return { name, added: undefined }
    const { data, content_type: contentType, revpos } = attachment
    const digest = `md5-${createHash('md5').update(data).digest('base64')}`
    return { name, added: { contentType, digest, data, revpos } }
  })
}

/** Checks a document and turns it into text. */
export function prepare(doc: NewDoc): PreparedDoc {
  const { _id: id, _rev: rev, _deleted: deleted, _attachments: attachments, ...fields } = doc
  assertDocId(id)
  assertRevision(rev, id)
  assertFields(fields, id)
  const body = bodyJson(fields, id)
  const attached = attachments ? prepareAttachments(attachments, id) : []
  return { id, rev, deleted: deleted === true, body, attachments: attached }
}

/** As `prepare`, for a leaf that is stored as it is; its ancestry has to lead to its revision. */
export function prepareLeaf(leaf: NewLeaf): PreparedDoc & { rev: string; revisions: Revisions } {
  const prepared = prepare(leaf.doc)
  const { start, ids } = leaf.revisions
  const fits = ids.length > 0 && ids.length <= start && ids.every((hash) => isRevision(`1-${hash}`))
  if (prepared.rev === undefined || !fits || prepared.rev !== `${start}-${ids[0] ?? ''}`) {
    throw new InvalidDocument(`The document ${prepared.id} has no ancestry that leads to its revision.`)
  }
  if (prepared.attachments.some(({ added }) => !added)) {
    throw new InvalidDocument(`The document ${prepared.id} names an attachment without its bytes.`)
  }
  return { ...prepared, rev: prepared.rev, revisions: { start, ids: [...ids] } }
}

/** Checks a local document's id and body; the body as JSON. */
export function prepareLocal(id: string, body: Readonly<Record<string, unknown>> | null): string | null {
  // Replicators name their checkpoints by hashes, which may begin with an underscore.
  assertDocId(id.replace(/^_+/, ''))
  if (body === null) return null
  assertFields(body, id)
  return bodyJson(body, id)
}

/** Makes a document from its parts. Field by field, as a body may have a field `__proto__`. */
export function storedDoc(id: string, rev: string, deleted: boolean, fields: object): StoredDoc {
  return deleted ? { _id: id, _rev: rev, _deleted: true, ...fields } : { _id: id, _rev: rev, ...fields }
}
