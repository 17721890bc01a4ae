/** Who calls: what a verified token says, with what the accounts say of it now. */
import type { Role } from '../contract/call.ts'

export type KeyKind = 'app' | 'server'

/** The API key behind an ApiToken. */
export interface KeyIdentity {
  readonly accountId: string
  readonly keyId: string
  readonly kind: KeyKind
  /** The groups that this key may see. */
  readonly groupIds: readonly number[]
}

/** The user behind an ApiUserToken; an `Actor` of sync/actor.ts. */
export interface UserIdentity {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  readonly roles: readonly Role[]
  readonly groupId: number
  readonly siteIds: readonly number[]
  readonly practitionerId: string | null
  /** The session that the token belongs to. */
  readonly sessionId: string
}
