/**
 * A device without RxDB: what its storage holds survives a crash, the rest does not. The log of unsent edits and the
 * laying of them on the server's state are the library's own functions; the rest follows `mobile-client-lib/src/sync`.
 */
import { itemsOf, isUnsentCreation, withChange } from '../../../mobile-client-lib/src/edits/edit-log.ts'
import { merged, type Answered } from '../../../mobile-client-lib/src/edits/conflict-handler.ts'
import type { PendingChange } from '../../../mobile-client-lib/src/edits/pending-edit.ts'
import type { LocalRecord } from '../../../mobile-client-lib/src/local/records.ts'
import type { Checkpoint, PullResponse } from '../../../sync/contract/pull.ts'
import { collections, type CollectionName, type UploadableType } from '../../../sync/contract/records.ts'
import type { UploadResult } from '../../../sync/contract/upload.ts'
import { editRefusal } from '../../../sync/merge/policy.ts'
import { reapply } from '../../../sync/merge/reapply.ts'
import type { User } from './user.ts'

export type Item = Record<string, unknown>
/** In the order in which they are sent. */
export const pushed = ['clients', 'animals', 'appointments', 'treatments', 'payments'] as const
export type Pushed = (typeof pushed)[number]
export const pulled = [
  ...pushed,
  'reference',
  'treatmentCodes',
  'conflicts',
] as const satisfies CollectionName[]
export type Pulled = (typeof pulled)[number]

export const typeOf = (collection: Pushed): UploadableType => collections[collection]
const isPushed = (collection: Pulled): collection is Pushed => pushed.some((name) => name === collection)

interface Rejected {
  collection: Pushed
  recordId: string
  item: Item
  retryable: boolean
}

/** A record's items as they were sent, and what came back for them. */
interface Sent {
  record: LocalRecord
  items: Item[]
  results: UploadResult[]
}

const gone = new Set(['NOT_FOUND', 'SITE_NOT_ALLOWED', 'UNKNOWN_REFERENCE'])

export class LightDevice {
  readonly user: User
  readonly deviceId: string
  /** How far its clock is off, ms. */
  skew = 0
  readonly records = new Map<Pulled, Map<string, LocalRecord>>(pulled.map((name) => [name, new Map()]))
  readonly checkpoints = new Map<Pulled, Checkpoint>()
  readonly rejected = new Map<string, Rejected>()
  /** The server's state of each record as it last came, RxDB's "assumed master". */
  readonly #masters = new Map<string, LocalRecord>()
  /** Rows that came while their record had unsent edits. */
  readonly #missed = new Map<string, LocalRecord>()
  readonly #now: () => number
  readonly #newId: () => string

  constructor(user: User, clock: { now: number }, newId: () => string) {
    this.user = user
    this.deviceId = `device-${user.index}`
    this.#now = () => clock.now + this.skew
    this.#newId = newId
  }

