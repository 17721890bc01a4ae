/**
 * Sessions and their refresh tokens. A refresh answers a new token, and the one it was asked with stays good until
 * the new one is first used, so that a lost answer signs nobody out. One that comes again after that has been
 * copied: the session ends (RFC 9700, section 4.14).
 */
import { randomUUID } from 'node:crypto'
import type { AccountCache } from './account-cache.ts'
import type { AccountWitness } from './account-witness.ts'
import { deviceStateOf } from './cut-off.ts'
import { isOfFamily, newRefreshToken, newSecret, parse, rotated } from './refresh-token.ts'
import {
  sessionDocId,
  userDocId,
  type OAuthGrant,
  type SessionDoc,
  type SessionFields,
  type SessionKey,
  type UserDoc,
  type UserFields,
} from './account-docs.ts'

const dayMs = 86_400_000
/** A session ends when its refresh token is not used for so long. */
const sessionMs = 30 * dayMs
/** A session is one app's on one device; who shares it among more binds it to the first and to the last of them. */
const maxDevices = 20
const maxTries = 50

export type RefreshFailure = 'TOKEN_INVALID' | 'TOKEN_EXPIRED'

/** Whether a session of this user still stands. */
export const sessionStands = (session: SessionFields, user: UserFields, now: number): boolean =>
  session.userId === user.userId &&
  session.expiresAt > now &&
  (session.epoch === user.tokenEpoch || session.sessionId === user.keptSession)

export class Sessions {
  readonly #cache: AccountCache
  readonly #now: () => number
  readonly #told: AccountWitness['signIn']

  constructor(options: { cache: AccountCache; now: () => number; told: AccountWitness['signIn'] }) {
    this.#cache = options.cache
    this.#now = options.now
    this.#told = options.told
  }

  /** @param by what an application may do by it; of the user's own, the key that it goes by */
  async start(
    user: UserFields,
    by: { oauth: OAuthGrant; sessionId: string } | { apiKey: SessionKey },
  ): Promise<{ sessionId: string; refreshToken: string }> {
    const { sessionId = randomUUID(), ...bounds } = 'oauth' in by ? by : { apiKey: noted(by.apiKey) }
    const family = newSecret()
    const refresh = newRefreshToken(sessionId, family)
    const now = this.#now()
    const session: SessionFields = {
      sessionId,
      userId: user.userId,
      username: user.username,
      epoch: user.tokenEpoch,
      family,
      base: refresh.hash,
      next: [],
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + sessionMs,
      ...bounds,
    }
    await this.#cache.write({ _id: sessionDocId(sessionId), type: 'session', ...session })
    return { sessionId, refreshToken: refresh.text }
  }

  /** The session as it was a moment ago at most (account-cache.ts). */
  async find(sessionId: string): Promise<SessionDoc | undefined> {
    return (await this.#cache.get(sessionDocId(sessionId))) as SessionDoc | undefined
  }

  /** The session that a refresh token is of and `live` where that would still renew it; nothing is changed. */
  async ofRefreshToken(text: string): Promise<{ session: SessionDoc; live: boolean } | undefined> {
    const presented = parse(text)
    const session =
      presented && ((await this.#cache.db.get(sessionDocId(presented.sessionId))) as SessionDoc | undefined)
    if (!session) return undefined
    const { base, next, expiresAt } = session
    const live = expiresAt > this.#now() && (presented.hash === base || next.includes(presented.hash))
    return live || isOfFamily(session, presented) ? { session, live } : undefined
  }

  /** Binds a session to a device (cut-off.ts). */
  async bind(sessionId: string, device: string): Promise<void> {
    if ((await this.find(sessionId))?.devices?.includes(device)) return
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await this.#cache.db.get(sessionDocId(sessionId))) as SessionDoc | undefined
      if (!doc || doc.devices?.includes(device)) return
      if ((await this.#cache.write({ ...doc, devices: withDevice(doc.devices ?? [], device) })).ok) return
    }
  }

  /**
   * Exchanges a refresh token. One of a device that is cut off hears of that first, also when the session has ended.
   * @param accept whether the session may go on; asked with the session before anything is written
   * @param goesBy the key that it goes by from now on; asked when it is accepted
   */
  async refresh(
    text: string,
    accept: (session: SessionFields) => Promise<boolean>,
    goesBy: (session: SessionFields) => { apiKey: SessionKey } | { oauth: OAuthGrant },
  ): Promise<{ session: SessionFields; refreshToken: string } | { cutOff: SessionFields } | RefreshFailure> {
    const presented = parse(text)
    if (!presented) return 'TOKEN_INVALID'
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await this.#cache.db.get(sessionDocId(presented.sessionId))) as SessionDoc | undefined
      if (!doc) return 'TOKEN_INVALID'
      const family = doc.family ?? newSecret()
      const refresh = newRefreshToken(doc.sessionId, family)
      const now = this.#now()
      const after = rotated(doc, presented.hash, refresh.hash)
      if (!after && !isOfFamily(doc, presented)) return 'TOKEN_INVALID'
      const state = await deviceStateOf(this.#cache, doc)
      if (state !== 'good') return state === 'cutOff' ? { cutOff: doc } : 'TOKEN_INVALID'
      if (doc.expiresAt <= now) return 'TOKEN_EXPIRED'
      if (!(await accept(doc))) return 'TOKEN_INVALID'
      if (!after) await this.#tellCopied(doc)
      const by = goesBy(doc)
      const bounds = 'apiKey' in by ? { apiKey: noted(by.apiKey) } : by
      const written = await this.#cache.write(
        after
          ? { ...doc, ...after, ...bounds, family, lastUsedAt: now, expiresAt: now + sessionMs }
          : { _id: doc._id, _rev: doc._rev, _deleted: true },
      )
      if (!written.ok) continue
      return after ? { session: { ...after, ...bounds }, refreshToken: refresh.text } : 'TOKEN_INVALID'
    }
    return 'TOKEN_INVALID'
  }

  /** Ends a session whose authorization code came again. */
  async endCopied(sessionId: string): Promise<void> {
    const session = await this.#cache.db.get(sessionDocId(sessionId))
    if (!session) return
    await this.#tellCopied(session as SessionDoc)
    await this.end(sessionId)
  }

  async #tellCopied({ username }: SessionFields): Promise<void> {
    const user = (await this.#cache.db.get(userDocId(username))) as UserDoc | undefined
    if (user) await this.#told({ kind: 'TOKEN_REUSED', user })
  }

  async end(sessionId: string): Promise<void> {
    const _id = sessionDocId(sessionId)
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#cache.db.get(_id)
      if (!doc || (await this.#cache.write({ _id, _rev: doc._rev, _deleted: true })).ok) return
    }
  }

  /** Removes sessions that have run out, but for those by which a device is still to hear that it is cut off. */
  async sweep(): Promise<void> {
    const docs = await this.#cache.db.range({ from: sessionDocId(''), to: sessionDocId('\uffff') })
    const now = this.#now()
    for (const doc of docs as SessionDoc[])
      if (doc.expiresAt <= now && (await deviceStateOf(this.#cache, doc)) !== 'cutOff')
        await this.#cache.write({ _id: doc._id, _rev: doc._rev, _deleted: true })
  }
}

/** What a session keeps of a key. */
const noted = ({ accountId, keyId, scopes }: SessionKey): SessionKey => ({
  accountId,
  keyId,
  ...(scopes ? { scopes } : {}),
})

const withDevice = (devices: readonly string[], device: string): string[] => [
  ...devices.slice(0, 1),
  ...devices.slice(1).slice(2 - maxDevices),
  device,
]
