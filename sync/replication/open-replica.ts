import type { Database, Leaf, NewDoc } from '../store/port.ts'
import { InvalidDocument, prepare, prepareLeaf } from '../store/prepared.ts'
import { lineOf, type Incoming } from './incoming.ts'
import type { Replica, Row } from './replica.ts'

// The store's own limit; what is below may still be refused for other reasons.
const STORED_BYTES = 7_000_000

interface Place {
  at: number
  incoming: Incoming
}

const conflict = (id: string): Row => ({ id, error: 'conflict', reason: 'Document update conflict.' })

/** A database in which everybody may read and write everything. */
export function openReplica(db: Database): Replica {
  return {
    name: db.name,
    path: encodeURIComponent(db.name),
    info: () => db.info(),
    getMany: (ids) => db.getMany(ids),
    range: (options) => db.range(options),
    changes: (options) => db.changes(options),
    subscribe: (listener) => db.subscribe(listener),
    leaves: (id) => db.leaves(id),
    missingRevs: (request) => db.missingRevs(request),
    getLocal: (id) => db.getLocal(id),
    putLocal: (id, body) => db.putLocal(id, body),
    async write(documents, newEdits) {
      const places = documents.map((incoming, at) => ({ at, incoming }))
      const write = newEdits ? writeEdits : writeLeaves
      const rows: Row[] = []
      for (const [at, row] of await withoutInvalid(places, (some) => write(db, some))) rows[at] = row
      return rows
    },
  }
}

type Rows = [number, Row][]

async function writeEdits(db: Database, places: Place[]): Promise<Rows> {
  const results = await db.write(places.map(({ incoming }) => incoming.doc))
  return results.map((result, index) => [
    places[index]?.at ?? 0,
    result.ok ? { ok: true, id: result.id, rev: result.rev } : conflict(result.id),
  ])
}

/** A document that came with its revision, as a leaf of the tree. */
function leafOf(incoming: Incoming): Leaf {
  const { rev, revisions } = lineOf(incoming)
  return { doc: { ...incoming.doc, _rev: rev }, revisions }
}

async function writeLeaves(db: Database, places: Place[]): Promise<Rows> {
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
export function faultOf(incoming: Incoming): Row | undefined {
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
