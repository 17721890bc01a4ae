/**
 * What foreign clients write. Every document becomes an item of the one write path, so that shapes, references,
 * rights and rules are the API's; a refused one is its row's `forbidden`, harms no other, and is kept for its user to
 * see (`rejected`).
 */
import { typeOf } from '../../write/document.ts'
import type { Refusal } from '../../write/items.ts'
import { refuse, type WritableType } from '../../write/items.ts'
import { withoutErased } from '../../write/erased-rejections.ts'
import { rejectionDoc } from '../../write/rejection.ts'
import type { Incoming } from '../incoming.ts'
import { faultOf } from '../open-replica.ts'
import type { Row } from '../replica.ts'
import type { Arrival, GroupWriting, Refused } from './arrival.ts'
import type { Naming } from './naming.ts'
import { takeEdits } from './take-edits.ts'
import { takeLeaves } from './take-leaves.ts'

/** A record that arrives before what it refers to is refused: what others refer to goes first. */
const order: readonly WritableType[] = ['client', 'animal', 'appointment', 'treatment', 'payment', 'document']
const chunkSize = 500

export const writeToGroup = async (
  writing: GroupWriting,
  documents: readonly Incoming[],
  newEdits: boolean,
): Promise<Row[]> => {
  const rows: Row[] = []
  const arrivals: Arrival[] = []
  for (const [at, incoming] of documents.entries()) {
    const arrival = arrivalOf(writing.naming, at, incoming)
    if ('refusal' in arrival) rows[at] = forbidden(incoming.doc._id, arrival.refusal)
    else {
      const fault = faultOf(incoming)
      if (fault) rows[at] = fault
      else arrivals.push(arrival)
    }
  }
  const take = newEdits ? takeEdits : takeLeaves
  for (const chunk of chunksOf(arrivals))
    for (const [{ at, incoming, type }, outcome] of await take(writing, chunk)) {
      if (!('refusal' in outcome)) rows[at] = outcome
      else {
        rows[at] = forbidden(incoming.doc._id, outcome.refusal)
        if (outcome.item) await keep(writing, type, outcome.item, outcome.refusal)
      }
    }
  return rows
}

const arrivalOf = (naming: Naming, at: number, incoming: Incoming): Arrival | Refused => {
  if (incoming.attachments.size > 0)
    return { refusal: refuse('INVALID_REQUEST', '_attachments', 'Files go through the API: uploadDocument') }
  const storedId = naming.stored(incoming.doc._id)
  if (storedId === undefined)
    return { refusal: refuse('INVALID_REQUEST', '_id', 'is not <type>:<id> of a record that is kept here') }
  const type = order.find((one) => one === typeOf(storedId))
  if (!type) return { refusal: refuse('INVALID_REQUEST', '_id', 'These are not written from here') }
  return { at, incoming, storedId, type }
}

/** Of one type each, in the types' order, no id twice in one. */
const chunksOf = (arrivals: readonly Arrival[]): Arrival[][] => {
  const chunks: Arrival[][] = []
  for (const type of order) {
    const rounds: Arrival[][] = []
    const seen = new Map<string, number>()
    for (const arrival of arrivals) {
      if (arrival.type !== type) continue
      const round = seen.get(arrival.storedId) ?? 0
      seen.set(arrival.storedId, round + 1)
      ;(rounds[round] ??= []).push(arrival)
    }
    for (const round of rounds)
      for (let at = 0; at < round.length; at += chunkSize) chunks.push(round.slice(at, at + chunkSize))
  }
  return chunks
}

/** In words for whoever reads the log of their replication. */
const forbidden = (id: string, refusal: Refusal): Row => ({
  id,
  error: 'forbidden',
  reason: refusal.errors.map(({ code, path, message }) => `${code}: ${path} ${message}`).join('; '),
})

/** The server's copy of what it refused (I4). A client that tries again leaves no second one. */
const keep = async (
  { target, actor, now }: GroupWriting,
  type: WritableType,
  item: Record<string, unknown>,
  refusal: Refusal,
): Promise<void> => {
  const request = { type, actor, deviceId: null, receivedAt: now() }
  const kept = await withoutErased(target.db, [rejectionDoc(target.groupId, request, item, refusal)])
  await target.db.write(kept.map((doc) => ({ ...doc })))
}
