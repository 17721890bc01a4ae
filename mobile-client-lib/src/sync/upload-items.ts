/** Sends items, in batches; whatever the server makes of a batch, no item holds back another (I4). */
import { maxItems, type UploadResult } from './limits.ts'
import { ApiError, OfflineError } from '../errors.ts'
import { send } from '../http/request.ts'
import { newId, type PushedCollection } from '../local/records.ts'
import type { RunContext } from './context.ts'

export type Item = Record<string, unknown>

const paths: Record<Exclude<PushedCollection, 'documents'>, string> = {
  clients: '/v2/mobile/uploadClientItems',
  animals: '/v2/mobile/uploadAnimalItems',
  appointments: '/v2/mobile/uploadAppointmentItems',
  treatments: '/v2/mobile/uploadTreatmentItems',
  payments: '/v2/mobile/uploadPaymentItems',
}

/** An item alone that makes the server fail this often is set aside, to be tried again at later syncs. */
const patience = 3

/** Statuses by which the server refuses a batch as it is, and would again. */
const refusedAsAWhole = new Set([400, 413, 422])

const idOf = (item: Item): string => String(item['clientItemId'])

/** The result of an item that only this device can give. */
export const setAside = (
  item: Item,
  error: ApiError | OfflineError,
  pathIn = (path: string) => path,
): UploadResult => {
  const { code, message } = error
  const faults = error instanceof ApiError ? error.errors : []
  const errors =
    faults.length > 0
      ? faults.map(({ path, message: fault }) => ({ path: pathIn(path), code, message: fault }))
      : [{ path: '', code, message }]
  const retryable = error instanceof OfflineError
  const id = String(item['id'] ?? item['clientItemId'])
  return { clientItemId: idOf(item), id, revision: null, outcome: 'REJECTED', errors, retryable }
}

export class Uploader {
  readonly #run: RunContext
  readonly #path: string
  /** How often the server has failed on an item alone. */
  readonly #failed = new Map<string, number>()

  constructor(run: RunContext, collection: Exclude<PushedCollection, 'documents'>) {
    this.#run = run
    this.#path = paths[collection]
  }

  /** Sends the items in order; a result each. Rejects with OfflineError where the server cannot be reached. */
  async upload(
    items: readonly Item[],
    onBatch: (items: Item[], results: UploadResult[]) => void,
  ): Promise<void> {
    for (let at = 0; at < items.length; at += maxItems) {
      const batch = items.slice(at, at + maxItems)
      onBatch(batch, await this.#batch(batch))
    }
  }

  async #batch(items: Item[]): Promise<UploadResult[]> {
    try {
      return await this.#send(items)
    } catch (error) {
      if (error instanceof ApiError && refusedAsAWhole.has(error.status))
        return items.length === 1 ? items.map((item) => setAside(item, error)) : await this.#halves(items)
      if (!(error instanceof OfflineError && error.status === 500)) throw error
      return items.length === 1
        ? this.#afterFailure(items, error)
        : await this.#halvesAfterFailure(items, error)
    }
  }

  async #halves(items: Item[]): Promise<UploadResult[]> {
    const middle = Math.ceil(items.length / 2)
    return [...(await this.#batch(items.slice(0, middle))), ...(await this.#batch(items.slice(middle)))]
  }

  /** A server that fails on both halves is ill; one that fails on one of them has met an item it cannot bear. */
  async #halvesAfterFailure(items: Item[], error: OfflineError): Promise<UploadResult[]> {
    const middle = Math.ceil(items.length / 2)
    const halves = [items.slice(0, middle), items.slice(middle)]
    const results: (UploadResult[] | undefined)[] = []
    for (const half of halves)
      results.push(
        await this.#batch(half).catch((failure: unknown) => {
          if (failure instanceof OfflineError && failure.status === 500) return undefined
          throw failure
        }),
      )
    if (results.every((result) => result === undefined)) throw error
    return halves.flatMap((half, i) => results[i] ?? half.map((item) => setAside(item, error)))
  }

  #afterFailure(items: Item[], error: OfflineError): UploadResult[] {
    return items.map((item) => {
      const failed = (this.#failed.get(idOf(item)) ?? 0) + 1
      this.#failed.set(idOf(item), failed)
      if (failed < patience) throw error
      this.#failed.delete(idOf(item))
      return setAside(item, error)
    })
  }

  async #send(items: Item[]): Promise<UploadResult[]> {
    const { transport, session, deviceId, stop, now } = this.#run
    const sentAt = new Date(now()).toISOString()
    const json = { deviceId, batchId: newId(), sentAt, items }
    const body = await session.authorized((headers) =>
      send(transport, { method: 'POST', path: this.#path, headers, json, stop }),
    )
    const results = body?.['results']
    if (!Array.isArray(results) || results.length !== items.length)
      throw new OfflineError('The answer is not one of the server’s')
    return results as UploadResult[]
  }
}
