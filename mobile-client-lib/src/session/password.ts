/** What stays on the device of a password: a slow, salted hash to check it by, and a key that seals the session. */
import { VetspaceError } from '../errors.ts'

/** What OWASP recommends for PBKDF2 with HMAC-SHA-256. */
export const defaultIterations = 600_000

const text = new TextEncoder()

type Bytes = Uint8Array<ArrayBuffer>

export const toBase64 = (bytes: Uint8Array): string => {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(binary)
}
export const fromBase64 = (base64: string): Bytes => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export const randomBytes = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))

export const sha256Hex = async (bytes: Bytes): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
export const sha256HexOfText = async (value: string): Promise<string> => await sha256Hex(text.encode(value))

export interface PasswordKeys {
  /** Kept on the device; says nothing about `key`. */
  verifier: string
  /** Seals and opens the session; never kept, never exported. */
  key: CryptoKey
}

/** Derives both from the password; slow on purpose. */
export const passwordKeys = async (
  password: string,
  salt: string,
  iterations: number,
): Promise<PasswordKeys> => {
  const secret = await crypto.subtle.importKey(
    'raw',
    text.encode(password.normalize('NFKC')),
    'PBKDF2',
    false,
    ['deriveBits'],
  )
  const slow = { name: 'PBKDF2', hash: 'SHA-256', salt: fromBase64(salt), iterations }
  const stretched = await crypto.subtle.deriveBits(slow, secret, 256)
  const root = await crypto.subtle.importKey('raw', stretched, 'HKDF', false, ['deriveBits', 'deriveKey'])
  const part = (info: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: text.encode(info),
  })
  const verifier = new Uint8Array(await crypto.subtle.deriveBits(part('vetspace verifier'), root, 256))
  const aes = { name: 'AES-GCM', length: 256 }
  const key = await crypto.subtle.deriveKey(part('vetspace session'), root, aes, false, [
    'encrypt',
    'decrypt',
  ])
  return { verifier: toBase64(verifier), key }
}

export interface Sealed {
  iv: string
  data: string
}

export const seal = async (key: CryptoKey, value: unknown): Promise<Sealed> => {
  const iv = randomBytes(12)
  const plain = text.encode(JSON.stringify(value))
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain)
  return { iv: toBase64(iv), data: toBase64(new Uint8Array(data)) }
}

export const unseal = async (key: CryptoKey, { iv, data }: Sealed): Promise<unknown> => {
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(iv) }, key, fromBase64(data))
    return JSON.parse(new TextDecoder().decode(plain)) as unknown
  } catch (error) {
    throw new VetspaceError('SEAL_BROKEN', 'The session kept on this device cannot be opened', {
      cause: error,
    })
  }
}

/** Compares without stopping at the first difference. */
export const sameSecret = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i += 1)
    difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length))
  return difference === 0
}
