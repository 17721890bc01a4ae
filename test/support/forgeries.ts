/** Tokens that look like good ones, made without the secret. */
import { createHmac } from 'node:crypto'
import jwt from 'jsonwebtoken'

const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string]
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decoded = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

/** Ways to make a token that looks like a good one without the secret. */
export const forgeries: Readonly<Record<string, (token: string) => string>> = {
  'another payload': (token) => {
    const [head, payload, signature] = parts(token)
    return [head, encoded({ ...decoded(payload), sub: 'somebody else' }), signature].join('.')
  },
  'no signature': (token) => parts(token).slice(0, 2).join('.') + '.',
  'alg none': (token) => {
    const [head, payload] = parts(token)
    return `${encoded({ ...decoded(head), alg: 'none' })}.${payload}.`
  },
  'another secret': (token) => {
    const [head, payload] = parts(token)
    const { kid } = decoded(head)
    return jwt.sign(decoded(payload), 'x'.repeat(48), { algorithm: 'HS256', keyid: String(kid) })
  },
  'a signature by an empty secret': (token) => {
    const [, payload] = parts(token)
    const head = encoded({ alg: 'HS256', typ: 'JWT', kid: '' })
    return `${head}.${payload}.${createHmac('sha256', '').update(`${head}.${payload}`).digest('base64url')}`
  },
  'a kid from a prototype': (token) => {
    const [head, payload, signature] = parts(token)
    return [encoded({ ...decoded(head), kid: 'constructor' }), payload, signature].join('.')
  },
  'a kid that is a path': (token) => {
    const [head, payload, signature] = parts(token)
    return [encoded({ ...decoded(head), kid: '../../token-secret' }), payload, signature].join('.')
  },
  'text that is no token': () => 'mB1rZc0cYpJtVg2nqkq0Qy7bC9T3b6n5Hq4Y0rLw2xE',
}
