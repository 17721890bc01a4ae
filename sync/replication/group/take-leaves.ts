/**
 * Revisions that come with their ancestry (`new_edits: false`). A revision keeps its client's body, for that is what
 * other replicas of it hold; the record under it is what the write path makes of the edit. The resolver then writes
 * the revision that follows, with what the server made of it: stamps, times, what a merge joined.
 */
import { same } from '../../merge/canonical.ts'
import { settle } from '../../resolver/settle.ts'
import type { Leaf, NewDoc, StoredDoc, WriteResult } from '../../store/port.ts'
import { revsOf } from '../../store/winning.ts'
import { visible } from '../../feed/present.ts'
import { upload } from '../../write/upload.ts'
import { fieldsOfDoc } from '../../write/edit.ts'
import type { RecordDoc, ReplicatedBase } from '../../write/document.ts'
import { refuse, Refusal } from '../../write/items.ts'
import { lineOf } from '../incoming.ts'
import type { Row } from '../replica.ts'
import { baseOf, type Base } from './base.ts'
import { saidBy, type Said } from './item.ts'
import { neverDeleted, notYours, type Arrival, type GroupWriting, type Refused } from './arrival.ts'

type Outcome = [Arrival, Row | Refused]

/** What clients at a revision had seen is kept of so many revisions. */
const maxBases = 10

interface Taking {
  arrival: Arrival
  said: Said
  base: Base | undefined
}

/** @param arrivals of one type, no id twice */
export const takeLeaves = async (writing: GroupWriting, arrivals: readonly Arrival[]): Promise<Outcome[]> => {
  const { target, now } = writing
  const at = now()
  const standing = await standingOf(writing, arrivals)
  const outcomes: Outcome[] = []
  const takings: Taking[] = []
  const tombstones: Leaf[] = []
  for (const arrival of arrivals) {
    const judged = await judge(writing, arrival, standing, at)
    if ('said' in judged) takings.push(judged)
    else if ('tombstone' in judged) {
      tombstones.push(judged.tombstone)
      outcomes.push([arrival, okOf(arrival)])
    } else outcomes.push([arrival, judged])
  }
  if (tombstones.length > 0) await target.db.writeRevisions(tombstones)
  outcomes.push(...(await write(writing, takings, at)))
  const stored = takings.map(({ arrival }) => arrival.storedId)
  await settle(target, [...stored, ...tombstones.map(({ doc }) => doc._id)], at)
  return outcomes
}

interface Standing {
  missing: ReadonlySet<string>
  docs: ReadonlyMap<string, RecordDoc>
  leaves: ReadonlyMap<string, Leaf[]>
}

const mark = (id: string, rev: string): string => `${id}\n${rev}`

/** What the store has of the records that arrive: their leaves only where there is something to find. */
const standingOf = async (
  { target: { db } }: GroupWriting,
  arrivals: readonly Arrival[],
): Promise<Standing> => {
  const ids = arrivals.map(({ storedId }) => storedId)
  const asked = Object.fromEntries(
    arrivals.map(({ storedId, incoming }) => [storedId, [lineOf(incoming).rev]]),
  )
  const [missing, found] = await Promise.all([db.missingRevs(asked), db.getMany(ids)])
  const docs = new Map(found.flatMap((doc) => (doc ? [[doc._id, doc as RecordDoc] as const] : [])))
  const wanted = arrivals.filter(
    ({ storedId, incoming }) => docs.has(storedId) || lineOf(incoming).revisions.start > 1,
  )
  const leaves = await Promise.all(
    wanted.map(async ({ storedId }) => [storedId, await db.leaves(storedId)] as const),
  )
  return {
    missing: new Set(Object.entries(missing).flatMap(([id, revs]) => revs.map((rev) => mark(id, rev)))),
    docs,
    leaves: new Map(leaves),
  }
}

const okOf = ({ incoming }: Arrival): Row => ({ ok: true, id: incoming.doc._id, rev: lineOf(incoming).rev })

