/** What must hold of a device that is caught up, and of everything when all is quiet. */
import { expect } from 'chai'
import type { UploadResult } from '../../../sync/contract/upload.ts'
import { own, same } from '../../../sync/merge/canonical.ts'
import { layoutOf } from '../../../sync/merge/layout.ts'
import { conflictsOf } from '../../../sync/merge/conflicts.ts'
import type { Clocks } from '../../../sync/merge/types.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { defaultWindows, inWindow, windowAt } from '../../../sync/feed/window.ts'
import { apiRecord, bareId, typeOf as typeOfId } from '../../../sync/write/document.ts'
import { collections, type UploadableType } from '../../../sync/contract/records.ts'
import { pulled, typeOf, type LightDevice, type Pulled, type Pushed } from './device.ts'

interface Scope {
  siteIds: readonly number[]
  now: number
}

const dateFields: Partial<Record<Pulled, string>> = {
  appointments: 'startsAt',
  treatments: 'treatedAt',
  payments: 'takenAt',
}
const groupWide = new Set(['reference', 'treatmentCode'])
const merging = new Set(['client', 'animal', 'appointment', 'treatment', 'payment'])

const mine = (doc: StoredDoc, { siteIds }: Scope): boolean => {
  const sites = (doc['siteIds'] ?? []) as number[]
  return sites.length === 0 ? groupWide.has(typeOfId(doc._id)) : sites.some((id) => siteIds.includes(id))
}

const conflictsIn = (doc: StoredDoc) => {
  const { clocks = {}, ...fields } = doc
  return merging.has(typeOfId(doc._id))
    ? conflictsOf(typeOfId(doc._id) as UploadableType, bareId(doc._id), { fields, clocks: clocks as Clocks })
    : []
}

/** What a device of this scope is to hold of a collection, from the store alone. */
const meantFor = (name: Pulled, docs: readonly StoredDoc[], scope: Scope): Map<string, unknown> => {
  const seen = docs.filter((doc) => mine(doc, scope))
  if (name === 'conflicts')
    return new Map(
      seen.flatMap((doc) =>
        conflictsIn(doc).map((c) => [c.id, { ...c, recordRevision: doc._rev, siteIds: doc['siteIds'] }]),
      ),
    )
  const window = windowAt(defaultWindows, name, scope.now)
  const field = dateFields[name]
  return new Map(
    seen
      .filter((doc) => typeOfId(doc._id) === collections[name])
      .filter((doc) => field === undefined || inWindow(window, new Date(String(doc[field])).toISOString()))
      .map((doc) => [bareId(doc._id), apiRecord(doc)]),
  )
}

/** I1 and I7: a device that is caught up holds what it is to hold, as the store has it, and nothing else. */
export const checkDevice = (device: LightDevice, docs: readonly StoredDoc[], scope: Scope): void => {
  for (const name of pulled) {
    const meant = meantFor(name, docs, scope)
    const held = device.records.get(name) ?? new Map<string, never>()
    const unsent = [...held.values()].filter((record) => record.pendingEdits).map(({ id }) => id)
    for (const id of unsent) meant.delete(id)
    const synced = new Map(
      [...held].filter(([id]) => !unsent.includes(id)).map(([id, record]) => [id, withoutNames(record)]),
    )
    expect(Object.fromEntries(synced), `${name} on device ${device.user.index}`).to.deep.equal(
      Object.fromEntries(meant),
    )
  }
}

/** A conflict's values come with their writers' names, which the store's records do not hold. */
const withoutNames = <R extends object>(record: R): R => {
  const { values } = record as { values?: { byName?: unknown }[] }
  return values ? { ...record, values: values.map(({ byName: _name, ...value }) => value) } : record
}

/** An item, and what a server said of it, whether or not the device heard. */
export interface Said {
  collection: Pushed
  item: Record<string, unknown>
  result: UploadResult
  heard: boolean
}

/** What must hold when all is quiet, besides what holds of each device. */
export const checkStore = (docs: readonly StoredDoc[], all: readonly Said[]): void => {
  const byId = new Map(docs.map((doc) => [doc._id, doc]))
  checkOnce(all, docs)
  for (const said of all) if (said.heard) checkReachable(said, byId, docs)
  checkClashes(docs)
}

const done = new Set(['CREATED', 'UPDATED', 'MERGED', 'CONFLICT'])

