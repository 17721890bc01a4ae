/** Authorization codes and revoked access tokens of OAuth 2.0, in the store, so that every server knows of them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { AccountCache } from './account-cache.ts'
import { oauthCodeDocId, revokedDocId, type OAuthCodeDoc, type OAuthCodeFields } from './account-docs.ts'

/** RFC 6749, section 4.1.2 allows ten minutes. */
const codeMs = 5 * 60_000

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

export type NewCode = Omit<OAuthCodeFields, 'expiresAt' | 'usedFor'>

export class OAuthGrants {
  readonly #cache: AccountCache
  readonly #now: () => number

  constructor(options: { cache: AccountCache; now: () => number }) {
    this.#cache = options.cache
    this.#now = options.now
  }

  /** Makes a code for one use, of which only the hash is kept. */
  async makeCode(fields: NewCode): Promise<string> {
    const code = randomBytes(32).toString('base64url')
    const expiresAt = this.#now() + codeMs
    await this.#cache.write({
      ...{ _id: oauthCodeDocId(hashOf(code)), type: 'oauthCode', ...fields },
      ...{ expiresAt, usedFor: null },
    })
    return code
  }

  /** A code that has not run out; it may have been used. */
  async findCode(code: string): Promise<OAuthCodeDoc | undefined> {
    const doc = (await this.#cache.db.get(oauthCodeDocId(hashOf(code)))) as OAuthCodeDoc | undefined
    return doc && doc.expiresAt > this.#now() ? doc : undefined
  }

  /** Spends a code: the id of the session to begin, or undefined where somebody else has spent it meanwhile. */
  async spendCode(doc: OAuthCodeDoc): Promise<string | undefined> {
    const usedFor = randomUUID()
    return (await this.#cache.write({ ...doc, usedFor })).ok ? usedFor : undefined
  }

  /**
   * Ends an access token before its time.
   * @param until ms since the epoch, when it would have ended
   */
  async revoke(jti: string, until: number): Promise<void> {
    await this.#cache.write({ _id: revokedDocId(jti), type: 'revoked', expiresAt: until })
  }

  /** As of a moment ago at most (account-cache.ts). */
  async isRevoked(jti: string): Promise<boolean> {
    return (await this.#cache.get(revokedDocId(jti))) !== undefined
  }

  /** Removes what has run out. */
  async sweep(): Promise<void> {
    for (const idOf of [oauthCodeDocId, revokedDocId]) {
      const docs = await this.#cache.db.range({ from: idOf(''), to: idOf('\uffff') })
      for (const { _id, _rev, expiresAt } of docs)
        if (Number(expiresAt) <= this.#now()) await this.#cache.write({ _id, _rev, _deleted: true })
    }
  }
}