const judge = async (
  { target, actor }: GroupWriting,
  arrival: Arrival,
  standing: Standing,
  at: number,
): Promise<Taking | { tombstone: Leaf } | Row | Refused> => {
  const { incoming, storedId, type } = arrival
  const { rev, revisions } = lineOf(incoming)
  const doc = standing.docs.get(storedId)
  const leaves = standing.leaves.get(storedId) ?? []
  if (doc && !visible(doc, actor)) return { refusal: notYours(type) }
  if (!standing.missing.has(mark(storedId, rev))) return okOf(arrival)
  const line = revsOf(revisions)
  const { _id: id, _rev, _deleted: gone, ...body } = incoming.doc
  if (gone) return judgeDeletion(arrival, { doc, leaves, line })
  if (!doc && leaves.length > 0)
    return { refusal: refuse('INVALID_REQUEST', '_id', `This ${type} was deleted`) }
  const base = doc && (await baseOf(target.db, { type, doc, leaves }, line))
  const said = saidBy({ type, storedId, body, base, editName: rev, at })
  return said instanceof Refusal ? { refusal: said, item: { id, ...body } } : { arrival, said, base }
}

/** A client may put an end to a branch that lost; a record is not deleted. What never stood here needs no tombstone. */
const judgeDeletion = (
  arrival: Arrival,
  { doc, leaves, line }: { doc: RecordDoc | undefined; leaves: readonly Leaf[]; line: readonly string[] },
): { tombstone: Leaf } | Row | Refused => {
  if (!doc) return okOf(arrival)
  const parent = leaves.find((leaf) => line.includes(leaf.doc._rev))
  if (!parent || parent.doc._rev === doc._rev) return { refusal: neverDeleted(arrival.type) }
  const { rev, revisions } = lineOf(arrival.incoming)
  const tombstone: StoredDoc = { _id: doc._id, _rev: rev, _deleted: true, merged: true }
  return { tombstone: { doc: tombstone, revisions } }
}

/** Lays the edits on their records, and stores the records under the revisions that came. */
const write = async (writing: GroupWriting, takings: readonly Taking[], at: number): Promise<Outcome[]> => {
  const [first] = takings
  if (!first) return []
  const { target, actor } = writing
  const byId = new Map(takings.map((taking) => [taking.arrival.storedId, taking]))
  const committed = new Set<string>()
  const commit = async (docs: readonly NewDoc[]): Promise<WriteResult[]> => {
    await target.db.writeRevisions(docs.map((doc) => leafOf(byId.get(doc._id), doc as RecordDoc)))
    return docs.map(({ _id: id }) => {
      const taking = byId.get(id)
      committed.add(id)
      return { ok: true, id, rev: taking ? lineOf(taking.arrival.incoming).rev : '' }
    })
  }
  const results = await upload(target, {
    ...{ type: first.arrival.type, actor, deviceId: null, sentAt: at, receivedAt: at, commit },
    items: takings.map(({ said }) => said.item),
  })
  const outcomes = takings.map(({ arrival, said: { item } }, i): Outcome => {
    const { outcome, errors = [], retryable = false } = results[i] ?? { outcome: 'REJECTED' }
    if (outcome === 'REJECTED') return [arrival, { refusal: new Refusal(errors, retryable), item }]
    return [arrival, okOf(arrival)]
  })
  // What says nothing new is a revision all the same, and is known the next time.
  const unchanged = outcomes.flatMap(([{ storedId }, outcome]) =>
    'ok' in outcome && !committed.has(storedId) ? [storedId] : [],
  )
  const docs = (await target.db.getMany(unchanged)).filter((doc) => doc !== undefined)
  if (docs.length > 0) await commit(docs)
  return outcomes
}

/** The record under the revision that came, with that revision's body. */
const leafOf = (taking: Taking | undefined, record: RecordDoc): Leaf => {
  if (!taking) throw new Error('The write path wrote a record that did not arrive')
  const { arrival, base, said } = taking
  const { rev, revisions } = lineOf(arrival.incoming)
  const { _id, _rev, ...body } = arrival.incoming.doc
  const kept = baseKept(rev, record, { base, whole: said.whole })
  const bases = [...(record.replicated?.bases ?? []), ...(kept ? [kept] : [])].slice(-maxBases)
  return { doc: { ...record, _rev: rev, replicated: { came: { rev, body }, bases } }, revisions }
}

/** What the client has at its revision, where that is not the record. */
const baseKept = (
  rev: string,
  record: RecordDoc,
  { base, whole }: { base: Base | undefined; whole: Record<string, unknown> },
): ReplicatedBase | undefined => {
  const saw = base && !base.current ? base.revision : rev
  const fields = fieldsOfDoc(record)
  const showed = Object.entries(whole).filter(([field, value]) => saw !== rev || !same(value, fields[field]))
  return showed.length === 0 ? undefined : { rev, saw: saw ?? '', showed: Object.fromEntries(showed) }
}