  get now(): number {
    return this.#now()
  }
  #collection(name: Pulled): Map<string, LocalRecord> {
    return this.records.get(name) as Map<string, LocalRecord>
  }
  ids(name: Pulled): string[] {
    return [...this.#collection(name).keys()].sort()
  }
  get(name: Pulled, id: string): LocalRecord | undefined {
    return this.#collection(name).get(id)
  }
  unsent(name: Pushed): LocalRecord[] {
    return [...this.#collection(name).values()].filter((record) => record.pendingEdits)
  }
  get pending(): number {
    return pushed.reduce((sum, name) => sum + this.unsent(name).length, 0)
  }

  #editedAt(): string {
    return new Date(this.#now()).toISOString()
  }

  /** The user makes a record. */
  create(name: Pushed, data: Item, id = this.#newId()): string {
    const creation = { clientItemId: id, editedAt: this.#editedAt(), creation: true as const }
    this.#collection(name).set(id, { ...data, id, pendingEdits: [creation] })
    return id
  }

  /** The user changes a record; what the library would refuse is not done. Returns the id of the edit. */
  change(name: Pushed, id: string, patch: Item): void {
    const before = this.get(name, id)
    if (!before) return
    const after = { ...before, ...patch }
    const type = typeOf(name)
    if (!isUnsentCreation(before)) {
      const changes = Object.fromEntries(
        Object.entries(patch).map(([field, to]) => [field, { from: before[field] ?? null, to }]),
      )
      if (editRefusal(type, before, changes)) return
    }
    const context = { type, editedAt: this.#editedAt(), newId: this.#newId, mayFold: () => false }
    const log = withChange(before, after, context)
    if (log.length > 0) this.#collection(name).set(id, { ...after, pendingEdits: log })
  }

  /** Queues again what was refused for the time being. */
  retryRejected(): void {
    for (const [id, { collection, recordId, item, retryable }] of this.rejected) {
      if (!retryable) continue
      const record = this.get(collection, recordId)
      if ('data' in item) {
        if (record) continue
        this.create(collection, item['data'] as Item, recordId)
      } else {
        if (!record) continue
        const { id: _id, ...edit } = item
        const change = edit as unknown as PendingChange
        const laid = reapply(typeOf(collection), record, [change]) as LocalRecord
        this.#collection(collection).set(recordId, {
          ...laid,
          pendingEdits: [...(record.pendingEdits ?? []), change],
        })
      }
      this.rejected.delete(id)
    }
  }

  /** What there is to send of a collection. */
  sending(name: Pushed): Sent[] {
    return this.unsent(name).map((record) => ({ record, items: itemsOf(typeOf(name), record), results: [] }))
  }

  /** Takes the answers for all that was sent. */
  take(name: Pushed, sent: readonly Sent[]): void {
    for (const one of sent) {
      this.#keepRejected(name, one)
      const answered = this.#stateOf(one)
      const local = this.get(name, one.record.id)
      if (!local) continue
      const { settledEdits: _settled, leaves: _leaves, ...master } = answered
      this.#masters.set(one.record.id, withoutMarks(master))
      const next = merged(typeOf(name), { ...local, _deleted: false }, answered)
      if (next._deleted) this.#collection(name).delete(next.id)
      else this.#collection(name).set(next.id, withoutMarks(next))
    }
  }

  #keepRejected(name: Pushed, { record, items, results }: Sent): void {
    for (const [i, { outcome, retryable = false }] of results.entries()) {
      const item = items[i] as Item
      const id = String(item['clientItemId'])
      if (outcome !== 'REJECTED') this.rejected.delete(id)
      else this.rejected.set(id, { collection: name, recordId: record.id, item, retryable })
    }
  }

  #stateOf({ record, results }: Sent): Answered {
    const settledEdits = results.flatMap(({ clientItemId }) => clientItemId ?? [])
    const missed = this.#missed.get(record.id)
    this.#missed.delete(record.id)
    const last = results.findLast((result) => result.record !== undefined)
    const leaves = missed?.['_deleted'] === true || last?.outOfWindow === true
    if (last) return { ...(last.record as LocalRecord), _deleted: false, settledEdits, leaves }
    if (leaves) return { id: record.id, _deleted: true }
    if (!missed && results.some((result) => isGone(result, record))) return { id: record.id, _deleted: true }
    const { pendingEdits: _none, ...state } = missed ?? this.#masters.get(record.id) ?? record
    return { ...state, _deleted: false, settledEdits }
  }

  /** Takes a page of a pull. */
  takePage(name: Pulled, page: PullResponse): void {
    const records = this.#collection(name)
    if (!this.checkpoints.has(name)) this.#dropSynced(records)
    for (const document of page.documents) {
      const local = records.get(document.id)
      if (isPushed(name) && local?.pendingEdits) this.#missed.set(document.id, document)
      else if (document._deleted) records.delete(document.id)
      else {
        records.set(document.id, withoutMarks(document))
        this.#masters.set(document.id, withoutMarks(document))
      }
    }
    this.checkpoints.set(name, page.checkpoint)
  }

  /** What is here although the server knows of nothing that is goes; what the user may still hold comes with the pages. */
  #dropSynced(records: Map<string, LocalRecord>): void {
    for (const [id, record] of records) if (!record.pendingEdits) records.delete(id)
  }
}

const withoutMarks = (record: LocalRecord): LocalRecord => {
  const { _deleted, recentEdits: _edits, ...rest } = record as LocalRecord & { _deleted?: boolean }
  return rest
}

/** Whether a refusal, which brought no record with it, means that there is none for this device. */
const isGone = (result: UploadResult, record: LocalRecord): boolean => {
  if (result.outcome !== 'REJECTED') return false
  if (result.clientItemId === record.id) return true
  return (result.errors ?? []).some(
    ({ code, path }) => gone.has(code) && (path === 'id' || path === 'clientItemId'),
  )
}