/** I3: each item was done once at most, made one record, and left one mark in each register. */
const checkOnce = (all: readonly Said[], docs: readonly StoredDoc[]): void => {
  const doneOnce = new Set<string>()
  for (const { item, result } of all) {
    if (!done.has(result.outcome)) continue
    const key = `${String(item['clientItemId'])} ${JSON.stringify(item['data'] ?? item['changes'])}`
    expect(doneOnce.has(key), `done twice: ${key}`).to.equal(false)
    doneOnce.add(key)
  }
  for (const doc of docs) {
    const applied = (doc['applied'] ?? []) as { id: string }[]
    expect(new Set(applied.map(({ id }) => id)).size, `edits of ${doc._id}`).to.equal(applied.length)
    for (const [key, { live, gone }] of Object.entries((doc['clocks'] ?? {}) as Clocks)) {
      const edits = [...live.map(({ stamp }) => stamp), ...gone].map((stamp) => stamp.slice(-12))
      expect(new Set(edits).size, `${key} of ${doc._id}: ${edits.join(' ')}`).to.equal(edits.length)
    }
  }
}

/** I2: what was acknowledged is in the record, in its history, or in a conflict. I4: what was refused is with the user. */
const checkReachable = (
  { collection, item, result }: Said,
  byId: ReadonlyMap<string, StoredDoc>,
  docs: readonly StoredDoc[],
): void => {
  if (result.outcome === 'REJECTED') return void expect(result.errors, 'reasons').not.to.have.length(0)
  const type = typeOf(collection)
  const id = `${type}:${String(item['id'] ?? item['clientItemId'])}`
  const doc = byId.get(id)
  expect(doc, `acknowledged and gone: ${id}`).not.to.equal(undefined)
  if (!doc) return
  const history = docs.filter((one) => one['recordId'] === bareId(id) && one['type'] === 'history')
  const values = (item['data'] ?? toOf(item['changes'])) as Record<string, unknown>
  for (const [field, value] of Object.entries(values))
    expect(
      isReachable({ type, doc, history, field, value }),
      `lost: ${field} = ${JSON.stringify(value)} of ${id}`,
    ).to.equal(true)
}

const toOf = (changes: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(changes as Record<string, { to: unknown }>).map(([f, { to }]) => [f, to]))

interface Sought {
  type: UploadableType
  doc: StoredDoc
  history: readonly StoredDoc[]
  field: string
  value: unknown
}

const holds = (there: unknown, value: unknown): boolean => {
  if (same(there, value)) return true
  if (typeof there === 'string' && typeof value === 'string') return there.includes(value)
  if (Array.isArray(there) && Array.isArray(value))
    return value.every((one) => there.some((o) => same(o, one)))
  const reason = (value as { reason?: unknown } | null)?.reason
  return reason !== undefined && (there as { reason?: unknown } | null)?.reason === reason
}

const isReachable = ({ type, doc, history, field, value }: Sought): boolean => {
  // Left out, the server fills it in.
  if (value === null || (Array.isArray(value) && value.length === 0)) return true
  if (holds(doc[field], value)) return true
  const slot = layoutOf(type).slotOf.get(field)
  const register = slot && own((doc['clocks'] ?? {}) as Clocks, slot.key)
  const part = (of: unknown): unknown => (slot?.unit ? (of as Record<string, unknown> | null)?.[field] : of)
  if (register?.live.some((version) => holds(part(version.value), value))) return true
  return history.some(({ changes, replaced }) => {
    const change = (changes as Record<string, { to: unknown }>)[field]
    return holds(change?.to, value) || holds((replaced as Record<string, unknown>)[field], value)
  })
}

const notHeld = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

/** I6: two appointments of a practitioner at one time show each other as a clash, and no others do. */
const checkClashes = (docs: readonly StoredDoc[]): void => {
  const held = docs.filter(
    (doc) => typeOfId(doc._id) === 'appointment' && !notHeld.has(String(doc['status'])),
  )
  const at = (doc: StoredDoc, field: string): number => Date.parse(String(doc[field]))
  for (const doc of docs.filter((one) => typeOfId(one._id) === 'appointment')) {
    const beside = held.filter(
      (other) =>
        other !== doc &&
        held.includes(doc) &&
        other['practitionerId'] === doc['practitionerId'] &&
        at(other, 'startsAt') < at(doc, 'endsAt') &&
        at(doc, 'startsAt') < at(other, 'endsAt'),
    )
    const shown = (doc['clash'] as { with: string[] } | null)?.with ?? []
    expect([...shown].sort(), `clashes of ${doc._id}`).to.deep.equal(
      beside.map(({ _id }) => bareId(_id)).sort(),
    )
  }
}
