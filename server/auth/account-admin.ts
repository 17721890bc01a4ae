/** What operators do with accounts, keys, groups and users (server/cli). Faults are told in words for them. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { StoredDoc } from '../../sync/store/port.ts'
import type { AccountCache } from './account-cache.ts'
import type { AccountWitness, RightsChange } from './account-witness.ts'
import {
  accountDocId,
  freshUser,
  groupDocId,
  normalUsername,
  userDocId,
  type AccountDoc,
  type ApiKey,
  type GroupDoc,
  type GroupFields,
  type NewUserFields,
  type UserDoc,
  type UserFields,
} from './account-docs.ts'
import { hashApiKey } from './api-key-hash.ts'
import type { MailQueue } from '../mail/queue.ts'
import type { KeyUse } from './key-use.ts'
import type { PasswordHash } from './password-hash.ts'
import { passwordFaults } from './password-rules.ts'
import type { SecondFactor } from './second-factor.ts'
import { usernameFaults } from './username-rules.ts'

const maxTries = 50
/** So that a key found somewhere tells what it is. */
const keyPrefixes = { server: 'vs', app: 'va', agent: 'vb' } as const

/** It cannot be done as it was asked for; nothing was changed. */
export class AdminRefused extends Error {
  override readonly name = 'AdminRefused'
}

export type NewKey = Pick<ApiKey, 'kind' | 'groupIds' | 'expiresAt'> & { scopes?: string[]; name?: string }

export interface AccountAdminOptions {
  cache: AccountCache
  keyUse: KeyUse
  secondFactor: SecondFactor
  mail: MailQueue
  now: () => number
  hash: (password: string) => Promise<PasswordHash | undefined>
  told: AccountWitness['rights']
}

export class AccountAdmin {
  readonly #options: AccountAdminOptions

  constructor(options: AccountAdminOptions) {
    this.#options = options
  }

