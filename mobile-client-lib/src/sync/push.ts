/**
 * Pushing a collection: the unsent edits of each record, in their order. RxDB hands over rows as they were when
 * it noticed them; what is sent is the record as it is now, so that no stale state goes out. For every record the
 * server's state is returned as RxDB's "conflict": the device takes it, and the edits it answers are done with.
 */
import type { RxReplicationWriteToMasterRow, WithDeleted } from 'rxdb'
import type { RecordType } from '../../../sync/merge/policy.ts'
import { itemsOf } from '../edits/edit-log.ts'
import type { Answered } from '../edits/conflict-handler.ts'
import { ApiError } from '../errors.ts'
import type { LocalRecord, PushedCollection } from '../local/records.ts'
import type { RunContext, Shared } from './context.ts'
import type { UploadResult } from './limits.ts'
import { keepRejected } from './rejected-items.ts'
import type { Item } from './upload-items.ts'

export type Row = RxReplicationWriteToMasterRow<LocalRecord>

/** How a collection's items reach the server; calls back with the results as they come. */
export type Upload = (
  items: readonly Item[],
  onBatch: (items: Item[], results: UploadResult[]) => void,
) => Promise<void>

/** What was sent of one record, and what the server said to it. */
interface Sent {
  record: LocalRecord
  items: Item[]
  results: UploadResult[]
}

/** Errors that say that this user cannot see the record, or that there is none. */
const gone = new Set(['NOT_FOUND', 'SITE_NOT_ALLOWED', 'UNKNOWN_REFERENCE'])

export class Pusher {
  readonly #run: RunContext
  readonly #collection: PushedCollection
  readonly #type: RecordType
  readonly #upload: Upload
  readonly #shared: Shared
  readonly #afterCycle: (done: () => void) => void
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    run: RunContext,
    plan: {
      collection: PushedCollection
      type: RecordType
      upload: Upload
      shared: Shared
      /** Calls back when RxDB has written what `push` resolved with. */
      afterCycle: (done: () => void) => void
    },
  ) {
    this.#run = run
    this.#collection = plan.collection
    this.#type = plan.type
    this.#upload = plan.upload
    this.#shared = plan.shared
    this.#afterCycle = plan.afterCycle
  }

  /** Sends what the rows' records have unsent; resolves with the server's state of each. One at a time. */
  async push(rows: readonly Row[]): Promise<Answered[]> {
    const pushed = this.#queue.catch(() => undefined).then(() => this.#push(rows))
    this.#queue = pushed
    return await pushed
  }

  async #push(rows: readonly Row[]): Promise<Answered[]> {
    const { link, stop, order, conditions } = this.#run
    const dropped = rows.flatMap(({ newDocumentState: { _deleted, ...record } }) =>
      _deleted && Object.keys(record).length > 1 ? [{ id: record.id, _deleted: true }] : [],
    )
    const unsent = rows.filter(({ newDocumentState: state }) => !state._deleted && state.pendingEdits)
    if (unsent.length === 0) return dropped
    if (this.#collection === 'documents') await conditions.filesMayGo(stop)
    await order.turn(this.#collection, stop)
    const answered = new Map<string, UploadResult>()
    const ids = unsent.map(({ newDocumentState }) => newDocumentState.id)
    const sent = await link.persist(stop, () => this.#inTurn(ids, answered))
    order.stuck(this.#collection, false)
    await keepRejected(this.#run, this.#collection, [...sent.values()])
    const states = unsent.map((row) => this.#stateOf(row, sent.get(row.newDocumentState.id)))
    return [...dropped, ...states.filter((state) => state !== null)]
  }

  /** An attempt that came through keeps the turn until its answer is written. */
  async #inTurn(ids: string[], answered: Map<string, UploadResult>): Promise<Map<string, Sent>> {
    const done = await this.#shared.turns.push()
    try {
      const sent = await this.#attempt(ids, answered)
      this.#afterCycle(() => {
        this.#shared.missed.settle(ids)
        done()
      })
      return sent
    } catch (error) {
      done()
      throw error
    }
  }

  /** One attempt; `answered` keeps what came back, so that after half an upload only the rest is sent again. */
  async #attempt(ids: string[], answered: Map<string, UploadResult>): Promise<Map<string, Sent>> {
    const { database, order } = this.#run
    const stored = await database.collections[this.#collection].storageInstance.findDocumentsById(ids, false)
    const sent = new Map<string, Sent>()
    for (const record of stored) {
      for (const edit of record.pendingEdits ?? []) database.foldable.delete(edit.clientItemId)
      if (record.pendingEdits)
        sent.set(record.id, { record, items: itemsOf(this.#type, record), results: [] })
    }
    const items = [...sent.values()].flatMap((one) => one.items)
    const open = items.filter((item) => !answered.has(JSON.stringify(item)))
    try {
      await this.#upload(open, (batch, results) => {
        for (const [i, item] of batch.entries())
          answered.set(JSON.stringify(item), results[i] as UploadResult)
        this.#count(results)
      })
    } catch (error) {
      if (error instanceof ApiError) order.stuck(this.#collection, true)
      throw error
    }
    for (const one of sent.values())
      one.results = one.items.flatMap((item) => answered.get(JSON.stringify(item)) ?? [])
    return sent
  }

  #count(results: readonly UploadResult[]): void {
    const { tally, changed$ } = this.#run
    for (const { outcome, conflicts } of results) {
      if (outcome === 'REJECTED') tally.rejected += 1
      else tally.pushed += 1
      for (const { id } of conflicts ?? []) tally.conflicts.add(id)
    }
    changed$.next()
  }

  /** The server's state of a row's record; null where nothing was sent of it after all. */
  #stateOf(row: Row, sent: Sent | undefined): Answered | null {
    if (!sent) return null
    const { record, results } = sent
    const settledEdits = results.flatMap(({ clientItemId }) => clientItemId ?? [])
    const missed = this.#shared.missed.get(record.id)
    const last = results.findLast((result) => result.record !== undefined)
    // It had left the device's scope before; if the edit brought it back, the next pull does too.
    const leaves = missed?._deleted === true || last?.outOfWindow === true
    if (last) return { ...(last.record as WithDeleted<LocalRecord>), _deleted: false, settledEdits, leaves }
    if (leaves) return { id: record.id, _deleted: true }
    // A refused creation, or a record that is not found; but what a pull has brought is there, until a pull says otherwise.
    if (!missed && results.some((result) => isGone(result, record))) return { id: record.id, _deleted: true }
    const known = missed ?? row.assumedMasterState ?? row.newDocumentState
    const { pendingEdits: _none, ...state } = known
    const revision = results.findLast((result) => result.revision !== null)?.revision
    return { ...state, ...(revision && { revision }), settledEdits }
  }
}

/** Whether a refusal, which brought no record with it, means that there is none for this device. */
const isGone = (result: UploadResult, record: LocalRecord): boolean => {
  if (result.outcome !== 'REJECTED') return false
  if (result.clientItemId === record.id) return true
  return (result.errors ?? []).some(
    ({ code, path }) => gone.has(code) && (path === 'id' || path === 'clientItemId'),
  )
}
