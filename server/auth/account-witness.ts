/** Who hears of sign-ins and of rights given and taken, before they are answered: an audit record. */
import type { UserDoc } from './account-docs.ts'
import type { KeyIdentity } from './identity.ts'

export type SignInEvent =
  | {
      kind: 'SIGN_IN' | 'SIGN_IN_FAILED' | 'SIGN_IN_LOCKED' | 'PASSWORD_RESET_ASKED'
      key: KeyIdentity
      address: string
      /** Undefined for a name that does not exist for this key. */
      user: UserDoc | undefined
    }
  /**
   * PASSWORD_RESET: a password that somebody who did not have to know the old one is about to set. TOKEN_REUSED: a
   * refresh token or an authorization code that was spent has come again, which ends its session.
   */
  | { kind: 'PASSWORD_RESET' | 'TOKEN_REUSED'; user: UserDoc }

/** What an operator is about to do. */
export interface RightsChange {
  kind:
    | 'GROUP_MADE'
    | 'ACCOUNT_MADE'
    | 'KEY_MADE'
    | 'KEY_ROTATED'
    | 'KEY_REVOKED'
    | 'USER_MADE'
    | 'USER_DISABLED'
    | 'USER_ENABLED'
    | 'USER_SITES_CHANGED'
    | 'USER_ROLES_CHANGED'
    | 'USER_CHANGED'
    | 'PASSWORD_CHANGED'
    | 'SECOND_FACTOR_OFF'
    | 'SETTINGS_CHANGED'
  /** Whose rights they are; empty: nobody's in particular. */
  groupIds: readonly number[]
  subject: { type: 'group' | 'account' | 'key' | 'user'; id: string }
  detail?: Readonly<Record<string, unknown>>
}

/** A rejection keeps what was to be told from being done. */
export interface AccountWitness {
  signIn(event: SignInEvent): Promise<void>
  rights(change: RightsChange): Promise<void>
}

export const noWitness: AccountWitness = {
  signIn: () => Promise.resolve(),
  rights: () => Promise.resolve(),
}
