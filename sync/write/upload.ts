/**
 * The one write path: rights, shape, references, merge, store. Every item ends with a result of its own, in the
 * items' order, and only when it is on disk (I2, I3, I4, I9).
 *
 * Records of one batch are written together. A record that somebody else wrote in the meantime is read again and
 * its items are merged anew: the write names the revision it replaces, so nothing is overwritten unseen.
 */
import { setImmediate } from 'node:timers/promises'
import { accountingOf, nothingClosed, type Accounting } from '../billing/accounting.ts'
import { creditVoided } from '../billing/credit.ts'
import { isBooked } from '../billing/period.ts'
import type { UploadResult } from '../contract/upload.ts'
import { StoreUnavailable, type Database, type NewDoc } from '../store/port.ts'
import type { UploadRequest, WorkContext, WriteTarget } from './context.ts'
import { markAwaited } from './awaited-animals.ts'
import { docId, type RecordDoc } from './document.ts'
import { followUp } from './follow-up.ts'
import { parseItem, Refusal, refuse as refuseItem, rejected, type Item } from './items.ts'
import { withoutErased } from './erased-rejections.ts'
import { RecordWork } from './record-work.ts'
import { References } from './references.ts'
import { rejectionDoc, type RejectionDoc } from './rejection.ts'
import { claimReversals } from './reversals.ts'
import { shareWithSites } from './share.ts'
import { tellWitness } from './tell-witness.ts'

/** A record that is written so often that a merge never lands is not normal. */
const maxRounds = 20

/**
 * @returns one result an item, in their order
 * @throws StoreUnavailable, and then nothing of the batch can be taken as done; sending it again is safe
 */
export const upload = async (target: WriteTarget, request: UploadRequest): Promise<UploadResult[]> => {
  const results = new Array<UploadResult | undefined>(request.items.length)
  const parsed = request.items.map((raw, i) => parseItem(request.type, raw, i))
  const refusals: RejectionDoc[] = []
  const refuse = (index: number, refusal: Refusal, record?: Record<string, unknown>): void => {
    const raw = request.items[index]
    results[index] = rejected(raw, refusal, record)
    refusals.push(rejectionDoc(target.groupId, request, raw, refusal))
  }
  for (const [i, item] of parsed.entries()) if (item instanceof Refusal) refuse(i, item)
  let items = parsed.filter((item): item is Item => !(item instanceof Refusal))
  const references = new References(target.db)
  const values = items.map((item) => (item.kind === 'create' ? item.data : targets(item)))
  const [books] = await Promise.all([booksFor(target, request), references.load(request.type, values)])
  const now = new Date(request.receivedAt).toISOString()
  const context: WorkContext = { target, request, references, now, books, told: new Set() }
  for (let round = 0; items.length > 0; round += 1) {
    if (round === maxRounds) throw new StoreUnavailable('A record is written too often to merge into it')
    // A creation says itself, when it is written, whether its record is there already: only then is it read.
    const readAll = round > 0 || request.commit !== undefined
    const works = await load(context, items, (item) => readAll || item.kind === 'edit')
    items = await writeRound(context, works, items, { results, refuse })
  }
  if (request.type === 'treatment') await creditVoids(target, request, parsed)
  // Who is no device is told at once and keeps what was refused itself.
  if (request.deviceId !== null && refusals.length > 0)
    await writeAll(target.db, await withoutErased(target.db, refusals))
  return results.map((result, i) => result ?? rejected(request.items[i], new Refusal([])))
}

const booksFor = async ({ db }: WriteTarget, { type }: UploadRequest): Promise<Accounting> =>
  isBooked(type) ? await accountingOf(db) : nothingClosed

/** Credit notes for the invoiced treatments that items of this batch, or of an earlier attempt at it, voided. */
const creditVoids = async (
  { db }: WriteTarget,
  { receivedAt }: UploadRequest,
  parsed: readonly (Item | Refusal)[],
): Promise<void> => {
  const voiding = parsed.flatMap((item) =>
    !(item instanceof Refusal) && item.kind === 'edit' && item.changes['voided'] ? [item.recordId] : [],
  )
  if (voiding.length > 0) await creditVoided(db, voiding, receivedAt)
}

