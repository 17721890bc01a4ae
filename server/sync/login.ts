/** Who replicates: by `ApiUserToken`, `Authorization: Bearer` with a user token, or Basic with name and password. */
import type { Request } from 'express'
import { ProtocolError } from '../../sync/replication/errors.ts'
import { headerText } from '../auth/authenticate.ts'
import type { Accounts } from '../auth/accounts.ts'
import type { StaffIdentity, UserIdentity } from '../auth/identity.ts'
import type { SignInFailure } from '../auth/sign-in.ts'
import type { Tokens } from '../auth/tokens.ts'
import { fieldRoles } from '../contract/mobile.ts'
import { countedAddress } from '../http/address.ts'
import { BasicLogins, type VerifiedLogin } from './basic-logins.ts'

/** Who replicates. */
export interface SyncCaller {
  user: Omit<StaffIdentity, 'sessionId'>
  /** Where it was by name and password. */
  login?: VerifiedLogin
}

type Found = Pick<SyncCaller, 'login'> & { user: Omit<UserIdentity, 'sessionId'> }

export interface LoginOptions {
  accounts: Accounts
  tokens: Tokens
  /** ms since the epoch */
  now: () => number
}

const unauthorized = (reason: string): ProtocolError => new ProtocolError(401, 'unauthorized', reason)

/** The status of the API for the same, in the protocol's words. */
const failureOf = (failure: SignInFailure): ProtocolError => {
  switch (failure.code) {
    case 'ACCOUNT_LOCKED':
    case 'RATE_LIMITED':
      return new ProtocolError(
        failure.code === 'ACCOUNT_LOCKED' ? 423 : 429,
        'too_many_requests',
        failure.code === 'ACCOUNT_LOCKED'
          ? 'Too many failed attempts. Try again later.'
          : 'Try again in a moment.',
        { 'Retry-After': String(failure.retryAfterSeconds) },
      )
    case 'SECOND_FACTOR_REQUIRED':
    case 'SECOND_FACTOR_INVALID':
      return unauthorized('This user has a second factor: sign in by the API and send the token instead.')
    case 'INVALID_CREDENTIALS':
    case 'DEMO_ONLY':
      return unauthorized('Name or password is incorrect.')
  }
}

/** The user's name and password in `Authorization: Basic`; undefined where it cannot be read. */
const basicOf = (text: string): { username: string; password: string } | undefined => {
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(text, 'base64').toString('utf8')) ?? []
  return name === undefined || password === undefined || name === ''
    ? undefined
    : { username: name, password }
}

const asking = /\/_(changes|all_docs|bulk_get|revs_diff|ensure_full_commit|local(\/|%2f)[^/]*)\/?$/i

/** Whether a request only reads: checkpoints of a client are no records. */
const isReading = ({ method, path }: Request): boolean =>
  method === 'GET' ||
  method === 'HEAD' ||
  (method === 'POST' && asking.test(path)) ||
  /\/_local(\/|%2f)/i.test(path)

export class SyncLogin {
  readonly #options: LoginOptions
  readonly #basic: BasicLogins

  constructor(options: LoginOptions) {
    this.#options = options
    this.#basic = new BasicLogins(options)
  }

  /**
   * Who is behind a request: of a group, and one who may use the Mobile calls.
   * @param before who it was when it was asked first: a password is not asked for again
   * @throws ProtocolError
   */
  async callerOf(request: Request, before?: SyncCaller): Promise<SyncCaller> {
    const { user, ...more } = await (before?.login ? this.#still(before.login) : this.#verified(request))
    if (user.groupId === null || !user.roles.some((role) => (fieldRoles as readonly string[]).includes(role)))
      throw new ProtocolError(403, 'forbidden', "Your roles do not allow to replicate a practice's records.")
    return { user: { ...user, groupId: user.groupId }, ...more }
  }

  async #verified(request: Request): Promise<Found> {
    const token = headerText(request.headers['apiusertoken'])
    if (token) return { user: await this.#byToken(token) }
    const [, scheme = '', given = ''] = /^(\S+)\s+(\S+)\s*$/.exec(request.headers.authorization ?? '') ?? []
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return { user: await this.#byBearer(given, request) }
      case 'basic':
        return await this.#byPassword(given, countedAddress(request.ip ?? ''))
      default:
        throw unauthorized('Sign in: send ApiUserToken, or Authorization with Bearer or Basic.')
    }
  }

  async #byToken(token: string): Promise<UserIdentity> {
    const { accounts, tokens } = this.#options
    const claims = tokens.verifyUserToken(token)
    if (claims === 'TOKEN_EXPIRED') throw unauthorized('The token has expired.')
    const user = typeof claims === 'string' ? undefined : await accounts.user(claims.usr)
    if (typeof claims === 'string' || !user) throw unauthorized('The token is not valid.')
    const groupIds = user.groupId === null ? [] : [user.groupId]
    const identity = await accounts.identities.userOf(claims, {
      accountId: 'sync',
      keyId: 'sync',
      kind: 'app',
      groupIds,
    })
    if (identity === 'DEVICE_CUT_OFF') throw unauthorized('This device was cut off by an administrator.')
    if (!identity) throw unauthorized('The token is not valid.')
    return identity
  }

  /** A user token, or an OAuth 2.0 access token whose scopes go as far. */
  async #byBearer(token: string, request: Request): Promise<UserIdentity> {
    const { accounts, tokens } = this.#options
    const claims = tokens.verifyAccessToken(token)
    if (typeof claims === 'string') return await this.#byToken(token)
    const identity = await accounts.identities.accessOf(claims)
    if (identity === 'DEVICE_CUT_OFF') throw unauthorized('This device was cut off by an administrator.')
    if (!identity?.user) throw unauthorized('The token is not valid.')
    for (const scope of isReading(request) ? ['mobile.read'] : ['mobile.read', 'mobile.write'])
      if (!identity.key.scopes?.includes(scope))
        throw new ProtocolError(403, 'forbidden', `The token has not the scope ${scope}.`)
    return identity.user
  }

  async #byPassword(text: string, address: string): Promise<Found> {
    const given = basicOf(text)
    if (!given) throw unauthorized('Name or password is incorrect.')
    const result = await this.#basic.verify({ ...given, address })
    if ('ok' in result) throw failureOf(result as SignInFailure)
    return { user: result, login: result }
  }

  async #still(login: VerifiedLogin): Promise<Found> {
    const user = await this.#basic.still(login)
    if (!user) throw unauthorized('Name or password is incorrect.')
    return { user, login }
  }
}
