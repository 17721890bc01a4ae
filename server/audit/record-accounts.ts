/** Sign-ins and rights in the audit record, before they are answered. */
import type { AccountWitness, RightsChange, SignInEvent } from '../auth/account-witness.ts'
import type { KeyIdentity } from '../auth/identity.ts'
import type { Audit } from './audit.ts'
import type { AuditScope, NewEntry } from './entry.ts'

/** A name that nobody has is of the group that the key is for, where that is one. */
const scopeOf = (user: { groupId: number | null } | undefined, key: KeyIdentity | undefined): AuditScope => {
  if (user) return user.groupId ?? 'installation'
  const [only, ...further] = key?.groupIds ?? []
  return only === undefined || further.length > 0 ? 'installation' : only
}

export const recordAccounts = (audit: Audit): AccountWitness => ({
  signIn: (event) => recordSignIn(audit, event),
  rights: (change) => recordRights(audit, change),
})

const recordSignIn = async (audit: Audit, event: SignInEvent): Promise<void> => {
  const { kind, user } = event
  const subjects = user ? { subjects: [{ type: 'user' as const, id: user.userId }] } : {}
  if (!('key' in event)) {
    await audit.append(scopeOf(user, undefined), { kind, actor: { kind: 'unknown' }, ...subjects })
    return
  }
  const { accountId, keyId } = event.key
  const scope = scopeOf(user, event.key)
  const origin = audit.origin(event.address)
  if (kind === 'SIGN_IN' && user) {
    const actor = { kind: 'user', userId: user.userId, accountId, keyId } as const
    await audit.append(scope, { kind, actor, ...subjects, origin })
    return
  }
  const entry: NewEntry = { kind, actor: { kind: 'unknown', accountId, keyId }, ...subjects, origin }
  if (kind === 'PASSWORD_RESET_ASKED') await audit.append(scope, entry)
  else await audit.refusedSignIn(scope, entry)
}

const recordRights = async (
  audit: Audit,
  { kind, groupIds, subject, detail }: RightsChange,
): Promise<void> => {
  const scopes: readonly AuditScope[] = groupIds.length > 0 ? groupIds : ['installation']
  const told = detail ? { detail } : {}
  for (const scope of scopes)
    await audit.append(scope, { kind, actor: { kind: 'operator' }, subjects: [subject], ...told })
}
