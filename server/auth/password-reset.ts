/**
 * Forgotten passwords: a token for one use, of which only the hash is kept, and which goes nowhere but to the user.
 * What a request does is the same for a name that does not exist: it leaves a notice in the queue, and whoever takes
 * it from there (mail/postman.ts) has the token made.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Database, NewDoc } from '../../sync/store/port.ts'
import type { MailQueue } from '../mail/queue.ts'
import type { AccountWitness } from './account-witness.ts'
import { normalUsername, resetDocId, userDocId, type ResetDoc, type UserDoc } from './account-docs.ts'
import { keySees, type KeyIdentity } from './identity.ts'
import type { Lockout, Subject } from './lockout.ts'
import type { SignIn } from './sign-in.ts'

const tokenMs = 30 * 60_000
/** More than the lockout lets anyone ask for while they are good: asking ends nobody's token. */
const maxTokens = 30
const maxTries = 50

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

export interface PasswordResetOptions {
  db: Database
  lockout: Lockout
  signIn: SignIn
  mail: MailQueue
  now: () => number
  demo: boolean
  told: AccountWitness['signIn']
}

export class PasswordReset {
  readonly #options: PasswordResetOptions

  constructor(options: PasswordResetOptions) {
    this.#options = options
  }

  /** Takes a request down, durably. Answers seconds to wait where it was asked for too often, else 0. */
  async request(asked: { username: string; key: KeyIdentity; address: string }): Promise<number> {
    const { lockout, mail, told } = this.#options
    const username = normalUsername(asked.username)
    const user = await this.#user(username, asked.key)
    // Who asks for a name that the key may not see hinders nobody of another practice.
    const name = hashOf(user ? username : `${username}\n${asked.key.accountId}`)
    const subjects: Subject[] = [
      { kind: 'user', value: `reset\n${name}` },
      { kind: 'address', value: `reset\n${asked.address}` },
    ]
    const seconds = await lockout.lockedFor(subjects)
    if (seconds > 0) return seconds
    await lockout.failed(subjects)
    const { key, address } = asked
    await told({ kind: 'PASSWORD_RESET_ASKED', key, address, user })
    const groupId = user?.groupId ?? key.groupIds[0] ?? null
    await mail.post({ kind: 'reset', username: user ? username : null, groupId })
    return 0
  }

  /** A token for a user, to go nowhere but to them. */
  async makeToken({ username, tokenEpoch }: UserDoc): Promise<string> {
    const name = hashOf(username)
    const secret = randomBytes(32).toString('base64url')
    await this.#keep(name, { username, secret, epoch: tokenEpoch })
    return `${name}.${secret}`
  }

  /** Changes the password by a token, which is then spent. */
  async reset(
    token: string,
    newPassword: string,
    key: KeyIdentity,
  ): Promise<'changed' | 'invalid' | { faults: string[] }> {
    const [name = '', secret = '', ...rest] = token.split('.')
    if (rest.length > 0 || secret === '') return 'invalid'
    const { db, now, signIn } = this.#options
    const doc = (await db.get(resetDocId(name))) as ResetDoc | undefined
    const hash = hashOf(secret)
    const found = doc?.tokens.find((candidate) => candidate.hash === hash)
    if (!doc || !found || found.expiresAt <= now()) return 'invalid'
    const user = await this.#user(doc.username, key)
    if (!user || user.tokenEpoch !== found.epoch) return 'invalid'
    const spend = async (): Promise<boolean> => {
      const [spent] = await db.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }])
      return spent?.ok === true
    }
    const outcome = await signIn.resetPassword(user, { password: newPassword, keptSession: null }, spend)
    return outcome === 'refused' ? 'invalid' : outcome
  }

  async #user(username: string, key: KeyIdentity): Promise<UserDoc | undefined> {
    const { db, demo } = this.#options
    const user = (await db.get(userDocId(username))) as UserDoc | undefined
    return user && !user.disabled && keySees(key, user) && (demo || !user.demo) ? user : undefined
  }

  async #keep(name: string, made: { username: string; secret: string; epoch: number }): Promise<void> {
    const { db, now } = this.#options
    const { username, secret, epoch } = made
    const token = { hash: hashOf(secret), expiresAt: now() + tokenMs, epoch }
    const _id = resetDocId(name)
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await db.get(_id)) as ResetDoc | undefined
      const good = (doc?.tokens ?? []).filter(({ expiresAt }) => expiresAt > now())
      const tokens = [...good, token].slice(-maxTokens)
      const next: NewDoc = { _id, ...(doc ? { _rev: doc._rev } : {}), type: 'reset', username, tokens }
      const [result] = await db.write([next])
      if (result?.ok) return
    }
  }

  /** Removes tokens that have run out. */
  async sweep(): Promise<void> {
    const { db, now } = this.#options
    const docs = (await db.range({ from: resetDocId(''), to: resetDocId('\uffff') })) as ResetDoc[]
    const old = docs.filter(({ tokens }) => tokens.every(({ expiresAt }) => expiresAt <= now()))
    if (old.length > 0) await db.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })))
  }
}