  async accounts(): Promise<AccountDoc[]> {
    return (await this.#all('account:')) as AccountDoc[]
  }

  async groups(): Promise<GroupDoc[]> {
    return (await this.#all('group:')) as GroupDoc[]
  }

  async users(groupId: number | null): Promise<UserDoc[]> {
    return ((await this.#all('user:')) as UserDoc[]).filter((user) => user.groupId === groupId)
  }

  lastUsedAt(accountId: string, keyId: string): Promise<number | null> {
    return this.#options.keyUse.lastUsedAt(accountId, keyId)
  }

  async createAccount(name: string, redirectUris: string[]): Promise<string> {
    const accountId = randomUUID()
    const fields = { accountId, name, demo: false, keys: [], redirectUris }
    await this.#options.told({
      kind: 'ACCOUNT_MADE',
      groupIds: [],
      subject: { type: 'account', id: accountId },
    })
    await this.#make({ _id: accountDocId(accountId), type: 'account', ...fields })
    return accountId
  }

  async createGroup(groupId: number, name: string): Promise<void> {
    const fields = { groupId, name, demo: false, passwordExpiryDays: null }
    const subject = { type: 'group', id: String(groupId) } as const
    await this.#options.told({ kind: 'GROUP_MADE', groupIds: [groupId], subject })
    await this.#make(
      { _id: groupDocId(groupId), type: 'group', ...fields },
      `There is a group ${groupId} already`,
    )
  }

  /** Makes a key; the key itself is told this once. */
  async createKey(accountId: string, key: NewKey): Promise<{ keyId: string; apiKey: string }> {
    for (const groupId of key.groupIds) await this.#group(groupId)
    const made = this.#newKey(key)
    await this.#options.told(keyChange('KEY_MADE', made.key))
    await this.#changeKeys(accountId, (keys) => [...keys, made.key])
    return { keyId: made.key.keyId, apiKey: made.apiKey }
  }

  /** A new key like an old one, which stays good for a while. */
  async rotateKey(
    accountId: string,
    keyId: string,
    overlapMs: number,
  ): Promise<{ keyId: string; apiKey: string; oldUntil: number }> {
    const until = this.#options.now() + overlapMs
    const made = { keyId: '', apiKey: '', oldUntil: until }
    await this.#tellOf('KEY_ROTATED', accountId, keyId)
    await this.#changeKeys(accountId, (keys) => {
      const old = keys.find((key) => key.keyId === keyId) ?? this.#noKey(keyId)
      const { key, apiKey } = this.#newKey(old)
      const oldUntil = Math.min(old.expiresAt ?? until, until)
      Object.assign(made, { keyId: key.keyId, apiKey, oldUntil })
      return [...keys.map((one) => (one === old ? { ...one, expiresAt: oldUntil } : one)), key]
    })
    return made
  }

  async revokeKey(accountId: string, keyId: string): Promise<void> {
    await this.#tellOf('KEY_REVOKED', accountId, keyId)
    await this.#changeKeys(accountId, (keys) =>
      keys.some((key) => key.keyId === keyId)
        ? keys.filter((key) => key.keyId !== keyId)
        : this.#noKey(keyId),
    )
  }

  async createUser(user: Omit<NewUserFields, 'userId' | 'demo'>, password: string): Promise<string> {
    if (user.groupId !== null) await this.#group(user.groupId)
    const fields: NewUserFields = {
      ...user,
      ...{ username: normalUsername(user.username), userId: randomUUID(), demo: false },
    }
    const faults = usernameFaults(fields.username)
    if (faults.length > 0) throw new AdminRefused(`The user name ${faults.join(', and ')}`)
    const hash = await this.#hashOf(password, fields)
    await this.#options.told(userChange('USER_MADE', fields))
    await this.#make(
      { _id: userDocId(fields.username), type: 'user', ...freshUser(fields, hash, this.#options.now()) },
      `There is a user ${fields.username} already`,
    )
    return fields.userId
  }

  /** Every session of the user ends. */
  async setPassword(username: string, password: string): Promise<void> {
    const user = await this.user(username)
    const hash = await this.#hashOf(password, user)
    await this.changeUser(username, (now) => ({
      ...{ password: hash, previousPasswords: [now.password, ...now.previousPasswords].slice(0, 4) },
      ...{ passwordChangedAt: this.#options.now(), tokenEpoch: now.tokenEpoch + 1, keptSession: null },
    }))
    await this.#options.mail.post({ kind: 'passwordChanged', username: user.username, groupId: user.groupId })
  }

  /** Takes a user's second factor away, for who has lost phone and recovery codes; every session ends. */
  async resetSecondFactor(username: string): Promise<void> {
    const user = await this.user(username)
    const { secondFactor, mail } = this.#options
    if ((await secondFactor.codesLeft(user.username)) === undefined)
      throw new AdminRefused(`${username} has no second factor`)
    await this.#options.told(userChange('SECOND_FACTOR_OFF', user))
    await secondFactor.remove(user.username)
    await this.endSessions(username, null)
    await mail.post({ kind: 'secondFactorOff', username: user.username, groupId: user.groupId })
  }

  async changeGroup(groupId: number, fields: Partial<Omit<GroupFields, 'groupId' | 'demo'>>): Promise<void> {
    const subject = { type: 'group', id: String(groupId) } as const
    await this.#group(groupId)
    await this.#options.told({
      kind: 'SETTINGS_CHANGED',
      groupIds: [groupId],
      subject,
      detail: { ...fields },
    })
    for (let tries = 0; tries < maxTries; tries += 1) {
      const group = await this.#group(groupId)
      if ((await this.#options.cache.write({ ...group, ...fields })).ok) return
    }
    throw new AdminRefused('The group is written too often to be changed; try again')
  }

  /** Ends a user's sessions, but for one; of whoever has a reason for it, who tells of that. */
  async endSessions(username: string, keptSession: string | null): Promise<void> {
    await this.#change(username, ({ tokenEpoch }) => ({ tokenEpoch: tokenEpoch + 1, keptSession }))
  }

  async changeUser(username: string, change: (user: UserFields) => Partial<UserFields>): Promise<void> {
    await this.#change(username, change, async (user, fields) => {
      for (const kind of kindsOf(fields)) await this.#options.told(userChange(kind, { ...user, ...fields }))
    })
  }

  async #change(
    username: string,
    change: (user: UserFields) => Partial<UserFields>,
    tell?: (user: UserFields, fields: Partial<UserFields>) => Promise<void>,
  ): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const user = await this.user(username)
      const fields = change(user)
      if (tries === 0) await tell?.(user, fields)
      if ((await this.#options.cache.write({ ...user, ...fields })).ok) return
    }
    throw new AdminRefused(`${username} is written too often to be changed; try again`)
  }

  #newKey({ kind, groupIds, expiresAt, scopes, name }: NewKey): { key: ApiKey; apiKey: string } {
    const apiKey = `${keyPrefixes[kind]}_${randomBytes(32).toString('base64url')}`
    const keyId = randomBytes(9).toString('base64url')
    const createdAt = this.#options.now()
    const optional = { ...(scopes ? { scopes } : {}), ...(name === undefined ? {} : { name }) }
    return {
      apiKey,
      key: { keyId, kind, hash: hashApiKey(apiKey), groupIds, expiresAt, createdAt, ...optional },
    }
  }

  async #tellOf(kind: 'KEY_ROTATED' | 'KEY_REVOKED', accountId: string, keyId: string): Promise<void> {
    const account = (await this.#options.cache.db.get(accountDocId(accountId))) as AccountDoc | undefined
    const key = account?.keys.find((one) => one.keyId === keyId)
    if (key) await this.#options.told(keyChange(kind, key))
  }

  #noKey(keyId: string): never {
    throw new AdminRefused(`The account has no key ${keyId}`)
  }

  async #changeKeys(accountId: string, change: (keys: ApiKey[]) => ApiKey[]): Promise<void> {
    const { cache } = this.#options
    for (let tries = 0; tries < maxTries; tries += 1) {
      const doc = (await cache.db.get(accountDocId(accountId))) as AccountDoc | undefined
      if (!doc) throw new AdminRefused(`There is no account ${accountId}`)
      if ((await cache.write({ ...doc, keys: change(doc.keys) })).ok) return
    }
    throw new AdminRefused('The account is written too often to be changed; try again')
  }

  async #hashOf(
    password: string,
    user: { username: string; displayName: string; demo: boolean },
  ): Promise<PasswordHash> {
    const faults = await passwordFaults(password, user)
    if (faults.length > 0) throw new AdminRefused(`The password ${faults.join(', and ')}`)
    const hash = await this.#options.hash(password)
    if (!hash) throw new AdminRefused('The server is busy with sign-ins; try again')
    return hash
  }

  async #group(groupId: number): Promise<GroupDoc> {
    const group = (await this.#options.cache.db.get(groupDocId(groupId))) as GroupDoc | undefined
    if (!group) throw new AdminRefused(`There is no group ${groupId}; \`groups create\` makes it`)
    return group
  }

  /** @throws AdminRefused where there is none */
  async user(username: string): Promise<UserDoc> {
    const user = (await this.#options.cache.db.get(userDocId(normalUsername(username)))) as
      UserDoc | undefined
    if (!user) throw new AdminRefused(`There is no user ${username}`)
    return user
  }

  async #make(doc: { _id: string; [field: string]: unknown }, taken = 'It is there already'): Promise<void> {
    if (!(await this.#options.cache.write(doc)).ok) throw new AdminRefused(taken)
  }

  async #all(prefix: string): Promise<StoredDoc[]> {
    return await this.#options.cache.db.range({ from: prefix, to: `${prefix}\uffff` })
  }
}

