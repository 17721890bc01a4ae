/** Accounts, API keys, groups and users, over the store's database `accounts`. */
import { timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import type { NewDoc, Store } from '../../sync/store/port.ts'
import type { SigningKey } from '../config.ts'
import { MailQueue } from '../mail/queue.ts'
import { AccountCache } from './account-cache.ts'
import {
  accountDocId,
  accountsDatabase,
  freshUser,
  groupDocId,
  userDocId,
  type AccountDoc,
  type AccountFields,
  type ApiKey,
  type GroupDoc,
  type GroupFields,
  type NewUserFields,
  type UserDoc,
} from './account-docs.ts'
import { AccountAdmin } from './account-admin.ts'
import { noWitness, type AccountWitness } from './account-witness.ts'
import { hashApiKey } from './api-key-hash.ts'
import { Devices } from './devices.ts'
import { GlobalAccounts } from './global-accounts.ts'
import { hasEnded, Identities, identityOf } from './identities.ts'
import type { KeyIdentity } from './identity.ts'
import { KeyUse } from './key-use.ts'
import { Lockout } from './lockout.ts'
import { defaultCost, demoCost, hashPassword, type PasswordCost } from './password-hash.ts'
import { OAuthGrants } from './oauth-grants.ts'
import { PasswordReset } from './password-reset.ts'
import { PmsLinks } from './pms-links.ts'
import { Seal } from './seal.ts'
import { SecondFactor } from './second-factor.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'

const sweepMs = 3_600_000

export interface AccountsOptions {
  store: Store
  /** ms since the epoch */
  now: () => number
  log: Logger
  /** Whether the demo's credentials are good here. */
  demo: boolean
  /** Seal the secrets of second factors; none where none is to be made or asked for. */
  keys: readonly SigningKey[]
  passwordCost?: PasswordCost
  witness?: AccountWitness
}

/** A user to make; the password is hashed on the way. */
export type NewUser = NewUserFields & { password: string }

const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

export class Accounts implements AsyncDisposable {
  readonly sessions: Sessions
  readonly lockout: Lockout
  readonly signIn: SignIn
  readonly passwordReset: PasswordReset
  readonly globalAccounts: GlobalAccounts
  readonly devices: Devices
  readonly secondFactor: SecondFactor
  readonly mail: MailQueue
  readonly oauth: OAuthGrants
  readonly admin: AccountAdmin
  /** Who a token stands for. */
  readonly identities: Identities
  readonly #keyUse: KeyUse
  readonly pmsLinks: PmsLinks
  /** Whether the demo's credentials are good here. */
  readonly demo: boolean
  readonly #cache: AccountCache
  readonly #now: () => number
  readonly #log: Logger
  readonly #passwordCost: PasswordCost
  readonly #timer: NodeJS.Timeout
  #sweeping: Promise<void> = Promise.resolve()

  constructor(options: AccountsOptions, cache: AccountCache) {
    const { now, log, demo, passwordCost = demo ? demoCost : defaultCost } = options
    const { witness = noWitness } = options
    this.demo = demo
    this.#cache = cache
    this.#now = now
    this.#log = log
    this.#passwordCost = passwordCost
    this.sessions = new Sessions({ cache, now, told: (event) => witness.signIn(event) })
    this.lockout = new Lockout({ db: cache.db, now })
    this.mail = new MailQueue({ db: cache.db, now })
    this.secondFactor = new SecondFactor({ cache, seal: new Seal(options.keys), now })
    const { lockout, mail, secondFactor } = this
    this.signIn = new SignIn({
      ...{ cache, lockout, secondFactor, mail, now, demo, passwordCost },
      told: (event) => witness.signIn(event),
    })
    const { signIn } = this
    this.passwordReset = new PasswordReset({
      ...{ db: cache.db, lockout, signIn, mail, now, demo },
      told: (event) => witness.signIn(event),
    })
    this.devices = new Devices({ cache, sessions: this.sessions, now })
    this.pmsLinks = new PmsLinks({ cache, signIn, demo })
    const keyUse = new KeyUse({ cache, now })
    this.#keyUse = keyUse
    this.admin = new AccountAdmin({
      ...{ cache, keyUse, secondFactor, mail, now, hash: (password) => signIn.hash(password) },
      told: (change) => witness.rights(change),
    })
    this.oauth = new OAuthGrants({ cache, now })
    const { sessions, devices, oauth } = this
    this.identities = new Identities({
      ...{ cache, sessions, devices, secondFactor, oauth, now, demo },
      group: (groupId) => this.group(groupId),
      openGroup: (groupId) => this.openGroup(groupId),
    })
    this.globalAccounts = new GlobalAccounts({ cache, signIn, now })
    this.#timer = setInterval(() => {
      this.#sweeping = this.#sweep()
    }, sweepMs)
    this.#timer.unref()
  }

  /** The key behind an accountId and the key itself; `demoOnly` where it would be good in the demo. */
  async findKey(accountId: string, apiKey: string): Promise<KeyIdentity | 'demoOnly' | undefined> {
    const account = await this.#account(accountId)
    const hash = hashApiKey(apiKey)
    const key = account?.keys.find((candidate) => sameHash(candidate.hash, hash))
    if (!account || !key || hasEnded(key, this.#now())) return undefined
    if (account.demo && !this.demo) return 'demoOnly'
    await this.#keyUse.note(accountId, key.keyId)
    return identityOf(account, key)
  }

  /** What a user is told of their second factor when they sign in. */
  async secondFactorOf(
    user: UserDoc,
  ): Promise<{ on: boolean; needed: boolean; recoveryCodesLeft: number | null }> {
    const left = await this.secondFactor.codesLeft(user.username)
    const { withheldRoles } = await this.identities.rightsOf(user)
    return { on: left !== undefined, needed: withheldRoles !== undefined, recoveryCodesLeft: left ?? null }
  }

  /** The user of a name, where letters may be written to them: one of the demo only there. */
  async reachable(username: string): Promise<UserDoc | undefined> {
    const user = (await this.#cache.db.get(userDocId(username))) as UserDoc | undefined
    return user && !user.disabled && (this.demo || !user.demo) ? user : undefined
  }

  /** Where letters to a user go; null where nobody has said. */
  async addressOf({ email, userId, groupId }: UserDoc): Promise<string | null> {
    if (email !== undefined || groupId !== null) return email ?? null
    return (await this.globalAccounts.find(userId))?.email ?? null
  }

  /** The account's key of a kind that is good the longest; what a client that shows no secret goes by. */
  keyOfKind(account: AccountDoc, kind: 'app' | 'server'): KeyIdentity | undefined {
    const end = ({ expiresAt }: ApiKey): number => expiresAt ?? Number.MAX_SAFE_INTEGER
    const keys = account.keys.filter((key) => key.kind === kind && !hasEnded(key, this.#now()))
    const [key] = keys.sort((a, b) => end(b) - end(a))
    return key && identityOf(account, key)
  }

  /** The account behind an OAuth client's id; one of the demo only there. */
  async client(accountId: string): Promise<AccountDoc | undefined> {
    const account = await this.#account(accountId)
    return account?.demo && !this.demo ? undefined : account
  }

  async user(username: string): Promise<UserDoc | undefined> {
    return (await this.#cache.get(userDocId(username))) as UserDoc | undefined
  }

  async group(groupId: number): Promise<GroupDoc | undefined> {
    return (await this.#cache.get(groupDocId(groupId))) as GroupDoc | undefined
  }

  /** A group that pages may be shown for: one of the demo only there. */
  async openGroup(groupId: number): Promise<GroupDoc | undefined> {
    const group = await this.group(groupId)
    return group?.demo && !this.demo ? undefined : group
  }

  /** Makes a group where it is missing. */
  async ensureGroup(group: GroupFields): Promise<void> {
    await this.#ensure({ _id: groupDocId(group.groupId), type: 'group', ...group })
  }

  /** Makes an account where it is missing. */
  async ensureAccount(account: AccountFields): Promise<void> {
    await this.#ensure({ _id: accountDocId(account.accountId), type: 'account', ...account })
  }

  /** Makes a user where the name is not taken. */
  async ensureUser({ password, ...user }: NewUser): Promise<void> {
    const _id = userDocId(user.username)
    if (await this.#cache.db.get(_id)) return
    const fields = freshUser(user, await hashPassword(password, this.#passwordCost), this.#now())
    await this.#ensure({ _id, type: 'user', ...fields })
  }

  /** Replaces an account's keys; what is left out ends at once. */
  async setKeys(accountId: string, keys: ApiKey[]): Promise<boolean> {
    const doc = await this.#cache.db.get(accountDocId(accountId))
    return doc ? (await this.#cache.write({ ...doc, keys })).ok : false
  }

  async #ensure(doc: NewDoc): Promise<void> {
    if (!(await this.#cache.db.get(doc._id))) await this.#cache.write(doc)
  }

  async #account(accountId: string): Promise<AccountDoc | undefined> {
    return (await this.#cache.get(accountDocId(accountId))) as AccountDoc | undefined
  }

  async #sweep(): Promise<void> {
    try {
      await this.sessions.sweep()
      await this.lockout.sweep()
      await this.passwordReset.sweep()
      await this.devices.sweep()
      await this.oauth.sweep()
      await this.secondFactor.sweep()
    } catch (error) {
      this.#log.error({ err: error }, 'Expired sessions could not be removed')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
    await this.#cache[Symbol.asyncDispose]()
  }
}

export const openAccounts = async (options: AccountsOptions): Promise<Accounts> => {
  const db = await options.store.database(accountsDatabase)
  const onFailure = (error: unknown): void =>
    options.log.error({ err: error }, 'The changes of the accounts could not be read')
  return new Accounts(options, await AccountCache.open({ db, now: options.now, onFailure }))
}
