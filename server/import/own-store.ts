/** An import that opens the store itself: no server runs on it. */
import { openGroups } from '../../sync/group.ts'
import type { Store } from '../../sync/store/port.ts'
import { Audit } from '../audit/audit.ts'
import type { SigningKey } from '../config.ts'
import { checkPlace, type Destination, type Place } from './destination.ts'
import { recordBatch } from './record-batch.ts'
import { takeBatch } from './take-batch.ts'

export interface OwnStoreOptions {
  store: Store
  dataDir: string
  place: Place
  now: () => number
  log: { error(details: object, message: string): void }
  /** The server's, where they are known here. */
  keys: readonly SigningKey[]
  auditKeepDays: number
}

/** Owns `store` from here on: it is closed with the destination, and also where this fails. */
export const ownStoreDestination = async (options: OwnStoreOptions): Promise<Destination> => {
  const { store, dataDir, place, now, log, keys, auditKeepDays: keepDays } = options
  const audit = new Audit({ store, keys, dataDir, keepDays, now, log })
  const groups = openGroups({ store, dataDir, now, log })
  const close = async (): Promise<void> => {
    await groups[Symbol.asyncDispose]()
    await audit[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  try {
    await checkPlace({ store, groups }, place)
    const group = await groups.get(place.groupId)
    return {
      description: `the ${store.kind} store in ${dataDir}`,
      take: async (batch) => {
        await recordBatch(audit, batch)
        return await takeBatch(group.db, batch, now())
      },
      finish: () => group.index.catchUp(),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
