/** When an API key was last used, so that one which nobody needs any more can be found. Written once an hour at most. */
import type { AccountCache } from './account-cache.ts'

const everyMs = 3_600_000

export const keyUseDocId = (accountId: string, keyId: string): string => `keyUse:${accountId}:${keyId}`

export class KeyUse {
  readonly #cache: AccountCache
  readonly #now: () => number

  constructor(options: { cache: AccountCache; now: () => number }) {
    this.#cache = options.cache
    this.#now = options.now
  }

  async note(accountId: string, keyId: string): Promise<void> {
    const _id = keyUseDocId(accountId, keyId)
    const doc = await this.#cache.get(_id)
    const now = this.#now()
    if (doc && now - Number(doc['lastUsedAt']) < everyMs) return
    // Who loses a race was as late as who won it.
    await this.#cache.write({ _id, ...(doc ? { _rev: doc._rev } : {}), type: 'keyUse', lastUsedAt: now })
  }

  /** ms since the epoch, or null where it never was. */
  async lastUsedAt(accountId: string, keyId: string): Promise<number | null> {
    const doc = await this.#cache.db.get(keyUseDocId(accountId, keyId))
    return doc ? Number(doc['lastUsedAt']) : null
  }
}
