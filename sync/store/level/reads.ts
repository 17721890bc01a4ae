import {
  StoreUnavailable,
  type Change,
  type ChangesOptions,
  type Leaf,
  type RangeOptions,
  type Seq,
  type StoredDoc,
} from '../port.ts'
import { assertText, generationOf, hashOf, storedDoc } from '../prepared.ts'
import { allOf, inSteps } from './in-steps.ts'
import type { Level } from './level-handle.ts'
import { keys, lineageOf, parseRecord, type ChangeRecord, type Counters, type DocRecord } from './records.ts'
import { leavesOf, paths } from './revision-tree.ts'
import { readLosers } from './writer.ts'
import type { Snapshot } from 'classic-level'

const HIGH_WATER_BYTES = 1024 * 1024

/** The document in a record; a deleted one is none. */
export function toDoc(id: string, text: string | undefined): StoredDoc | undefined {
  if (text === undefined) return undefined
  const record = parseRecord<DocRecord>(text)
  return record.deleted ? undefined : storedDoc(id, record.rev, false, record.body)
}

/** Documents by id, without the deleted ones. */
export async function readRange(level: Level, options: RangeOptions): Promise<StoredDoc[]> {
  const { from, to, limit = Infinity, descending = false } = options
  assertText(from)
  assertText(to)
  const found: StoredDoc[] = []
  if (limit <= 0) return found
  const range = {
    gte: keys.doc(from),
    lte: keys.doc(to),
    reverse: descending,
    highWaterMarkBytes: HIGH_WATER_BYTES,
  }
  await using iterator = level.iterator(range)
  for (;;) {
    const wanted = limit - found.length
    let read = 0
    for await (const entries of inSteps(iterator, wanted)) {
      read += entries.length
      for (const [key, text] of entries) {
        const doc = toDoc(key.slice(1), text)
        if (doc) found.push(doc)
      }
    }
    // Deleted ones among them have left room for more.
    if (read < wanted || found.length >= limit) return found
  }
}

async function placeOf(level: Level, since: Seq, updateSeq: number): Promise<number> {
  const place = Number(since)
  if (!Number.isSafeInteger(place) || place < 0) {
    throw new RangeError(`The sequence ${since} is not one of this database.`)
  }
  if (place <= updateSeq) return place
  // Either the batch is on disk and its writer has not heard of it yet, or the place is of the time before an older
  // backup was put back. Then all is told again: that does no harm, but changes never told would.
  const text = await level.get(keys.counters)
  return text !== undefined && place <= parseRecord<Counters>(text).updateSeq ? place : 0
}

function toChange(seq: number, { id, rev, deleted, leaves }: ChangeRecord): Change {
  return { id, seq, rev, deleted: deleted === true, leaves: leaves ?? [rev] }
}

/** The changes after a place, each document once, with the winner's body as it stood at that change. */
export async function readChanges(
  level: Level,
  options: ChangesOptions,
  updateSeq: number,
): Promise<{ changes: Change[]; lastSeq: Seq }> {
  const since = await placeOf(level, options.since ?? 0, updateSeq)
  // Who follows the changes asks most often when there is nothing new; every acknowledged write is counted.
  if (options.limit <= 0 || since === updateSeq) return { changes: [], lastSeq: since }
  // One view of the store for places and bodies: a document changed in between would be told at its old place.
  await using snapshot = level.snapshot()
  return await changesIn(level, snapshot, { ...options, since })
}

/** As `readChanges`, of a view of the store. */
export async function changesIn(
  level: Level,
  snapshot: Snapshot,
  options: ChangesOptions & { since: number },
): Promise<{ changes: Change[]; lastSeq: Seq }> {
  const { since } = options
  const range = { gt: keys.change(since), lt: 't', limit: options.limit }
  const entries = await allOf(level.iterator({ ...range, snapshot, highWaterMarkBytes: HIGH_WATER_BYTES }))
  const changes = entries.map(([key, text]) =>
    toChange(Number(key.slice(1)), parseRecord<ChangeRecord>(text)),
  )
  if (options.docs) {
    const texts = await level.getMany(
      changes.map(({ id }) => keys.doc(id)),
      { snapshot },
    )
    for (const [at, change] of changes.entries()) {
      const text = texts[at]
      if (text === undefined) throw new StoreUnavailable(`The embedded store lost the document of a change.`)
      const { body } = parseRecord<DocRecord>(text)
      change.doc = storedDoc(change.id, change.rev, change.deleted, body)
    }
  }
  return { changes, lastSeq: changes.at(-1)?.seq ?? since }
}

/** The leaves of a document with their bodies, the winner first. */
export async function readLeaves(level: Level, id: string): Promise<Leaf[]> {
  await using snapshot = level.snapshot()
  return await leavesIn(level, snapshot, id, await level.get(keys.doc(id), { snapshot }))
}

/** As `readLeaves`, of what a view of the store has under `d<id>`. */
export async function leavesIn(
  level: Level,
  snapshot: Snapshot,
  id: string,
  text: string | undefined,
): Promise<Leaf[]> {
  if (text === undefined) return []
  const record = parseRecord<DocRecord>(text)
  const losers = await readLosers(level, id, record, snapshot)
  const lineage = lineageOf(record)
  const winner = { rev: record.rev, deleted: record.deleted === true }
  const revisions = new Map(
    paths(lineage, winner).map((path) => [`${path.start}-${path.ids[0] ?? ''}`, path]),
  )
  return leavesOf(lineage, winner).map(({ rev, deleted }) => {
    const body = losers.get(rev)
    const fields = body === undefined ? record.body : (JSON.parse(body) as Record<string, unknown>)
    return {
      doc: storedDoc(id, rev, deleted, fields),
      revisions: revisions.get(rev) ?? { start: generationOf(rev), ids: [hashOf(rev)] },
    }
  })
}
