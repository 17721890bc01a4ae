/**
 * What a storage refuses to write: told to the app in plain words where the device is full, and told to sync. After a
 * replication's write has failed, RxDB goes on with the next page and moves the checkpoint past the one that is not
 * there. So from the first that fails on, no write of a replication gets through until sync has begun anew.
 */
import type { BulkWriteRow, RxStorage, RxStorageInstanceCreationParams } from 'rxdb'
import { Subject } from 'rxjs'
import { StorageFullError } from '../errors.ts'

/** How RxDB names what a replication writes, to a collection or to its own notes. */
const ofReplication = /^replication-/

/** Browsers, and SQLite under React Native. */
const full = /QuotaExceeded|NS_ERROR_DOM_QUOTA|SQLITE_FULL|disk is full|ENOSPC/i

const isFull = (error: unknown, depth = 0): boolean => {
  if (typeof error !== 'object' || error === null || depth > 4) return false
  const { name, message, cause, inner } = error as { [field: string]: unknown }
  return (
    full.test(`${String(name)} ${String(message)}`) || [cause, inner].some((one) => isFull(one, depth + 1))
  )
}

export class StorageGuard {
  /** Writes of replications that have failed. */
  readonly failures$ = new Subject<Error>()
  #failure: Error | null = null

  /** Lets replications write again: none of those that were under way is any more. */
  reset(): void {
    this.#failure = null
  }

  /** `storage`, watched. */
  over<I, O>(storage: RxStorage<I, O>): RxStorage<I, O> {
    const guarding = this.#writing.bind(this)
    return {
      ...storage,
      async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, O>) {
        const instance = await storage.createStorageInstance<T>(params)
        const write = instance.bulkWrite.bind(instance)
        instance.bulkWrite = (rows: BulkWriteRow<T>[], context: string) =>
          guarding(context, () => write(rows, context))
        return instance
      },
    }
  }

  async #writing<T>(context: string, write: () => Promise<T>): Promise<T> {
    const replicates = ofReplication.test(context)
    if (replicates && this.#failure) throw this.#failure
    try {
      return await write()
    } catch (cause) {
      const failure = isFull(cause) ? new StorageFullError({ cause }) : cause
      if (replicates && failure instanceof Error && !this.#failure) {
        this.#failure = failure
        this.failures$.next(failure)
      }
      throw failure
    }
  }
}