const keyChange = (
  kind: 'KEY_MADE' | 'KEY_ROTATED' | 'KEY_REVOKED',
  { keyId, kind: keyKind, groupIds, expiresAt, scopes }: ApiKey,
): RightsChange => ({
  kind,
  groupIds,
  subject: { type: 'key', id: keyId },
  detail: { kind: keyKind, expiresAt, ...(scopes ? { scopes } : {}) },
})

const userChange = (
  kind: RightsChange['kind'],
  { userId, groupId, roles, siteIds }: Pick<UserFields, 'userId' | 'groupId' | 'roles' | 'siteIds'>,
): RightsChange => ({
  kind,
  groupIds: groupId === null ? [] : [groupId],
  subject: { type: 'user', id: userId },
  ...(kind === 'PASSWORD_CHANGED' || kind === 'SECOND_FACTOR_OFF' ? {} : { detail: { roles, siteIds } }),
})

const kindsOf = (fields: Partial<UserFields>): RightsChange['kind'][] => {
  const kinds: RightsChange['kind'][] = []
  if (fields.disabled !== undefined) kinds.push(fields.disabled ? 'USER_DISABLED' : 'USER_ENABLED')
  if (fields.siteIds) kinds.push('USER_SITES_CHANGED')
  if (fields.roles) kinds.push('USER_ROLES_CHANGED')
  if (fields.password) kinds.push('PASSWORD_CHANGED')
  return kinds.length > 0 ? kinds : ['USER_CHANGED']
}
