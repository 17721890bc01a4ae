/** From a request's headers to its caller. */
import type { IncomingHttpHeaders } from 'node:http'
import type { CallSpec, Role } from '../contract/call.ts'
import { scopeOf } from '../contract/scopes.ts'
import { fail } from '../http/problem.ts'
import type { Accounts } from './accounts.ts'
import type { Caller, GivenTokens, KeyIdentity, UserIdentity } from './identity.ts'
import { roleRefusal } from './role-refusal.ts'
import type { TokenFailure, Tokens } from './tokens.ts'

/** A header that was sent twice is none. */
export const headerText = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

export const tokensIn = (headers: IncomingHttpHeaders): GivenTokens => ({
  apiToken: headerText(headers['apitoken']),
  userToken: headerText(headers['apiusertoken']),
  bearer: /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1],
})

interface Verifiers {
  accounts: Accounts
  tokens: Tokens
}

type Header = 'ApiToken' | 'ApiUserToken' | 'access token'

const refused = (code: TokenFailure, header: Header): never =>
  fail(code, { detail: `The ${header} ${code === 'TOKEN_EXPIRED' ? 'has expired' : 'is not valid'}.` })

const missing = (header: Header): never => fail('TOKEN_MISSING', { detail: `Send the header ${header}.` })

type Asked = Pick<CallSpec, 'auth' | 'service' | 'method' | 'reads'>

const asksUser = ({ auth }: Pick<CallSpec, 'auth'>): boolean =>
  auth.kind === 'user' || auth.kind === 'keyMaybeUser'

/** The caller that a call's declaration asks for; throws the problem to answer otherwise. */
export const authenticate = (
  spec: Asked,
  { apiToken, userToken, bearer }: GivenTokens,
  verifiers: Verifiers,
): Caller | Promise<Caller> => {
  if (spec.auth.kind === 'none') return {}
  const given: GivenTokens = {
    apiToken,
    userToken: asksUser(spec) ? userToken : undefined,
    bearer: apiToken ? undefined : bearer,
  }
  const { kept } = verifiers.accounts.identities
  const known = kept.get(given)
  if (known) return allowed(spec, known)
  return kept.find(given, () => identify(given, verifiers)).then((caller) => allowed(spec, caller))
}

const checkScope = (spec: Asked, key: KeyIdentity | undefined): void => {
  const scope = scopeOf(spec)
  if (key?.scopes === undefined || key.scopes.includes(scope)) return
  fail('INSUFFICIENT_SCOPE', {
    detail: `This call needs the scope ${scope}.`,
    extra: { scope },
    headers: { 'WWW-Authenticate': `Bearer realm="vetspace", error="insufficient_scope", scope="${scope}"` },
  })
}

/** Key and user of an access token, as both stand now. */
const bearerOf = async (token: string, { accounts, tokens }: Verifiers): Promise<Caller> => {
  const claims = tokens.verifyAccessToken(token)
  if (typeof claims === 'string') return refused(claims, 'access token')
  const identity = await accounts.identities.accessOf(claims)
  if (identity === 'DEVICE_CUT_OFF') return fail('DEVICE_CUT_OFF')
  return identity ?? refused('TOKEN_INVALID', 'access token')
}

const identify = async (given: GivenTokens, verifiers: Verifiers): Promise<Caller> => {
  const caller = given.bearer === undefined ? {} : await bearerOf(given.bearer, verifiers)
  const key = caller.key ?? (await keyOf(given.apiToken, verifiers))
  if (caller.user || !given.userToken) return caller.user ? { key, user: caller.user } : { key }
  return { key, user: await userOf(given.userToken, key, verifiers) }
}

/** The caller, where the call is theirs to make. */
const allowed = (spec: Asked, caller: Caller): Caller => {
  const { auth, service } = spec
  const { user, ...keyAlone } = caller
  const { key } = keyAlone
  if (auth.kind === 'serverKey' && key?.kind !== 'server') return fail('SERVER_KEY_REQUIRED')
  if (auth.kind === 'user') {
    if (!user) return missing('ApiUserToken')
    const { roles, withheldRoles = [] } = user
    const allows = (held: readonly Role[]): boolean => held.some((role) => auth.roles.includes(role))
    // What a role is withheld for is mended by calls of this service, so it counts for them.
    if (!allows(roles) && !(service === 'authentication' && allows(withheldRoles)))
      return allows(withheldRoles) ? fail('SECOND_FACTOR_NEEDED') : roleRefusal(user, auth.roles)
    // Calls that customers may not make are about the user's group (`StaffIdentity`).
    if (user.groupId === null && !auth.roles.includes('customer')) return roleRefusal(user, auth.roles)
  }
  checkScope(spec, key)
  return asksUser(spec) ? caller : keyAlone
}

const keyOf = async (token: string | undefined, { accounts, tokens }: Verifiers): Promise<KeyIdentity> => {
  if (!token) return missing('ApiToken')
  const claims = tokens.verifyApiToken(token)
  if (typeof claims === 'string') return refused(claims, 'ApiToken')
  return (await accounts.identities.keyOf(claims)) ?? refused('TOKEN_INVALID', 'ApiToken')
}

const userOf = async (
  token: string,
  key: KeyIdentity,
  { accounts, tokens }: Verifiers,
): Promise<UserIdentity> => {
  const claims = tokens.verifyUserToken(token)
  if (typeof claims === 'string') return refused(claims, 'ApiUserToken')
  const user = await accounts.identities.userOf(claims, key)
  if (user === 'DEVICE_CUT_OFF') return fail('DEVICE_CUT_OFF')
  return user ?? refused('TOKEN_INVALID', 'ApiUserToken')
}

/** The codes that a kind of authentication may answer. */
export const authErrors = ({ auth }: Pick<CallSpec, 'auth'>) => {
  const token = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'INSUFFICIENT_SCOPE'] as const
  switch (auth.kind) {
    case 'none':
      return []
    case 'key':
      return [...token, 'DEVICE_CUT_OFF'] as const
    case 'keyMaybeUser':
      return [...token, 'DEVICE_CUT_OFF'] as const
    case 'serverKey':
      return [...token, 'SERVER_KEY_REQUIRED', 'DEVICE_CUT_OFF'] as const
    case 'user':
      return [...token, 'ROLE_NOT_ALLOWED', 'SECOND_FACTOR_NEEDED', 'DEVICE_CUT_OFF'] as const
  }
}
