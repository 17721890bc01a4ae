/** Passwords: asked for, changed, and guessed no more than a few times. */
import type { AccountCache } from './account-cache.ts'
import type { AccountWitness } from './account-witness.ts'
import { normalUsername, userDocId, type UserDoc } from './account-docs.ts'
import { keySees, type KeyIdentity, type UserIdentity } from './identity.ts'
import type { MailQueue, NoticeKind } from '../mail/queue.ts'
import type { Lockout, Subject } from './lockout.ts'
import {
  dummyHash,
  Gate,
  hashPassword,
  passwordMatches,
  type PasswordCost,
  type PasswordHash,
} from './password-hash.ts'
import { passwordFaults, passwordsRemembered } from './password-rules.ts'
import type { SecondFactor } from './second-factor.ts'

export type SignInFailure =
  | { ok: false; code: 'INVALID_CREDENTIALS' | 'DEMO_ONLY' }
  /** The password is right: a code is missing, or is not one that counts. */
  | { ok: false; code: 'SECOND_FACTOR_REQUIRED' | 'SECOND_FACTOR_INVALID' }
  | { ok: false; code: 'ACCOUNT_LOCKED' | 'RATE_LIMITED'; retryAfterSeconds: number }

export type ChangeFailure = SignInFailure | { ok: false; code: 'PASSWORD_RULES'; faults: string[] }

/** Seconds to wait where too many wait already. */
const busySeconds = 5
/** libuv has four threads, and the embedded store needs some. */
const maxHashing = 2
const maxWaiting = 200
const maxTries = 50

interface Attempt {
  /** The name first. */
  subjects: readonly Subject[]
  password: string
  user: UserDoc | undefined
  /** The code of a user who has a second factor; null: it is not asked for, of somebody who is signed in. */
  secondFactor: { code: string | undefined } | null
}

export interface SignInOptions {
  cache: AccountCache
  lockout: Lockout
  secondFactor: SecondFactor
  mail: MailQueue
  now: () => number
  demo: boolean
  passwordCost: PasswordCost
  told: AccountWitness['signIn']
}

/** What is told of a refusal; nothing of one that was not looked at, or that only asks for a code. */
const refusals = {
  INVALID_CREDENTIALS: 'SIGN_IN_FAILED',
  DEMO_ONLY: 'SIGN_IN_FAILED',
  SECOND_FACTOR_INVALID: 'SIGN_IN_FAILED',
  SECOND_FACTOR_REQUIRED: undefined,
  ACCOUNT_LOCKED: 'SIGN_IN_LOCKED',
  RATE_LIMITED: undefined,
} as const

export class SignIn {
  readonly #options: SignInOptions
  readonly #dummy: PasswordHash
  readonly #gate = new Gate({ limit: maxHashing, maxWaiting })

  constructor(options: SignInOptions) {
    this.#options = options
    this.#dummy = dummyHash(options.passwordCost)
  }

  /**
   * Verifies a name and a password, and a code where the user has a second factor. A name that this key may not see is
   * answered as one that does not exist.
   */
  async verify(request: {
    username: string
    password: string
    oneTimeCode: string | undefined
    key: KeyIdentity
    address: string
  }): Promise<{ ok: true; user: UserDoc } | SignInFailure> {
    const { key, password, oneTimeCode, address } = request
    const username = normalUsername(request.username)
    const found = await this.#user(username)
    const user = found && keySees(key, found) ? found : undefined
    // Guesses at names that the key may not see lock nobody out of another practice.
    const name: Subject = { kind: 'user', value: user ? username : `${username}\n${key.accountId}` }
    const subjects: Subject[] = [name, { kind: 'address', value: address }]
    const failure = await this.#attempt({ subjects, password, user, secondFactor: { code: oneTimeCode } })
    const outcome = failure ?? this.#accepted(user)
    const kind = outcome.ok ? 'SIGN_IN' : refusals[outcome.code]
    if (kind) await this.#options.told({ kind, key, address, user })
    return outcome
  }

