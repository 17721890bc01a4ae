import type { NewDoc, Revisions } from '../store/port.ts'
import { generationOf, hashOf, isReserved, isRevision } from '../store/prepared.ts'
import { parseAttachments, type Attachments } from './attachments/incoming.ts'
import { isObject } from './body.ts'
import { badRequest, docValidation, illegalDocId } from './errors.ts'
import { parseRevision } from './parameters.ts'

/** A document as it came, taken apart. */
export interface Incoming {
  doc: NewDoc
  revisions: Revisions | undefined
  attachments: Attachments
}

// What CouchDB gives out beside a document; it may come back and means nothing.
const ignored = new Set([
  '_attachments',
  '_conflicts',
  '_deleted_conflicts',
  '_local_seq',
  '_revisions',
  '_revs_info',
])
const known = new Set(['_id', '_rev', '_deleted'])

export const isLocalId = (id: string): boolean => id.startsWith('_local/')

/** Refuses what cannot be a document's id: https://docs.couchdb.org/en/stable/api/document/common.html */
export function parseId(id: unknown): string {
  if (typeof id !== 'string') throw illegalDocId('Document id must be a string')
  if (id === '') throw illegalDocId('Document id must not be empty')
  const rest = /^(?:_local|_design)\/(.*)$/s.exec(id)?.[1]
  if (rest === '') throw illegalDocId('Document id must not be empty')
  if (rest === undefined && id.startsWith('_')) {
    throw illegalDocId('Only reserved document ids may start with underscore.')
  }
  return id
}

/** A document from outside. @param id where the path names it; that of the body then means nothing */
export function parseDocument(value: unknown, id: (body: Record<string, unknown>) => unknown): Incoming {
  if (!isObject(value)) throw badRequest('Document must be a JSON object')
  const doc: NewDoc = { _id: parseId(id(value)) }
  if (value['_rev'] !== undefined) {
    doc._rev = isLocalId(doc._id) ? parseLocalRevision(value['_rev']) : parseRevision(value['_rev'])
  }
  const { _deleted: gone, _attachments: attachments } = value

  if (gone !== undefined && typeof gone !== 'boolean') throw docValidation('_deleted')
  if (gone === true) doc._deleted = true
  const revisions =
    value['_revisions'] === undefined || isLocalId(doc._id) ? undefined : parseRevisions(value['_revisions'])
  // As CouchDB. PouchDB on LevelDB sends another `_rev` beside it where two generations share a hash.
  if (revisions) doc._rev = newestOf(revisions)
  for (const [field, entry] of Object.entries(value)) {
    if (known.has(field) || ignored.has(field)) continue
    if (isReserved(field)) throw docValidation(field)
    doc[field] = entry
  }
  return {
    doc,
    revisions,
    attachments: isLocalId(doc._id) ? new Map() : parseAttachments(attachments),
  }
}

function parseRevisions(value: unknown): Revisions {
  const { start, ids } = isObject(value) ? value : {}
  const fits =
    Number.isSafeInteger(start) &&
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= Number(start) &&
    ids.every((hash) => typeof hash === 'string' && isRevision(`1-${hash}`))
  if (!fits) throw docValidation('_revisions')
  return { start: Number(start), ids: ids as string[] }
}

const newestOf = ({ start, ids }: Revisions): string => `${start}-${ids[0] ?? ''}`

/** The revision and its ancestry of a document that is stored as it is (`new_edits: false`). */
export function lineOf({ doc, revisions }: Incoming): { rev: string; revisions: Revisions } {
  const rev = doc._rev
  if (rev === undefined) {
    throw badRequest('When `new_edits: false`, the document needs `_rev` or `_revisions` specified')
  }
  return { rev, revisions: revisions ?? { start: generationOf(rev), ids: [hashOf(rev)] } }
}

/** `0-N`, the revision of a `_local` document. */
function parseLocalRevision(value: unknown): string {
  if (typeof value !== 'string' || !/^0-\d{1,15}$/.test(value)) throw badRequest('Invalid rev format')
  return value
}
