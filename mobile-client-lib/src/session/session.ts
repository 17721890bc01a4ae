/**
 * A signed-in user's tokens, renewed without the user noticing. A new refresh token is on disk before the new
 * user token is first used: the server keeps the previous one good until then, so a lost answer, or a phone
 * that dies between, signs nobody out.
 */
import { ApiError, SignInError } from '../errors.ts'
import type { Transport } from '../http/request.ts'
import type { User } from './device-store.ts'
import { login, logout, refreshUserToken, type UserTokens } from './tokens.ts'

export interface SessionOptions {
  transport: Transport
  account: { accountId: string; apiKey: string }
  user: User
  refreshToken: string | null
  /** From signing in online; null after an offline sign-in, to be had by the refresh token. */
  tokens: { apiToken: string; userToken: string } | null
  /** Keeps the refresh token on the device. */
  keep: (refreshToken: string) => Promise<void>
  /** The refresh token that the device has: another tab may have renewed it. Null where there is none to be read. */
  kept: () => Promise<string | null>
  /** The server has ended the user's access, or this session of it. */
  revoked: () => Promise<void>
  /** Does `task` while no other tab renews tokens. */
  alone: <T>(task: () => Promise<T>) => Promise<T>
}

export interface TokenHeaders extends Record<string, string> {
  ApiToken: string
  ApiUserToken: string
}

const isUnauthorized = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status === 401

export class Session {
  readonly user: User
  readonly #options: SessionOptions
  #apiToken: string | null
  #userToken: string | null
  #refreshToken: string | null
  #loggingIn: Promise<string> | null = null
  #renewing: Promise<string> | null = null

  constructor(options: SessionOptions) {
    this.user = options.user
    this.#options = options
    this.#apiToken = options.tokens?.apiToken ?? null
    this.#userToken = options.tokens?.userToken ?? null
    this.#refreshToken = options.refreshToken
  }

  /**
   * Does `call` with the tokens; on 401 renews the user's, then also the API key's, and does it again.
   * @throws SignInError where the session is over and only a password helps
   */
  async authorized<T>(call: (headers: TokenHeaders) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const headers = await this.#headers()
      try {
        return await call(headers)
      } catch (error) {
        if (!isUnauthorized(error) || attempt === 2) throw error
        if (this.#userToken === headers.ApiUserToken) this.#userToken = null
        if (attempt === 1 && this.#apiToken === headers.ApiToken) this.#apiToken = null
      }
    }
  }

  /** Ends the session at the server, as far as it can be reached. */
  async end(): Promise<void> {
    const [apiToken, userToken] = [this.#apiToken, this.#userToken]
    this.#userToken = null
    this.#refreshToken = null
    if (apiToken && userToken)
      await logout(this.#options.transport, apiToken, userToken).catch(() => undefined)
  }

  async #headers(): Promise<TokenHeaders> {
    const ApiUserToken = this.#userToken ?? (await this.#renew())
    return { ApiToken: await this.#api(), ApiUserToken }
  }

  async #api(): Promise<string> {
    if (this.#apiToken) return this.#apiToken
    this.#loggingIn ??= login(this.#options.transport, this.#options.account).finally(() => {
      this.#loggingIn = null
    })
    this.#apiToken = await this.#loggingIn
    return this.#apiToken
  }

  /** One renewal at a time, whoever asks. */
  async #renew(): Promise<string> {
    this.#renewing ??= this.#options
      .alone(() => this.#renewNow())
      .finally(() => {
        this.#renewing = null
      })
    return await this.#renewing
  }

  async #renewNow(): Promise<string> {
    const refreshToken = this.#refreshToken && ((await this.#options.kept()) ?? this.#refreshToken)
    if (!refreshToken) throw new SignInError('SIGN_IN_AGAIN', 'Sign in again to go on syncing')
    const tokens = await this.#refresh(refreshToken)
    await this.#options.keep(tokens.refreshToken)
    this.#refreshToken = tokens.refreshToken
    this.#userToken = tokens.userToken
    return tokens.userToken
  }

  async #refresh(refreshToken: string): Promise<UserTokens> {
    try {
      return await refreshUserToken(this.#options.transport, await this.#api(), refreshToken)
    } catch (error) {
      if (!isUnauthorized(error)) throw error
    }
    // Either token may be the one that is over: with a new API token it is the refresh token.
    this.#apiToken = null
    const apiToken = await this.#api()
    try {
      // Another tab may have renewed it a moment ago.
      const latest = (await this.#options.kept()) ?? refreshToken
      return await refreshUserToken(this.#options.transport, apiToken, latest)
    } catch (error) {
      if (!isUnauthorized(error)) throw error
      // Expired, it says nothing of the user; invalid, the server has ended it.
      if (error.code === 'TOKEN_INVALID') await this.#options.revoked()
      throw new SignInError('SIGN_IN_AGAIN', 'Sign in again to go on syncing', { cause: error })
    }
  }
}