  #accepted(user: UserDoc | undefined): { ok: true; user: UserDoc } | SignInFailure {
    if (!user) return { ok: false, code: 'INVALID_CREDENTIALS' }
    return user.demo && !this.#options.demo ? { ok: false, code: 'DEMO_ONLY' } : { ok: true, user }
  }

  /**
   * Whether somebody who is signed in has typed their password, and the code where one is asked for; failures count as
   * those of signing in.
   */
  async confirm(
    caller: Pick<UserIdentity, 'username'>,
    { password, secondFactor = null }: Pick<Attempt, 'password'> & Partial<Pick<Attempt, 'secondFactor'>>,
    address: string,
  ): Promise<{ ok: true; user: UserDoc } | SignInFailure> {
    const subjects: Subject[] = [
      { kind: 'user', value: caller.username },
      { kind: 'address', value: address },
    ]
    const user = await this.#user(caller.username)
    const failure = await this.#attempt({ subjects, password, user, secondFactor })
    if (failure) return failure
    return user ? { ok: true, user } : { ok: false, code: 'INVALID_CREDENTIALS' }
  }

  /** Changes a password: every session of the user ends but the caller's. */
  async changePassword(
    caller: UserIdentity,
    passwords: { old: string; new: string },
    address: string,
  ): Promise<{ ok: true } | ChangeFailure> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const confirmed = await this.confirm(caller, { password: passwords.old }, address)
      if (!confirmed.ok) return confirmed
      const { user } = confirmed
      const faults = await this.#faults(user, passwords.new)
      if (faults.length > 0) return { ok: false, code: 'PASSWORD_RULES', faults }
      const changed = await this.#withPassword(user, passwords.new, caller.sessionId)
      if (!(await this.#options.cache.write(changed)).ok) continue
      await this.#tell('passwordChanged', user)
      return { ok: true }
    }
    return { ok: false, code: 'RATE_LIMITED', retryAfterSeconds: busySeconds }
  }

  /**
   * Gives a user a new password without the old one: every session ends but one to keep, and failures are forgotten.
   * @param mayWrite asked once, when the password is found good; false: nothing is changed
   */
  async resetPassword(
    user: UserDoc,
    { password, keptSession }: { password: string; keptSession: string | null },
    mayWrite: () => Promise<boolean>,
  ): Promise<'changed' | 'refused' | { faults: string[] }> {
    const faults = await this.#faults(user, password)
    if (faults.length > 0) return { faults }
    const changed = await this.#withPassword(user, password, keptSession)
    await this.#options.told({ kind: 'PASSWORD_RESET', user })
    if (!(await mayWrite()) || !(await this.#writePassword(user, changed))) return 'refused'
    await this.#options.lockout.succeeded({ kind: 'user', value: user.username })
    await this.#tell('passwordChanged', user)
    return 'changed'
  }

  /** Whether this is the password that the user has. For those who may change it: a wrong one is not counted. */
  async isPassword(user: UserDoc, password: string): Promise<boolean> {
    return await this.#gate.run(() => passwordMatches(password, user.password))
  }

  /** False where somebody has given the user another password meanwhile; what else has changed stands. */
  async #writePassword(before: UserDoc, changed: UserDoc): Promise<boolean> {
    const { password, previousPasswords, passwordChangedAt, tokenEpoch, keptSession } = changed
    for (let tries = 0; tries < maxTries; tries += 1) {
      const user = await this.#user(before.username)
      if (!user || user.tokenEpoch !== before.tokenEpoch) return false
      const next = { ...user, password, previousPasswords, passwordChangedAt, tokenEpoch, keptSession }
      if ((await this.#options.cache.write(next)).ok) return true
    }
    return false
  }

  /** Undefined where too many wait already. */
  async hash(password: string): Promise<PasswordHash | undefined> {
    if (this.#gate.full) return undefined
    return await this.#gate.run(() => hashPassword(password, this.#options.passwordCost))
  }

  async #user(username: string): Promise<UserDoc | undefined> {
    return (await this.#options.cache.db.get(userDocId(username))) as UserDoc | undefined
  }

  /**
   * One try. The lock is asked for when the hash is about to be worked out, so that guesses sent at once do not
   * overtake the count by more than work at the same time.
   */
  async #attempt({ subjects, password, user, secondFactor }: Attempt): Promise<SignInFailure | undefined> {
    const { lockout } = this.#options
    if (this.#gate.full) return { ok: false, code: 'RATE_LIMITED', retryAfterSeconds: busySeconds }
    return await this.#gate.run(async () => {
      const seconds = await lockout.lockedFor(subjects)
      if (seconds > 0) return { ok: false, code: 'ACCOUNT_LOCKED', retryAfterSeconds: seconds }
      const matches = await passwordMatches(password, user?.password ?? this.#dummy)
      const failure =
        matches && user && !user.disabled
          ? await this.#codeFailure(user, secondFactor)
          : ({ ok: false, code: 'INVALID_CREDENTIALS' } as const)
      // Who has the password and was not asked for a code before has failed at nothing yet.
      if (failure?.code === 'SECOND_FACTOR_REQUIRED') return failure
      const [name] = subjects
      if (!failure) {
        if (name) await lockout.succeeded(name)
        return undefined
      }
      // For a name that does not exist the notice is for nobody, and takes as long.
      if (await lockout.failed(subjects)) await this.#tell('locked', user)
      return failure
    })
  }

  async #codeFailure(
    { username }: UserDoc,
    asked: Attempt['secondFactor'],
  ): Promise<SignInFailure | undefined> {
    const { secondFactor } = this.#options
    if (asked === null || (await secondFactor.codesLeft(username)) === undefined) return undefined
    const { code } = asked
    if (code === undefined) return { ok: false, code: 'SECOND_FACTOR_REQUIRED' }
    return (await secondFactor.take(username, code))
      ? undefined
      : { ok: false, code: 'SECOND_FACTOR_INVALID' }
  }

  async #tell(kind: NoticeKind, user: UserDoc | undefined): Promise<void> {
    const { mail } = this.#options
    await mail.post({ kind, username: user?.username ?? null, groupId: user?.groupId ?? null })
  }

  async #faults(user: UserDoc, password: string): Promise<string[]> {
    const faults = await passwordFaults(password, user)
    const used = await this.#gate.run(async () => {
      for (const old of [user.password, ...user.previousPasswords])
        if (await passwordMatches(password, old)) return true
      return false
    })
    return used ? [...faults, `must not be one of the last ${passwordsRemembered}`] : faults
  }

  async #withPassword(user: UserDoc, password: string, sessionId: string | null): Promise<UserDoc> {
    const { passwordCost, now } = this.#options
    return {
      ...user,
      password: await this.#gate.run(() => hashPassword(password, passwordCost)),
      previousPasswords: [user.password, ...user.previousPasswords].slice(0, passwordsRemembered - 1),
      passwordChangedAt: now(),
      tokenEpoch: user.tokenEpoch + 1,
      keptSession: sessionId,
    }
  }
}
