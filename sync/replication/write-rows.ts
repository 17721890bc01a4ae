import type { NewDoc, StoredDoc } from '../store/port.ts'
import { InvalidDocument, prepare, prepareLeaf } from '../store/prepared.ts'
import { isLocalId, lineOf, type Incoming } from './incoming.ts'
import { writeLocal } from './local-documents.ts'
import type { Opened } from './policy.ts'

/** One document's outcome, as `_bulk_docs` lists it. */
export type Row = { ok: true; id: string; rev: string } | { id: string; error: string; reason: string }

// The store's own limit; what is below may still be refused for other reasons.
const STORED_BYTES = 7_000_000

interface Place {
  at: number
  incoming: Incoming
}

const conflict = (id: string): Row => ({ id, error: 'conflict', reason: 'Document update conflict.' })

/**
 * Writes documents and answers for each, in their order: one that is refused harms no other.
 * `new_edits: false` stores revisions as they came: https://docs.couchdb.org/en/stable/api/database/bulk-api.html
 */
export async function writeAll(opened: Opened, documents: Incoming[], newEdits: boolean): Promise<Row[]> {
  const rows: Row[] = []
  const stored: Place[] = []
  const refusals = await refusalsOf(opened, documents)
  for (const [at, incoming] of documents.entries()) {
    const { doc, attached } = incoming
    const reason = refusals.get(at)
    if (attached) {
      rows[at] = { id: doc._id, error: 'not_implemented', reason: 'attachments are not supported yet' }
    } else if (reason !== undefined) rows[at] = { id: doc._id, error: 'forbidden', reason }
    else if (isLocalId(doc._id)) rows[at] = { ok: true, ...(await writeLocal(opened, doc)) }
    else stored.push({ at, incoming })
  }
  const write = newEdits ? writeEdits : writeLeaves
  for (const [at, row] of await withoutInvalid(stored, (places) => write(opened, places))) rows[at] = row
  return rows
}

async function refusalsOf({ db, policy }: Opened, documents: Incoming[]): Promise<Map<number, string>> {
  const refusals = new Map<number, string>()
  if (!policy.refusal) return refusals
  const ids = documents.map(({ doc }) => doc._id)
  const current = await db.getMany(ids.filter((id) => !isLocalId(id)))
  const byId = new Map(current.flatMap((doc): [string, StoredDoc][] => (doc ? [[doc._id, doc]] : [])))
  for (const [at, { doc }] of documents.entries()) {
    if (isLocalId(doc._id)) continue
    const reason = policy.refusal({ doc, current: byId.get(doc._id) })
    if (reason !== undefined) refusals.set(at, reason)
  }
  return refusals
}

type Rows = [number, Row][]

async function writeEdits({ db }: Opened, places: Place[]): Promise<Rows> {
  const results = await db.write(places.map(({ incoming }) => incoming.doc))
  return results.map((result, index) => [
    places[index]?.at ?? 0,
    result.ok ? { ok: true, id: result.id, rev: result.rev } : conflict(result.id),
  ])
}

const leafOf = (incoming: Incoming): { doc: StoredDoc; revisions: { start: number; ids: string[] } } => {
  const { rev, revisions } = lineOf(incoming)
  return { doc: { ...incoming.doc, _rev: rev }, revisions }
}

async function writeLeaves({ db }: Opened, places: Place[]): Promise<Rows> {
  const leaves = places.map(({ incoming }) => leafOf(incoming))
  await db.writeRevisions(leaves)
  return leaves.map(({ doc }, index) => [places[index]?.at ?? 0, { ok: true, id: doc._id, rev: doc._rev }])
}

/** Writes; where the store finds a document that it cannot keep, and so wrote nothing, the others without it. */
async function withoutInvalid(places: Place[], write: (places: Place[]) => Promise<Rows>): Promise<Rows> {
  if (places.length === 0) return []
  try {
    return await write(places)
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error
  }
  const checked = places.map((place) => ({ place, fault: faultOf(place.incoming) }))
  const refused = checked.flatMap(({ place, fault }): Rows => (fault ? [[place.at, fault]] : []))
  const good = checked.flatMap(({ place, fault }) => (fault ? [] : [place]))
  if (good.length === places.length)
    throw new Error('The store refused a document in which nothing is wrong.')
  return good.length === 0 ? refused : [...refused, ...(await write(good))]
}

/** Why the store cannot keep a document. */
function faultOf(incoming: Incoming): Row | undefined {
  const { doc } = incoming
  try {
    if (incoming.revisions) prepareLeaf(leafOf(incoming))
    else prepare(doc)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error
    if (sizeOf(doc) > STORED_BYTES) return { id: doc._id, error: 'document_too_large', reason: doc._id }
    return { id: doc._id, error: 'bad_request', reason: error.message }
  }
}

const sizeOf = (doc: NewDoc): number => Buffer.byteLength(JSON.stringify(doc))
