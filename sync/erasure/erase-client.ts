/**
 * Erases a client's personal data from a group's database. The document `erasure:<clientId>` is written first and says
 * how far it came, so that a server that dies leaves nothing half done for good: whoever takes it up does every step
 * again, and each is done once or changes nothing. The client's own record is the first step: from then on the write
 * path refuses what would bring the data back (I2's exception, SPEC.md).
 */
import type { Group } from '../group.ts'
import { same } from '../merge/canonical.ts'
import { settle } from '../resolver/settle.ts'
import type { StoredDoc } from '../store/port.ts'
import { bareId, docId, schemaVersion, typeOf } from '../write/document.ts'
import { emptiedItem } from '../write/erased-rejections.ts'
import { historyToErase, pastToErase, toErase } from './erased.ts'
import { fieldsErased } from './policy.ts'
import { documents, formerStates, recordsOf, rejectedNaming } from './records-of.ts'

const maxTries = 20

export interface Erasure {
  clientId: string
  /** ISO 8601 */
  begunAt: string
  by: string
  /** Categories of documents whose files go too. */
  documentCategories: string[]
  /** Null until every step was done once. */
  doneAt: string | null
}
export type ErasureDoc = StoredDoc & Erasure

export interface ErasureRequest {
  clientId: string
  by: string
  documentCategories: readonly string[]
  /** ms since the epoch */
  at: number
}

export const erasureId = (clientId: string): string => `erasure:${clientId}`

type Source = Pick<Group, 'groupId' | 'db' | 'index' | 'ledger' | 'witness'>

/** Begins an erasure, or one that is there already with further categories. */
export const beginErasure = async (
  { db, groupId }: Source,
  { clientId, by, documentCategories, at }: ErasureRequest,
): Promise<ErasureDoc> => {
  const _id = erasureId(clientId)
  for (let tries = 0; tries < maxTries; tries += 1) {
    const standing = (await db.get(_id)) as ErasureDoc | undefined
    const categories = [...new Set([...(standing?.documentCategories ?? []), ...documentCategories])].sort()
    const fields: Erasure = {
      ...{ clientId, by: standing?.by ?? by, documentCategories: categories, doneAt: null },
      begunAt: standing?.begunAt ?? new Date(at).toISOString(),
    }
    const common = { type: 'erasure', groupId, siteIds: [], schemaVersion }
    const doc = { ...(standing ?? common), ...fields, _id }
    const [written] = await db.write([doc])
    if (written?.ok) return { ...doc, _rev: written.rev }
  }
  throw new Error('An erasure is written too often')
}

/** Does every step; safe to be done again, also by several servers at once. */
export const carryOut = async (group: Source, erasure: ErasureDoc, at: number): Promise<void> => {
  const { db } = group
  const { clientId, begunAt } = erasure
  const rewriting = { db, at }
  await rewrite(rewriting, [docId('client', clientId)], (doc) => toErase(doc, begunAt))
  const ids = await recordsOf(group, clientId)
  await rewrite(rewriting, ids, (doc) => change(doc, erasure))
  await settle(
    group,
    ids.filter((id) => typeOf(id) !== 'registration'),
    at,
  )
  for await (const page of formerStates(db, ids))
    await rewrite(
      rewriting,
      page.map(({ _id }) => _id),
      (doc) => (doc['type'] === 'history' ? historyToErase(doc) : pastToErase(doc, begunAt)),
    )
  for await (const page of rejectedNaming(db, ids))
    await rewrite(
      rewriting,
      page.map(({ _id }) => _id),
      refusalToErase,
    )
  await forgetBookings(group, ids)
  await db.compact()
  // Somebody who began it again meanwhile carries it out too, and says so then.
  if (erasure.doneAt === null) await db.write([{ ...erasure, doneAt: new Date(at).toISOString() }])
}

const refusalToErase = (doc: StoredDoc): StoredDoc | undefined => {
  const item = emptiedItem(doc['recordType'], doc['item'])
  return same(item, doc['item']) ? undefined : { ...doc, item }
}