const targets = (item: Item & { kind: 'edit' }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item.changes).map(([field, change]) => [field, change.to]))

interface Ending {
  results: (UploadResult | undefined)[]
  refuse: (index: number, refusal: Refusal, record?: Record<string, unknown>) => void
}

/** Works the items on the records and writes; returns the items whose record has to be read again. */
const writeRound = async (
  context: WorkContext,
  works: ReadonlyMap<string, RecordWork>,
  items: readonly Item[],
  { results, refuse }: Ending,
): Promise<Item[]> => {
  const { target, request } = context
  for (const item of items) await works.get(item.recordId)?.take(item)
  if (request.type === 'payment') await withdrawSecondReversals(context, works)
  const changed = [...works.values()].filter((work) => work.changed)
  const before = changed.flatMap((work) => work.histories)
  if (before.length > 0) await writeAll(target.db, before)
  await tellWitness(context, changed)
  if (request.type === 'appointment')
    await shareWithSites(
      context,
      changed.map((work) => work.doc),
    )
  if (request.type === 'document')
    await markAwaited(
      target,
      changed.map((work) => work.doc),
    )
  const docs = changed.map((work) => work.doc as NewDoc)
  const [written] = await Promise.all([
    request.commit?.(docs) ?? target.db.write(docs),
    setImmediate().then(() => changed.forEach((work) => work.prepareRecord())),
  ])
  const late = new Set([...works.values()].filter((work) => work.unsure).map((work) => work.recordId))
  for (const [i, result] of written.entries()) {
    const work = changed[i]
    if (!work) continue
    if (result.ok) work.committed(result.rev)
    else late.add(work.recordId)
  }
  await followUp(
    context,
    [...works.values()].filter((work) => !late.has(work.recordId)),
  )
  for (const work of works.values())
    if (!late.has(work.recordId))
      for (const { item, result } of work.results())
        if (result instanceof Refusal) refuse(item.index, result, work.record())
        else results[item.index] = result
  return items.filter((item) => late.has(item.recordId))
}

const secondReversal = refuseItem(
  'ALREADY_REVERSED',
  'data.reversalOf',
  'This payment is reversed already; look at its reversal',
)

const withdrawSecondReversals = async (
  { target, request }: WorkContext,
  works: ReadonlyMap<string, RecordWork>,
): Promise<void> => {
  const made = [...works.values()].filter((work) => work.changed).map((work) => work.doc)
  const refused = await claimReversals(target.db, made, request.receivedAt)
  for (const id of refused) works.get(id)?.withdraw(secondReversal)
}

/** Records by id; a record that is not among `loaded` is taken for new. */
const worksOf = (
  context: WorkContext,
  items: readonly Item[],
  loaded: ReadonlyMap<string, RecordDoc | undefined>,
): Map<string, RecordWork> => {
  const beside: RecordDoc[] = []
  const works = new Map<string, RecordWork>()
  for (const { recordId } of items)
    if (!works.has(recordId)) {
      const known = loaded.has(recordId)
      works.set(recordId, new RecordWork(context, { recordId, known, doc: loaded.get(recordId), beside }))
    }
  return works
}

/** The records of the items that `which` picks, read; the others taken for new. */
const load = async (
  context: WorkContext,
  items: readonly Item[],
  which: (item: Item) => boolean,
): Promise<Map<string, RecordWork>> => {
  const ids = [...new Set(items.filter(which).map((item) => item.recordId))]
  const docs = await context.target.db.getMany(ids.map((id) => docId(context.request.type, id)))
  return worksOf(context, items, new Map(ids.map((id, i) => [id, docs[i] as RecordDoc | undefined])))
}

/** What stands already is from an attempt that did not reach its commit, or the same item refused again. */
const writeAll = async (db: Database, docs: readonly { _id: string }[]): Promise<void> => {
  const results = await db.write(docs)
  const again = docs.filter((_, i) => results[i]?.ok === false)
  if (again.length === 0) return
  const standing = await db.getMany(again.map((doc) => doc._id))
  const updates = again.flatMap((doc, i) => {
    const rev = standing[i]?._rev
    return rev === undefined ? [] : [{ ...doc, _rev: rev }]
  })
  await db.write(updates)
}
