/** `client.rejected`: what the server refused, to be mended and sent again, or dropped. */
import { map, type Observable } from 'rxjs'
import { reapply } from '../../sync/merge/reapply.ts'
import { ChangeRefusedError, NotOnDeviceError } from './errors.ts'
import type { Changes, PendingChange } from './edits/pending-edit.ts'
import type { LocalRecord, RejectedDoc } from './local/records.ts'
import { recordType } from './local/schemas.ts'
import type { UserDatabase } from './local/user-database.ts'

/** A refused item, and what it waits for. */
export interface RejectedItem extends RejectedDoc {
  /** The refused item that makes the record this one refers to: it goes out by itself once that one has. */
  waitsFor: string | null
}

const references = ['clientId', 'animalId', 'appointmentId', 'animalIds']

/** The ids that an item refers to. */
const referredTo = ({ item }: RejectedDoc): unknown[] => {
  const data = (item['data'] ?? {}) as Record<string, unknown>
  const changes = Object.entries((item['changes'] ?? {}) as Record<string, { to: unknown }>)
  const fields = { ...data, ...Object.fromEntries(changes.map(([field, { to }]) => [field, to])) }
  return references.flatMap((field) => fields[field] ?? [])
}

/** The refused items, each with what it waits for (pure). */
export const withWaiting = (items: readonly RejectedDoc[]): RejectedItem[] =>
  items.map((item) => {
    const ids = item.retryable ? referredTo(item) : []
    const parent = items.find((other) => other.id === other.recordId && ids.includes(other.recordId))
    return { ...item, waitsFor: parent && parent.id !== item.id ? parent.id : null }
  })

/** `client.rejected`. */
export class Rejected {
  readonly #database: () => UserDatabase
  readonly #now: () => number

  constructor(database: () => UserDatabase, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /** The refused items, now and at each change; those that wait for another say for which. */
  get items$(): Observable<RejectedItem[]> {
    return this.#database()
      .typed.rejected.find()
      .$.pipe(map((found) => withWaiting(found.map((document) => document.toMutableJSON()))))
  }

  /**
   * Queues a refused item again, under the same clientItemId.
   * @param changes field → the value to send in place of what was refused
   * @throws NotOnDeviceError where the item, or the record that it changes, is not here any more
   * @throws ChangeRefusedError `RECORD_EXISTS`
   */
  async retry(id: string, changes: Record<string, unknown> = {}): Promise<void> {
    const rejected = await this.#find(id)
    if ('changes' in rejected.item) await this.#retryEdit(rejected, changes)
    else await this.#retryCreation(rejected, changes)
    await this.#remove(id)
  }

  /** Drops a refused item for good. */
  async discard(id: string): Promise<void> {
    const { collectionName, recordId } = await this.#find(id)
    await this.#remove(id)
    if (collectionName === 'documents') await this.#database().files.remove(recordId)
  }

  /** Queues again what was refused for the time being: what it refers to may be known by now. Sync does it by itself. */
  async retryAll(): Promise<void> {
    const documents = await this.#database().collections.rejected.find().exec()
    for (const document of documents) {
      if (document.get('retryable') !== true) continue
      await this.retry(document.primary).catch((error: unknown) => {
        // Its record is not here, or is not what it was: it stays for the user to look at.
        if (!(error instanceof NotOnDeviceError || error instanceof ChangeRefusedError)) throw error
      })
    }
  }

  async #retryCreation(rejected: RejectedDoc, changes: Record<string, unknown>): Promise<void> {
    const collection = this.#database().collections[rejected.collectionName]
    const { recordId: id } = rejected
    if (await collection.findOne(id).exec()) {
      const why = 'There is a record under this id by now: change that one, and discard this item'
      throw new ChangeRefusedError('RECORD_EXISTS', why)
    }
    const data = rejected.item['data'] as Record<string, unknown>
    await collection.insert({ ...data, ...changes, id })
  }

  async #retryEdit(rejected: RejectedDoc, values: Record<string, unknown>): Promise<void> {
    const { collectionName, recordId, item } = rejected
    const record = await this.#database().collections[collectionName].findOne(recordId).exec()
    if (!record) throw new NotOnDeviceError(`The record of this change (${collectionName} ${recordId})`)
    const edit = this.#mended(item as unknown as PendingChange, values, record.toMutableJSON())
    const type = recordType(collectionName)
    await record.incrementalModify((data) => {
      const pendingEdits = [...(data.pendingEdits ?? []), edit]
      const laid = type ? reapply(type, data, [edit]) : data
      return { ...laid, pendingEdits } as LocalRecord
    })
  }

  #mended(item: PendingChange, values: Record<string, unknown>, record: LocalRecord): PendingChange {
    const { clientItemId, baseRevision } = item
    const changes: Changes = { ...item.changes }
    for (const [field, to] of Object.entries(values))
      changes[field] = { from: changes[field]?.from ?? record[field] ?? null, to }
    const isMended = Object.keys(values).length > 0
    const editedAt = isMended ? new Date(this.#now()).toISOString() : item.editedAt
    return { clientItemId, editedAt, baseRevision, changes }
  }

  async #find(id: string): Promise<RejectedDoc> {
    const found = await this.#database().typed.rejected.findOne(id).exec()
    if (!found) throw new NotOnDeviceError(`The rejected item ${id}`)
    return found.toMutableJSON()
  }

  async #remove(id: string): Promise<void> {
    await this.#database().collections.rejected.bulkRemove([id])
  }
}