/** What becomes of one of the client's records; undefined where it stays. */
const change = (doc: StoredDoc, erasure: ErasureDoc): StoredDoc | undefined => {
  const type = typeOf(doc._id)
  if (Object.keys(fieldsErased(type)).length === 0) return undefined
  if (type !== 'document') return withReminderEnded(doc, toErase(doc, erasure.begunAt))
  if (!erasure.documentCategories.includes(String(doc['category']))) return undefined
  const at = erasure.begunAt
  const versions = Array.isArray(doc['versions']) ? (doc['versions'] as object[]) : undefined
  const gone = {
    ...{ deletedAt: doc['deletedAt'] ?? at, purgedAt: doc['purgedAt'] ?? at },
    ...(versions ? { versions: versions.map((one) => ({ ...one, fileName: 'Erased' })) } : {}),
  }
  return toErase({ ...doc, ...gone }, at) ?? (doc['purgedAt'] ? undefined : { ...doc, ...gone })
}

/** Nobody is reminded any more. */
const withReminderEnded = (before: StoredDoc, doc: StoredDoc | undefined): StoredDoc | undefined =>
  doc && typeOf(doc._id) === 'reminder' && before['status'] === 'OPEN'
    ? { ...doc, status: 'CANCELLED', settledAt: doc['erased'], settledBy: null }
    : doc

/** Changes documents by what they are now, and again where somebody else was faster. */
const rewrite = async (
  { db, at }: { db: Source['db']; at: number },
  ids: readonly string[],
  next: (doc: StoredDoc) => StoredDoc | undefined,
): Promise<void> => {
  let left = [...ids]
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries === maxTries) throw new Error('A record is written too often to erase it')
    const late: string[] = []
    for await (const page of documents(db, left)) {
      const changed = page.flatMap((doc) => next(doc) ?? [])
      const modifiedAt = new Date(at).toISOString()
      const dated = changed.map((doc) => ('modifiedAt' in doc ? { ...doc, modifiedAt } : doc))
      const results = dated.length > 0 ? await db.write(dated) : []
      late.push(...results.flatMap((result) => (result.ok ? [] : [result.id])))
    }
    left = late
  }
}

const dayMs = 86_400_000

/** Entries of the ledger carry whole bookings until their appointment was seen to stand: these stand. */
const forgetBookings = async (group: Source, ids: readonly string[]): Promise<void> => {
  const appointments = ids.filter((id) => typeOf(id) === 'appointment')
  if (appointments.length === 0) return
  const ledger = await group.ledger()
  const names = new Set<string>()
  for await (const page of documents(group.db, appointments))
    for (const { practitionerId, startsAt } of page)
      for (const days of [-1, 0, 1]) {
        const at = new Date(Date.parse(String(startsAt)) + days * dayMs)
        names.add(`ledger:${String(practitionerId)}:${at.toISOString().slice(0, 10)}`)
      }
  const mine = new Set(appointments.map(bareId))
  const docs = (await ledger.getMany([...names])).flatMap((doc) => doc ?? [])
  for (const doc of docs) {
    const entries = doc['entries'] as { appointmentId: string; booking?: unknown }[]
    if (!entries.some(({ appointmentId, booking }) => booking && mine.has(appointmentId))) continue
    const kept = entries.map(({ booking, ...entry }) =>
      booking && !mine.has(entry.appointmentId) ? { ...entry, booking } : entry,
    )
    // Where somebody else was faster, the next round of the erasure (finishErasures) comes to it.
    await ledger.write([{ ...doc, entries: kept }])
  }
}

/** Erasures that are looked at again for so long: what was under way when they began has landed by then. */
const watchedMs = 2 * dayMs

/** Carries out what a server that died left, and once more what was done lately. Answers whose. */
export const finishErasures = async (group: Source, at: number): Promise<string[]> => {
  const all = (await group.db.range({ from: 'erasure:', to: 'erasure:\uffff' })) as ErasureDoc[]
  const open = all.filter(({ doneAt }) => doneAt === null || Date.parse(doneAt) > at - watchedMs)
  for (const doc of open) await carryOut(group, doc, at)
  return open.map(({ clientId }) => clientId)
}
