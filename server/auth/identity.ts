/** Who calls: what a verified token says, with what the accounts say of it now. */
import type { Role, ServiceName } from '../contract/call.ts'

/** `agent`: of the bridge's agent at a practice, good for the bridge's agent calls alone. */
export type KeyKind = 'app' | 'server' | 'agent'

/** The API key behind an ApiToken. */
export interface KeyIdentity {
  readonly accountId: string
  readonly keyId: string
  readonly kind: KeyKind
  /** The groups that this key may see. */
  readonly groupIds: readonly number[]
  /** The only service that it is good for; any where absent. */
  readonly service?: ServiceName
  /** The only calls that it is good for, by name; any where absent. */
  readonly calls?: readonly string[]
  /** The OAuth scopes that it has; every one where absent. */
  readonly scopes?: readonly string[]
}

/** The user behind an ApiUserToken; an `Actor` of sync/actor.ts. */
export interface UserIdentity {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  readonly roles: readonly Role[]
  /** Roles that the user has, and that count for nothing before there is a second factor. */
  readonly withheldRoles?: readonly Role[]
  /** Null for a customer with a global account, who belongs to no group. */
  readonly groupId: number | null
  readonly siteIds: readonly number[]
  readonly practitionerId: string | null
  /** The session that the token belongs to. */
  readonly sessionId: string
}

/** A user of a group: whoever may make a call that customers may not. */
export type StaffIdentity = UserIdentity & { readonly groupId: number }

/** The tokens that a request brought. */
export interface GivenTokens {
  apiToken: string | undefined
  userToken: string | undefined
  /** An OAuth 2.0 access token (RFC 6750), which stands for both. */
  bearer: string | undefined
}

/** Who a request is by: its key, and the user that it is on behalf of. */
export interface Caller {
  key?: KeyIdentity
  user?: UserIdentity
}

/** Whether a key may see a user; one of no group is nobody's secret. */
export const keySees = (key: KeyIdentity, { groupId }: { groupId: number | null }): boolean =>
  groupId === null || key.groupIds.includes(groupId)
