/**
 * Writes to a PMS: kept before they are acknowledged, handed to the agent in their order, settled once. A write's own
 * document is the commit of it. Its place in the order is taken before, so a place without a write means nothing, and
 * a write without a place (the lane was lost) is given one by `mend`.
 */
import type { BridgeRequest, BridgeResult, BridgeWork, PmsAnswer } from '../contract/bridge-agent.ts'
import { canonical } from '../../sync/merge/canonical.ts'
import {
  everyWrite,
  placeDocId,
  placeOf,
  placesOf,
  writeDocId,
  type PlaceDoc,
  type WriteDoc,
} from './documents.ts'
import { LaneContended, maxTries, type BridgeParts } from './parts.ts'

const dayMs = 86_400_000
/** A write that has waited for so long is given up, and a settled one forgotten. */
export const keptMs = 30 * dayMs
/** Writes of a group that may wait. */
export const mostWaiting = 10_000
/** A place whose write has not come by then never had one. */
const orphanMs = 600_000
/** Places looked at for one answer to the agent. */
const page = 50
/** Writes that an agent is given at once. */
const handful = 10

export interface NewWrite {
  groupId: number
  writeId: string
  request: BridgeRequest
  /** Headers that the PMS is given besides; the same write may come again with others. */
  passedOn?: Readonly<Record<string, string>>
}

const withHeaders = (request: BridgeRequest, more: NewWrite['passedOn']): BridgeRequest =>
  request.operation === 'call' ? { ...request, headers: { ...request.headers, ...more } } : request

export class Writes {
  readonly #parts: BridgeParts
  /** The last step of each group's queueing here, so that two do not fight for one place. */
  readonly #taking = new Map<number, Promise<unknown>>()

  constructor(parts: BridgeParts) {
    this.#parts = parts
  }

  async get(groupId: number, writeId: string): Promise<WriteDoc | undefined> {
    return (await this.#parts.db.get(writeDocId(groupId, writeId))) as WriteDoc | undefined
  }

  /**
   * Keeps a write; when this resolves it is on disk. One that is there already is given back.
   * @returns `other` where the id belongs to another request, `full` where too many wait
   */
  async add({ groupId, writeId, request, passedOn }: NewWrite): Promise<WriteDoc | 'other' | 'full'> {
    const content = canonical(request)
    const known = await this.get(groupId, writeId)
    if (known) return this.#same(known, content)
    const place = await this.#inTurn(groupId, () => this.#takePlace(groupId, writeId))
    if (place === 'full') return 'full'
    const { seals, tokens, now } = this.#parts
    const doc = {
      ...{ _id: writeDocId(groupId, writeId), type: 'bridgeWrite', groupId, writeId, place },
      ...{
        mark: tokens.mark(content),
        request: seals.seal(withHeaders(request, passedOn)),
        status: 'WAITING' as const,
      },
      ...{ queuedAt: now(), settledAt: null, reason: null, answer: null },
    }
    const [result] = await this.#parts.db.write([doc])
    if (result?.ok) {
      await this.#announce(groupId, place)
      return { ...doc, _rev: result.rev }
    }
    const first = await this.get(groupId, writeId)
    if (!first) throw new LaneContended('A write could not be kept')
    return this.#same(first, content)
  }

  #same(known: WriteDoc, content: string): WriteDoc | 'other' {
    return this.#parts.tokens.hasMark(content, known.mark) ? known : 'other'
  }

  async #inTurn<T>(groupId: number, step: () => Promise<T>): Promise<T> {
    const before = this.#taking.get(groupId) ?? Promise.resolve()
    const mine = before.then(step, step)
    const settled = mine.catch(() => undefined)
    this.#taking.set(groupId, settled)
    try {
      return await mine
    } finally {
      if (this.#taking.get(groupId) === settled) this.#taking.delete(groupId)
    }
  }

