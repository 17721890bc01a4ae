/** Tokens: JWTs (RFC 7519), HS256 and nothing else, signed by the first key of the settings, verified by any. */
import { createHmac, createSecretKey, randomUUID, timingSafeEqual, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import type { SigningKey } from '../config.ts'

const issuer = 'vetspace'
const apiTokenSeconds = 24 * 3600
const userTokenSeconds = 3600
export const accessTokenSeconds = 3600
/** A verified token is remembered so long; whether its key, session and user still stand is asked each time. */
const rememberMs = 60_000
/** Clocks of two servers differ by so much at most. */
const clockToleranceSeconds = 5
const maxRemembered = 20_000

export type TokenFailure = 'TOKEN_INVALID' | 'TOKEN_EXPIRED'

const keyClaims = z.object({ sub: z.string(), key: z.string(), exp: z.number() })
const userClaims = z.object({ sub: z.string(), usr: z.string(), sid: z.string(), exp: z.number() })
const accessClaims = z.object({
  sub: z.string(),
  client_id: z.string(),
  key: z.string(),
  scope: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  usr: z.string().optional(),
  sid: z.string().optional(),
})
const schemas = { api: keyClaims, user: userClaims, oauth: accessClaims } as const
type Audience = keyof typeof schemas

/** What an ApiToken says: account and key. */
export type KeyClaims = z.infer<typeof keyClaims>
/** What an ApiUserToken says: user, user name and session. */
export type UserClaims = z.infer<typeof userClaims>
/** What an OAuth 2.0 access token says: account and key, and the user and session where it acts for somebody. */
export type AccessClaims = z.infer<typeof accessClaims>
type Claims = KeyClaims | UserClaims | AccessClaims

export interface IssuedToken {
  token: string
  /** ISO 8601 */
  expiresAt: string
}

interface Remembered {
  audience: Audience
  claims: Claims
  /** ms since the epoch; never after the token's own expiry */
  until: number
}

interface Key {
  kid: string
  secret: KeyObject
}

/** jsonwebtoken takes a text for a certificate first, and fails at it: half a millisecond for each token. */
const keyOf = ({ kid, secret }: SigningKey): Key => ({ kid, secret: createSecretKey(secret, 'utf8') })

const markWith = ({ kid, secret }: Key, text: string): string =>
  `${kid}.${createHmac('sha256', secret).update(`mark\n${text}`).digest('base64url')}`

export class Tokens {
  readonly #signer: Key
  readonly #secrets: ReadonlyMap<string, KeyObject>
  readonly #now: () => number
  readonly #remembered = new Map<string, Remembered>()

  constructor(options: { keys: readonly SigningKey[]; now: () => number }) {
    const keys = options.keys.map(keyOf)
    const [signer] = keys
    if (!signer) throw new TypeError('No key to sign tokens with')
    this.#signer = signer
    this.#secrets = new Map(keys.map(({ kid, secret }) => [kid, secret]))
    this.#now = options.now
  }

  issueApiToken(key: { accountId: string; keyId: string }, seconds = apiTokenSeconds): IssuedToken {
    return this.#sign('api', { sub: key.accountId, key: key.keyId }, seconds)
  }

  issueUserToken(user: { userId: string; username: string }, sessionId: string): IssuedToken {
    return this.#sign('user', { sub: user.userId, usr: user.username, sid: sessionId }, userTokenSeconds)
  }

  /** An OAuth 2.0 access token, good for an hour. */
  issueAccessToken(claims: Omit<AccessClaims, 'jti' | 'iat' | 'exp'>): IssuedToken {
    return this.#sign('oauth', { ...claims, jti: randomUUID() }, accessTokenSeconds)
  }

  verifyAccessToken(token: string): AccessClaims | TokenFailure {
    return this.#verify(token, 'oauth') as AccessClaims | TokenFailure
  }

  verifyApiToken(token: string): KeyClaims | TokenFailure {
    return this.#verify(token, 'api') as KeyClaims | TokenFailure
  }

  verifyUserToken(token: string): UserClaims | TokenFailure {
    return this.#verify(token, 'user') as UserClaims | TokenFailure
  }

  /** A mark by which a text is known again; without the secret nothing can be guessed from it. */
  mark(text: string): string {
    return markWith(this.#signer, text)
  }

  /** Whether the mark is this text's. False as well where its secret is no longer among the settings. */
  hasMark(text: string, mark: string): boolean {
    const kid = mark.slice(0, mark.lastIndexOf('.'))
    const secret = this.#secrets.get(kid)
    if (secret === undefined) return false
    const [given, expected] = [Buffer.from(mark), Buffer.from(markWith({ kid, secret }, text))]
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  #sign(audience: Audience, claims: object, seconds: number): IssuedToken {
    const iat = Math.floor(this.#now() / 1000)
    const exp = iat + seconds
    const token = jwt.sign({ ...claims, iss: issuer, aud: audience, iat, exp }, this.#signer.secret, {
      algorithm: 'HS256',
      keyid: this.#signer.kid,
    })
    return { token, expiresAt: new Date(exp * 1000).toISOString() }
  }

  #verify(token: string, audience: Audience): Claims | TokenFailure {
    const known = this.#remembered.get(token)
    if (known?.audience === audience && known.until > this.#now()) return known.claims
    this.#remembered.delete(token)
    const claims = this.#check(token, audience)
    if (typeof claims === 'string') return claims
    const until = Math.min(claims.exp * 1000, this.#now() + rememberMs)
    this.#remembered.set(token, { audience, claims, until })
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest)
    return claims
  }

  #check(token: string, audience: Audience): Claims | TokenFailure {
    const secret = this.#secretOf(token)
    if (secret === undefined) return 'TOKEN_INVALID'
    try {
      const payload = jwt.verify(token, secret, {
        algorithms: ['HS256'],
        issuer,
        audience,
        clockTolerance: clockToleranceSeconds,
        clockTimestamp: Math.floor(this.#now() / 1000),
      })
      return schemas[audience].safeParse(payload).data ?? 'TOKEN_INVALID'
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) return 'TOKEN_EXPIRED'
      if (error instanceof jwt.JsonWebTokenError) return 'TOKEN_INVALID'
      throw error
    }
  }

  #secretOf(token: string): KeyObject | undefined {
    const [head] = token.split('.', 1)
    try {
      const header: unknown = JSON.parse(Buffer.from(head ?? '', 'base64url').toString())
      const kid = header !== null && typeof header === 'object' && 'kid' in header ? header.kid : undefined
      return typeof kid === 'string' ? this.#secrets.get(kid) : undefined
    } catch {
      return undefined
    }
  }
}
