/** Short secrets that have to be read again, sealed by AES-256-GCM with keys made of the signing keys. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SigningKey } from '../config.ts'

const cipherName = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

export class Seal {
  readonly #current: string | undefined
  readonly #keys: ReadonlyMap<string, Buffer>

  /** @param keys the first seals, all open; none where nothing is to be sealed or opened */
  constructor(keys: readonly SigningKey[]) {
    this.#current = keys[0]?.kid
    this.#keys = new Map(
      keys.map(({ kid, secret }) => [kid, Buffer.from(hkdfSync('sha256', secret, '', 'vetspace seal', 32))]),
    )
  }

  /** @param context what it is of; it opens with the same alone */
  seal(text: string, context: string): string {
    const kid = this.#current
    const key = kid === undefined ? undefined : this.#keys.get(kid)
    if (kid === undefined || !key) throw new TypeError('No key to seal with')
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv(cipherName, key, iv).setAAD(Buffer.from(context))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `${kid}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
  }

  /** Undefined where the key is no longer among the settings, or the text is not one of ours. */
  open(sealed: string, context: string): string | undefined {
    const end = sealed.lastIndexOf('.')
    const key = this.#keys.get(sealed.slice(0, end))
    const bytes = Buffer.from(sealed.slice(end + 1), 'base64url')
    if (!key || bytes.length < ivBytes + tagBytes) return undefined
    const tag = bytes.subarray(ivBytes, ivBytes + tagBytes)
    const decipher = createDecipheriv(cipherName, key, bytes.subarray(0, ivBytes))
      .setAAD(Buffer.from(context))
      .setAuthTag(tag)
    try {
      const text = decipher.update(bytes.subarray(ivBytes + tagBytes))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }

  /** Whether it was sealed by the key that seals now. */
  isCurrent(sealed: string): boolean {
    return this.#current !== undefined && sealed.slice(0, sealed.lastIndexOf('.')) === this.#current
  }
}
