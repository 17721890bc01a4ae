/** Who replicates: by `ApiUserToken`, `Authorization: Bearer` with a user token, or Basic with name and password. */
import type { Request } from 'express'
import { ProtocolError } from '../../sync/replication/errors.ts'
import { headerText } from '../auth/authenticate.ts'
import type { Accounts } from '../auth/accounts.ts'
import { keySees, type KeyIdentity, type StaffIdentity, type UserIdentity } from '../auth/identity.ts'
import type { SignInFailure } from '../auth/sign-in.ts'
import type { Tokens } from '../auth/tokens.ts'
import { fieldRoles } from '../contract/mobile.ts'
import { countedAddress } from '../http/address.ts'
import { BasicLogins, type VerifiedLogin } from './basic-logins.ts'

/** Who replicates. */
export interface SyncCaller {
  user: Omit<StaffIdentity, 'sessionId'>
  /** The API key that it was by; of a name and a password alone there is none. */
  key?: KeyIdentity
  /** Where it was by name and password. */
  login?: VerifiedLogin
}

type Found = Omit<SyncCaller, 'user'> & { user: Omit<UserIdentity, 'sessionId'> }

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

/** A client's checkpoint, of a database or a collection: no record, and who only reads keeps one too. */
const checkpoint = /^\/[^/]+(?:\/[a-z]+)?\/_local(?:\/|%2f)/i

/** Whether a request only reads. */
const isReading = ({ method, path }: Request): boolean =>
  method === 'GET' || method === 'HEAD' || (method === 'POST' && asking.test(path)) || checkpoint.test(path)

/** As the Mobile calls ask it of a key: its groups, its scopes, and that it is not for something else alone. */
const requireRights = (key: KeyIdentity, user: { groupId: number | null }, request: Request): void => {
  if (!keySees(key, user)) throw unauthorized('The token is not valid.')
  if ((key.service ?? 'mobile') !== 'mobile' || key.calls)
    throw unauthorized('The API key is for other calls alone.')
  for (const scope of isReading(request) ? ['mobile.read'] : ['mobile.read', 'mobile.write'])
    if (key.scopes?.includes(scope) === false)
      throw new ProtocolError(403, 'forbidden', `The token has not the scope ${scope}.`)
}

export class SyncLogin {
  readonly #options: LoginOptions
  readonly #basic: BasicLogins

  constructor(options: LoginOptions) {
    this.#options = options
    this.#basic = new BasicLogins(options)
  }

  /**
   * Who is behind a request: of a group, and one who may use the Mobile calls, with a key that may too.
   * @param before who it was when it was asked first: a password is not asked for again
   * @throws ProtocolError
   */
  async callerOf(request: Request, before?: SyncCaller): Promise<SyncCaller> {
    const sent = await this.#keySent(request)
    const found = before?.login ? await this.#still(before.login) : await this.#verified(request, sent)
    const { user, login, key = sent } = found
    for (const one of [sent, key]) if (one) requireRights(one, user, request)
    if (user.groupId === null || !user.roles.some((role) => (fieldRoles as readonly string[]).includes(role)))
      throw new ProtocolError(403, 'forbidden', "Your roles do not allow to replicate a practice's records.")
    return { user: { ...user, groupId: user.groupId }, ...(key && { key }), ...(login && { login }) }
  }

  /** The key of an ApiToken, which nobody has to send here. */
  async #keySent({ headers }: Request): Promise<KeyIdentity | undefined> {
    const token = headerText(headers['apitoken'])
    if (!token) return undefined
    const { accounts, tokens } = this.#options
    const claims = tokens.verifyApiToken(token)
    if (claims === 'TOKEN_EXPIRED') throw unauthorized('The ApiToken has expired.')
    const key = typeof claims === 'string' ? undefined : await accounts.identities.keyOf(claims)
    if (!key) throw unauthorized('The ApiToken is not valid.')
    return key
  }

  async #verified(request: Request, sent: KeyIdentity | undefined): Promise<Found> {
    const token = headerText(request.headers['apiusertoken'])
    if (token) return await this.#byToken(token, sent)
    const [, scheme = '', given = ''] = /^(\S+)\s+(\S+)\s*$/.exec(request.headers.authorization ?? '') ?? []
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return await this.#byBearer(given, sent)
      case 'basic':
        return await this.#byPassword(given, countedAddress(request.ip ?? ''))
      default:
        throw unauthorized('Sign in: send ApiUserToken, or Authorization with Bearer or Basic.')
    }
  }

  /** A user token by itself goes as far as the key that its session goes by. */
  async #byToken(token: string, sent: KeyIdentity | undefined): Promise<Found> {
    const { identities } = this.#options.accounts
    const claims = this.#options.tokens.verifyUserToken(token)
    if (claims === 'TOKEN_EXPIRED') throw unauthorized('The token has expired.')
    if (typeof claims === 'string') throw unauthorized('The token is not valid.')
    const key = sent ?? (await identities.keyOfSession(claims.sid))
    const user = key && (await identities.userOf(claims, key))
    if (user === 'DEVICE_CUT_OFF') throw unauthorized('This device was cut off by an administrator.')
    if (!user) throw unauthorized('The token is not valid.')
    return key === 'any' ? { user } : { user, key }
  }

  /** A user token, or an OAuth 2.0 access token whose scopes go as far. */
  async #byBearer(token: string, sent: KeyIdentity | undefined): Promise<Found> {
    const claims = this.#options.tokens.verifyAccessToken(token)
    if (typeof claims === 'string') return await this.#byToken(token, sent)
    const identity = await this.#options.accounts.identities.accessOf(claims)
    if (identity === 'DEVICE_CUT_OFF') throw unauthorized('This device was cut off by an administrator.')
    if (!identity?.user) throw unauthorized('The token is not valid.')
    return { user: identity.user, key: identity.key }
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
