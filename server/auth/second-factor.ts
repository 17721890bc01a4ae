/**
 * The second factor: codes by time (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as every app for it has them), and
 * recovery codes for a lost phone. Each code counts once, over all servers. The secret is sealed (seal.ts), of the
 * recovery codes only hashes are kept.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { AccountCache } from './account-cache.ts'
import type { UserFields } from './account-docs.ts'
import type { Seal } from './seal.ts'

interface SecondFactorFields {
  userId: string
  username: string
  sealed: string
  /** ms since the epoch; null until a first code has shown that the app has the secret */
  confirmedAt: number | null
  /** The 30 seconds whose code was taken last: it and what came before count no more. */
  lastStep: number
  /** Hashes of those that are left. */
  recovery: string[]
}
type SecondFactorDoc = StoredDoc & SecondFactorFields

const prefix = 'secondFactor:'
const docId = (username: string): string => `${prefix}${username}`

const secretBytes = 20
/** Codes of the 30 seconds before and after are taken as well: phones' clocks differ. */
const window = 1
const recoveryCodes = 10
const recoveryBytes = 10
const maxTries = 50

const totpOf = (secret: Secret, label: string): TOTP =>
  new TOTP({ issuer: 'Vetspace', label, algorithm: 'SHA1', digits: 6, period: 30, secret })

const hashOf = (code: string): string => createHash('sha256').update(`recovery\n${code}`).digest('base64url')

/** As it is compared: people type spaces, hyphens and small letters. */
const plain = (code: string): string => code.replace(/[\s-]/g, '').toUpperCase()

const newRecoveryCode = (): string =>
  new Secret({ buffer: Uint8Array.from(randomBytes(recoveryBytes)).buffer }).base32.replace(
    /(.{4})(?!$)/g,
    '$1-',
  )

export interface SecondFactorOptions {
  cache: AccountCache
  seal: Seal
  now: () => number
}

export class SecondFactor {
  readonly #options: SecondFactorOptions

  constructor(options: SecondFactorOptions) {
    this.#options = options
  }

  /** As it was a moment ago at most (account-cache.ts). */
  async isOn(username: string): Promise<boolean> {
    const doc = (await this.#options.cache.get(docId(username))) as SecondFactorDoc | undefined
    return typeof doc?.confirmedAt === 'number'
  }

  /** Recovery codes that are left; undefined where the second factor is not on. */
  async codesLeft(username: string): Promise<number | undefined> {
    const doc = await this.#find(username)
    return typeof doc?.confirmedAt === 'number' ? doc.recovery.length : undefined
  }

  /** A new secret, which counts from its first code on; undefined where one is in use. */
  async begin({ userId, username }: UserFields): Promise<{ secret: string; uri: string } | undefined> {
    const { cache, seal } = this.#options
    const secret = new Secret({ size: secretBytes })
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#find(username)
      if (typeof doc?.confirmedAt === 'number') return undefined
      const fields: SecondFactorFields = {
        ...{ userId, username, sealed: seal.seal(secret.base32, docId(username)) },
        ...{ confirmedAt: null, lastStep: 0, recovery: [] },
      }
      const _rev = doc ? { _rev: doc._rev } : {}
      const written = await cache.write({ _id: docId(username), ..._rev, type: 'secondFactor', ...fields })
      if (written.ok) return { secret: secret.base32, uri: totpOf(secret, username).toString() }
    }
    throw new Error('A second factor is written too often')
  }

  /** Turns it on by the first code: the recovery codes, told this once. */
  async confirm(username: string, code: string): Promise<string[] | 'none' | 'wrong'> {
    const doc = await this.#find(username)
    if (!doc || doc.confirmedAt !== null) return 'none'
    const step = this.#stepOf(doc, plain(code))
    if (step === undefined) return 'wrong'
    const codes = Array.from({ length: recoveryCodes }, newRecoveryCode)
    const { cache, now } = this.#options
    const recovery = codes.map((one) => hashOf(plain(one)))
    const written = await cache.write({ ...doc, confirmedAt: now(), lastStep: step, recovery })
    return written.ok ? codes : 'none'
  }

  /** Whether this is a code of the user's that has not been used; it is from now on. */
  async take(username: string, code: string): Promise<boolean> {
    const { cache } = this.#options
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#find(username)
      const after = doc && this.#spent(doc, plain(code))
      if (!after) return false
      if ((await cache.write(after)).ok) return true
    }
    return false
  }

  /** False where there was none. */
  async remove(username: string): Promise<boolean> {
    const { cache } = this.#options
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = await this.#find(username)
      if (!doc) return false
      if ((await cache.write({ _id: doc._id, _rev: doc._rev, _deleted: true })).ok)
        return doc.confirmedAt !== null
    }
    throw new Error('A second factor is written too often')
  }

  /** Seals anew what a signing key that is being replaced has sealed, so that it may go. */
  async sweep(): Promise<void> {
    const { cache, seal } = this.#options
    const docs = (await cache.db.range({ from: prefix, to: `${prefix}\uffff` })) as SecondFactorDoc[]
    for (const doc of docs.filter(({ sealed }) => !seal.isCurrent(sealed))) {
      const secret = seal.open(doc.sealed, doc._id)
      // Somebody who writes it meanwhile is left to the next time.
      if (secret !== undefined) await cache.write({ ...doc, sealed: seal.seal(secret, doc._id) })
    }
  }

  #spent(doc: SecondFactorDoc, code: string): SecondFactorDoc | undefined {
    if (doc.confirmedAt === null) return undefined
    const step = this.#stepOf(doc, code)
    if (step !== undefined) return { ...doc, lastStep: step }
    const hash = hashOf(code)
    if (!doc.recovery.includes(hash)) return undefined
    return { ...doc, recovery: doc.recovery.filter((one) => one !== hash) }
  }

  /** The 30 seconds that a code is of, later than the last that was taken; undefined where there are none. */
  #stepOf({ _id, username, sealed, lastStep }: SecondFactorDoc, code: string): number | undefined {
    const { seal, now } = this.#options
    if (!/^\d{6}$/.test(code)) return undefined
    const secret = seal.open(sealed, _id)
    if (secret === undefined) return undefined
    const totp = totpOf(Secret.fromBase32(secret), username)
    const timestamp = now()
    const delta = totp.validate({ token: code, timestamp, window })
    const step = delta === null ? undefined : totp.counter({ timestamp }) + delta
    return step !== undefined && step > lastStep ? step : undefined
  }

  async #find(username: string): Promise<SecondFactorDoc | undefined> {
    return (await this.#options.cache.db.get(docId(username))) as SecondFactorDoc | undefined
  }
}
