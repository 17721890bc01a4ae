/**
 * Names and passwords that come with every request (RFC 7617): verified once a minute, not hashed on each request. What
 * is remembered is a keyed hash, and it ends at once when the user is disabled or gets another password.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Accounts } from '../auth/accounts.ts'
import { normalUsername, type UserDoc } from '../auth/account-docs.ts'
import type { SignInFailure } from '../auth/sign-in.ts'

const rememberMs = 60_000
const maxRemembered = 10_000

interface Remembered extends VerifiedLogin {
  /** ms since the epoch */
  until: number
}

/** Whose password was right; another password, and a second factor, are another epoch. */
export type VerifiedLogin = Pick<UserDoc, 'username' | 'tokenEpoch'>

export interface BasicLogin {
  username: string
  password: string
  /** As failures are counted by. */
  address: string
}

export class BasicLogins {
  readonly #accounts: Accounts
  readonly #now: () => number
  readonly #secret = randomBytes(32)
  readonly #remembered = new Map<string, Remembered>()
  readonly #running = new Map<string, Promise<UserDoc | SignInFailure>>()

  constructor(options: { accounts: Accounts; now: () => number }) {
    this.#accounts = options.accounts
    this.#now = options.now
  }

  /** The user, or why there is none. */
  async verify(login: BasicLogin): Promise<UserDoc | SignInFailure> {
    const key = this.#keyOf(login)
    const known = await this.#recall(key)
    if (known) return known
    // A client begins with several requests at once: one hash does for all.
    let running = this.#running.get(key)
    if (!running) {
      running = this.#check(key, login).finally(() => this.#running.delete(key))
      this.#running.set(key, running)
    }
    return await running
  }

  /** The user as they are now, where a login that was verified stands still. */
  async still({ username, tokenEpoch }: VerifiedLogin): Promise<UserDoc | undefined> {
    const user = await this.#accounts.user(username)
    return user && !user.disabled && user.tokenEpoch === tokenEpoch ? user : undefined
  }

  #keyOf({ username, password, address }: BasicLogin): string {
    const text = JSON.stringify([normalUsername(username), password, address])
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }

  async #recall(key: string): Promise<UserDoc | undefined> {
    const remembered = this.#remembered.get(key)
    if (!remembered) return undefined
    const user = await this.still(remembered)
    if (remembered.until > this.#now() && user) return user
    this.#remembered.delete(key)
    return undefined
  }

  async #check(key: string, { username, password, address }: BasicLogin): Promise<UserDoc | SignInFailure> {
    const found = await this.#accounts.user(normalUsername(username))
    const groupIds = (found?.groupId ?? null) === null ? [] : [Number(found?.groupId)]
    // No API key is asked for here: a user's name and password stand for themselves.
    const apiKey = { accountId: 'sync', keyId: 'sync', kind: 'app', groupIds } as const
    const result = await this.#accounts.signIn.verify({
      ...{ username, password, address, key: apiKey },
      oneTimeCode: undefined,
    })
    if (!result.ok) return result
    const { user } = result
    const until = this.#now() + rememberMs
    this.#remembered.set(key, { username: user.username, tokenEpoch: user.tokenEpoch, until })
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest)
    return user
  }
}
