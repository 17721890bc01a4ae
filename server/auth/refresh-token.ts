/** Refresh tokens as text, and what becomes of a session's when one is presented. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SessionFields } from './account-docs.ts'

/** Answers that may be lost in a row. */
const maxNext = 8
/** Of sessions whose tokens bore no mark at first. */
const maxSpent = 50

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** A secret of a session, and of each of its tokens. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
const secretLength = 43

interface RefreshToken {
  text: string
  hash: string
}

const markOf = (family: string, secret: string): string =>
  createHmac('sha256', family).update(secret).digest('base64url')

/** A new token of a session, which bears its family's mark. */
export const newRefreshToken = (sessionId: string, family: string): RefreshToken => {
  const secret = newSecret()
  const marked = `${secret}${markOf(family, secret)}`
  return { text: `${sessionId}.${marked}`, hash: hashOf(marked) }
}

/** The parts of a token as it was presented; undefined where it is none. */
export const parse = (text: string): { sessionId: string; secret: string; hash: string } | undefined => {
  const [sessionId, secret, ...rest] = text.split('.')
  return sessionId && secret && rest.length === 0 ? { sessionId, secret, hash: hashOf(secret) } : undefined
}

/**
 * Whether a refresh token was given out for this session, be it ever so long ago: it bears a mark that only this
 * session's secret makes. One that somebody made up ends nothing.
 */
export const isOfFamily = (
  { family, spent }: SessionFields,
  { secret, hash }: { secret: string; hash: string },
) => {
  if (spent?.includes(hash)) return true
  if (family === undefined) return false
  const given = Buffer.from(secret.slice(secretLength))
  const expected = Buffer.from(markOf(family, secret.slice(0, secretLength)))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The session after `hash` was presented, `given` being the answer; undefined where it is no token to go on with. */
export const rotated = (session: SessionFields, hash: string, given: string): SessionFields | undefined => {
  const { base, next, spent } = session
  if (hash === base) return { ...session, next: [...next, given].slice(-maxNext) }
  if (!next.includes(hash)) return undefined
  const over = [base, ...next.filter((other) => other !== hash)]
  return {
    ...session,
    ...{ base: hash, next: [given] },
    ...(spent ? { spent: [...spent, ...over].slice(-maxSpent) } : {}),
  }
}
