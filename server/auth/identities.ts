/** Whom a token stands for, by what the accounts say now: its key, its user, its session and device. */
import type { AccountCache } from './account-cache.ts'
import {
  accountDocId,
  userDocId,
  type AccountDoc,
  type AccountFields,
  type ApiKey,
  type GroupDoc,
  type UserDoc,
} from './account-docs.ts'
import { deviceStateOf } from './cut-off.ts'
import type { Devices } from './devices.ts'
import { keySees, type KeyIdentity, type UserIdentity } from './identity.ts'
import { KeptCallers } from './kept-callers.ts'
import type { OAuthGrants } from './oauth-grants.ts'
import { keyOfPage } from './page-key.ts'
import type { SecondFactor } from './second-factor.ts'
import { sessionStands, type Sessions } from './sessions.ts'
import type { AccessClaims } from './tokens.ts'

export interface AccessIdentity {
  key: KeyIdentity
  user?: UserIdentity
}

export const identityOf = (account: AccountFields, key: ApiKey): KeyIdentity => ({
  accountId: account.accountId,
  keyId: key.keyId,
  kind: key.kind,
  groupIds: key.groupIds,
  ...(key.scopes ? { scopes: key.scopes } : {}),
  ...(key.kind === 'agent' ? { service: 'bridge' as const } : {}),
})

export const hasEnded = ({ expiresAt }: ApiKey, now: number): boolean =>
  expiresAt !== null && expiresAt <= now

/** A key with no more than these of its scopes. */
const within = (key: KeyIdentity, granted: readonly string[]): KeyIdentity => ({
  ...key,
  scopes: granted.filter((scope) => key.scopes === undefined || key.scopes.includes(scope)),
})

export interface IdentitiesOptions {
  cache: AccountCache
  sessions: Sessions
  devices: Devices
  secondFactor: SecondFactor
  oauth: OAuthGrants
  group: (groupId: number) => Promise<GroupDoc | undefined>
  /** A group that pages may be shown for. */
  openGroup: (groupId: number) => Promise<GroupDoc | undefined>
  now: () => number
  /** Whether the demo's credentials are good here. */
  demo: boolean
}

export class Identities {
  /** The callers of a moment ago, by their tokens. */
  readonly kept: KeptCallers
  readonly #options: IdentitiesOptions

  constructor(options: IdentitiesOptions) {
    this.#options = options
    this.kept = new KeptCallers(options)
  }

  /** Another one after each change of the accounts that this server knows of. */
  get version(): number {
    return this.#options.cache.version
  }

  /** The key of a token, where it is still good. */
  async keyOf(claims: { sub: string; key: string }): Promise<KeyIdentity | undefined> {
    const page = keyOfPage(claims)
    const { cache, openGroup, now, demo } = this.#options
    if (page) return (await openGroup(page.groupIds[0] ?? 0)) && page
    const account = (await cache.get(accountDocId(claims.sub))) as AccountDoc | undefined
    const key = account?.keys.find(({ keyId }) => keyId === claims.key)
    if (!account || !key || hasEnded(key, now()) || (account.demo && !demo)) return undefined
    return identityOf(account, key)
  }

  /** The key that a user's session goes by, where it is still good; `any` of a session that none was noted of. */
  async keyOfSession(sessionId: string): Promise<KeyIdentity | 'any' | undefined> {
    const noted = (await this.#options.sessions.find(sessionId))?.apiKey
    if (!noted) return 'any'
    const key = await this.keyOf({ sub: noted.accountId, key: noted.keyId })
    return key && noted.scopes ? within(key, noted.scopes) : key
  }

  /**
   * The user of a token, where user and session are still good and the key may see the user's group. A device that
   * is cut off hears of it also when user or session have come to an end, so that it wipes itself all the same.
   */
  async userOf(
    claims: { sub: string; usr: string; sid: string },
    key: KeyIdentity | 'any',
  ): Promise<UserIdentity | 'DEVICE_CUT_OFF' | undefined> {
    const { cache, sessions, devices, now, demo } = this.#options
    const [user, session] = await Promise.all([
      cache.get(userDocId(claims.usr)) as Promise<UserDoc | undefined>,
      sessions.find(claims.sid),
    ])
    if (!user || !session || user.userId !== claims.sub || session.userId !== user.userId) return undefined
    if ((user.demo && !demo) || (key !== 'any' && !keySees(key, user))) return undefined
    const device = await deviceStateOf(cache, session)
    if (device === 'cutOff') {
      await devices.told(session)
      return 'DEVICE_CUT_OFF'
    }
    if (device === 'ended' || user.disabled || !sessionStands(session, user, now())) return undefined
    const { userId, username, displayName, groupId, siteIds, practitionerId } = user
    const rights = await this.rightsOf(user)
    return {
      userId,
      username,
      displayName,
      ...rights,
      groupId,
      siteIds,
      practitionerId,
      sessionId: claims.sid,
    }
  }

  /** The roles of a user; an administrator's wants a second factor where the group says so. */
  async rightsOf({
    username,
    roles,
    groupId,
  }: UserDoc): Promise<Pick<UserIdentity, 'roles' | 'withheldRoles'>> {
    if (groupId === null || !roles.includes('groupAdmin')) return { roles }
    const { group, secondFactor } = this.#options
    const required = (await group(groupId))?.secondFactorRequired
    if (!required || (await secondFactor.isOn(username))) return { roles }
    return { roles: roles.filter((role) => role !== 'groupAdmin'), withheldRoles: ['groupAdmin'] }
  }

  /**
   * Key and user behind an access token, where both still stand and it was not revoked. A user who consents lends an
   * application what is theirs: its server key opens nothing more to a token that they stand behind.
   */
  async accessOf(claims: AccessClaims): Promise<AccessIdentity | 'DEVICE_CUT_OFF' | undefined> {
    if (await this.#options.oauth.isRevoked(claims.jti)) return undefined
    const found = await this.keyOf({ sub: claims.client_id, key: claims.key })
    if (!found) return undefined
    const key = within(found, claims.scope === '' ? [] : claims.scope.split(' '))
    const { usr, sid } = claims
    if (usr === undefined || sid === undefined) return { key }
    const user = await this.userOf({ sub: claims.sub, usr, sid }, key)
    return user === 'DEVICE_CUT_OFF' ? user : user && { key: { ...key, kind: 'app' }, user }
  }
}