  /** The place behind the last: two servers that want the same one do not both get it. */
  async #takePlace(groupId: number, writeId: string): Promise<number | 'full'> {
    const { lane, now } = this.#parts
    for (let tries = 0; tries < maxTries; tries += 1) {
      const [[last], [first]] = (await Promise.all([
        lane.range({ ...placesOf(groupId), limit: 1, descending: true }),
        lane.range({ ...placesOf(groupId), limit: 1 }),
      ])) as [PlaceDoc[], PlaceDoc[]]
      const place = last ? placeOf(last) + 1 : 1
      if (first && place - placeOf(first) >= mostWaiting) return 'full'
      const [result] = await lane.write([{ _id: placeDocId(groupId, place), writeId, at: now() }])
      if (result?.ok) return place
    }
    throw new LaneContended('The order of writes to a PMS is written too often')
  }

  /** The write is there now, which whoever was woken by its place may have missed. */
  async #announce(groupId: number, place: number): Promise<void> {
    const { lane } = this.#parts
    const doc = await lane.get(placeDocId(groupId, place))
    if (doc) await lane.write([{ ...doc, ready: true }])
  }

  /** The next writes for the agent, in their order, but for those that it has. */
  async ready(groupId: number, have: ReadonlySet<string>): Promise<BridgeWork[]> {
    const { lane, seals, now } = this.#parts
    const work: BridgeWork[] = []
    const given = new Set<string>()
    for (const place of (await lane.range({ ...placesOf(groupId), limit: page })) as PlaceDoc[]) {
      if (work.length >= handful) break
      const { writeId } = place
      if (have.has(writeId) || given.has(writeId)) continue
      const doc = await this.get(groupId, writeId)
      if (!doc && now() - place.at < orphanMs) continue
      if (doc?.status !== 'WAITING') {
        await this.#leave(place)
        continue
      }
      if (now() - doc.queuedAt > keptMs) {
        await this.#settle(doc, 'EXPIRED', 'It waited for 30 days')
        continue
      }
      const request = seals.open(doc.request) as BridgeRequest | undefined
      given.add(writeId)
      if (request) work.push({ id: writeId, kind: 'write', waitMs: 0, request })
      else await this.#settle(doc, 'UNCERTAIN', 'It was encrypted with a secret that is no longer known')
    }
    return work
  }

  /** Keeps what has become of a write; told again, or of one that is not known, nothing changes. */
  async report(groupId: number, result: BridgeResult): Promise<void> {
    const doc = await this.get(groupId, result.id)
    if (!doc) return
    if (doc.status === 'WAITING') await this.#settle(doc, ...verdictOf(result))
    else await this.#leaveAt(doc)
  }

  async #settle(
    doc: WriteDoc,
    status: WriteDoc['status'],
    reason: string | null,
    answer?: PmsAnswer,
  ): Promise<void> {
    const { db, seals, now, log } = this.#parts
    const { groupId, writeId } = doc
    const settled = { status, reason, settledAt: now(), answer: answer ? seals.seal(answer) : null }
    for (let tries = 0, current: WriteDoc | undefined = doc; current?.status === 'WAITING'; tries += 1) {
      if (tries === maxTries) throw new LaneContended('A write to a PMS is written too often')
      const [result] = await db.write([{ ...current, ...settled }])
      if (result?.ok) {
        if (status !== 'ACCEPTED')
          log.warn({ groupId, writeId, status }, 'A write to a PMS did not go through')
        break
      }
      current = await this.get(groupId, writeId)
    }
    await this.#leaveAt(doc)
  }

  async #leaveAt({ groupId, place, writeId }: WriteDoc): Promise<void> {
    const doc = (await this.#parts.lane.get(placeDocId(groupId, place))) as PlaceDoc | undefined
    if (doc?.writeId === writeId) await this.#leave(doc)
  }

  /** A conflict is another server that did it. */
  async #leave({ _id, _rev }: PlaceDoc): Promise<void> {
    await this.#parts.lane.write([{ _id, _rev, _deleted: true }])
  }

  /** How many writes of a group wait, counted up to a thousand, and since when (ms since the epoch). */
  async waiting(groupId: number): Promise<{ count: number; since: number | null }> {
    const places = (await this.#parts.lane.range({ ...placesOf(groupId), limit: 1000 })) as PlaceDoc[]
    return { count: places.length, since: places[0]?.at ?? null }
  }

  /** Forgets writes that were settled long ago, gives up those that waited too long, and mends the order. */
  async sweep(): Promise<void> {
    const { db, now } = this.#parts
    const lost: WriteDoc[] = []
    for (let from = everyWrite.from, more = true; more;) {
      const docs = (await db.range({ from, to: everyWrite.to, limit: 500 })) as WriteDoc[]
      const old = docs.filter(({ settledAt }) => settledAt !== null && now() - settledAt > keptMs)
      if (old.length > 0) await db.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
      for (const doc of docs) if (doc.status === 'WAITING' && !(await this.#hasPlace(doc))) lost.push(doc)
      more = docs.length === 500
      from = `${docs.at(-1)?._id ?? ''}\u0000`
    }
    for (const doc of lost.sort((a, b) => a.place - b.place || a.queuedAt - b.queuedAt)) await this.#mend(doc)
  }

  async #hasPlace({ groupId, place, writeId }: WriteDoc): Promise<boolean> {
    const doc = (await this.#parts.lane.get(placeDocId(groupId, place))) as PlaceDoc | undefined
    return doc?.writeId === writeId
  }

  async #mend(doc: WriteDoc): Promise<void> {
    const place = await this.#inTurn(doc.groupId, () => this.#takePlace(doc.groupId, doc.writeId))
    if (place === 'full') return
    const current = await this.get(doc.groupId, doc.writeId)
    if (current?.status === 'WAITING') await this.#parts.db.write([{ ...current, place }])
  }
}

type Verdict = [status: WriteDoc['status'], reason: string | null, answer?: PmsAnswer]

const verdictOf = ({ answer, failure }: BridgeResult): Verdict => {
  if (answer && answer.status < 400) return ['ACCEPTED', null, answer]
  if (answer) return ['REFUSED', `The PMS answered ${answer.status}`, answer]
  const reason = failure?.reason ?? 'The agent told nothing of it'
  const refused = failure?.code === 'NOT_ALLOWED' || failure?.code === 'GONE'
  return [refused ? 'REFUSED' : 'UNCERTAIN', reason]
}
