import type { Database, NewDoc, NewLeaf } from '../store/port.ts'
import { InvalidDocument, prepare, prepareLeaf } from '../store/prepared.ts'
import { newAttachments } from './attachments/incoming.ts'
import { bytesHere } from './attachments/standing.ts'
import { lineOf, type Incoming } from './incoming.ts'
import type { Replica, Row, ServedAttachment } from './replica.ts'

// The store's own limit; what is below may still be refused for other reasons.
const STORED_BYTES = 7_000_000

interface Place {
  at: number
  incoming: Incoming
}

const missingStub = (id: string): Row => ({
  id,
  error: 'missing_stub',
  reason: `Invalid attachment stub in ${id}: there are no such bytes here.`,
})
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
    revision: (id, rev) => db.revision(id, rev),
    attachment: (id, rev, name) => attachment(db, { id, rev, name }),
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
  const results = await db.write(places.map(({ incoming }) => docOf(incoming)))
  return results.map((result, index) => [
    places[index]?.at ?? 0,
    result.ok ? { ok: true, id: result.id, rev: result.rev } : refusal(result),
  ])
}

const refusal = ({ id, reason }: { id: string; reason: 'conflict' | 'missing_stub' }): Row =>
  reason === 'conflict' ? conflict(id) : missingStub(id)

const docOf = ({ doc, attachments }: Incoming): NewDoc => ({ ...doc, ...newAttachments(attachments, false) })

async function attachment(
  db: Database,
  { id, rev, name }: { id: string; rev: string; name: string },
): Promise<ServedAttachment | undefined> {
  const found = await db.attachment(id, rev, name)
  return (
    found && {
      stub: found.stub,
      open: (span) =>
        Promise.resolve(once(span ? found.data.subarray(span.start, span.end + 1) : found.data)),
    }
  )
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A document that came with its revision, as a leaf of the tree. */
function leafOf(incoming: Incoming): NewLeaf {
  const { rev, revisions } = lineOf(incoming)
  return { doc: { ...incoming.doc, _rev: rev, ...newAttachments(incoming.attachments, true) }, revisions }
}

async function writeLeaves(db: Database, places: Place[]): Promise<Rows> {
  const rows: Rows = []
  const good: { at: number; leaf: NewLeaf }[] = []
  for (const { at, incoming } of places) {
    const attachments = await bytesHere(db, incoming)
    if (attachments) good.push({ at, leaf: leafOf({ ...incoming, attachments }) })
    else rows.push([at, missingStub(incoming.doc._id)])
  }
  await db.writeRevisions(good.map(({ leaf }) => leaf))
  for (const {
    at,
    leaf: { doc },
  } of good)
    rows.push([at, { ok: true, id: doc._id, rev: doc._rev }])
  return rows
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
    if (incoming.revisions) prepareLeaf(leafOf({ ...incoming, attachments: new Map() }))
    else prepare(doc)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error
    if (sizeOf(doc) > STORED_BYTES) return { id: doc._id, error: 'document_too_large', reason: doc._id }
    return { id: doc._id, error: 'bad_request', reason: error.message }
  }
}

const sizeOf = (doc: NewDoc): number => Buffer.byteLength(JSON.stringify(doc))
