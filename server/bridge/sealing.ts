/**
 * What waits in the store for a PMS, encrypted: bodies are people's and animals' data, and questions hold passwords.
 * AES-256-GCM with a key of each of the settings' secrets, so that every server over one store can read it, and the
 * store alone cannot.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SigningKey } from '../config.ts'

const algorithm = 'aes-256-gcm'
const tagBytes = 16
const ivBytes = 12

const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'vetspace bridge', 32))

export class Seals {
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly #kid: string

  constructor(keys: readonly SigningKey[]) {
    const [first] = keys
    if (!first) throw new TypeError('No secret to encrypt with')
    this.#kid = first.kid
    this.#keys = new Map(keys.map(({ kid, secret }) => [kid, keyOf(secret)]))
  }

  /** A JSON value as text that tells nothing. */
  seal(value: unknown): string {
    const iv = randomBytes(ivBytes)
    const key = this.#keys.get(this.#kid) ?? Buffer.alloc(0)
    const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes })
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
    return `${this.#kid}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')}`
  }

  /** The value; undefined where its secret is no longer among the settings, or the text is not what was sealed. */
  open(text: string): unknown {
    const dot = text.lastIndexOf('.')
    const key = this.#keys.get(text.slice(0, dot))
    const bytes = Buffer.from(text.slice(dot + 1), 'base64')
    if (!key || bytes.length < ivBytes + tagBytes) return undefined
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()])
      return JSON.parse(opened.toString()) as unknown
    } catch {
      return undefined
    }
  }
}
