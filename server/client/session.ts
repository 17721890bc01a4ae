/** The two tokens: fetched when first needed, renewed before they end, one renewal at a time. */
import type { verifyUser } from '../contract/authentication.ts'
import type { BodyOf, ResponseOf } from '../contract/call.ts'
import { ApiProblem, jsonOf, problemOf } from './problem.ts'

/** A token is renewed so long before it ends, so that it does not end on its way. */
const marginMs = 30_000

export interface SessionOptions {
  baseUrl: string
  accountId: string
  apiKey: string
  fetch: typeof fetch
  now: () => number
}

interface KeyToken {
  token: string
  expiresAt: string
}
interface UserTokens {
  userToken: string
  expiresAt: string
  refreshToken: string
}
export type Credentials = BodyOf<typeof verifyUser>
export type SignedIn = ResponseOf<typeof verifyUser>

export class Session {
  readonly #options: SessionOptions
  #key: Promise<KeyToken> | undefined
  #user: Promise<UserTokens> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  async signIn(credentials: Credentials): Promise<SignedIn> {
    const signedIn = await this.#post<SignedIn>('verifyUser', credentials)
    this.#user = Promise.resolve(signedIn)
    return signedIn
  }

  forgetUser(): void {
    this.#user = undefined
  }

  /** The headers of a call. @throws ApiProblem where the session has ended */
  async headers(): Promise<Record<string, string>> {
    const ApiToken = await this.#apiToken()
    const held = this.#user
    if (!held) return { ApiToken }
    // Of all that waited for the token, the first renews it.
    if (this.#ends(await held) && this.#user === held) this.#user = this.#renewed(held)
    return { ApiToken, ApiUserToken: (await (this.#user ?? held)).userToken }
  }

  /** After a 401: tokens other than the ones that were sent. False where there are none to be had. */
  async replace(sent: Readonly<Record<string, string>>): Promise<boolean> {
    const [key, user] = [this.#key, this.#user]
    const [keyToken, userTokens] = await Promise.all([key, user])
    if (this.#key === key && sent['ApiToken'] === keyToken?.token) this.#key = undefined
    if (user && this.#user === user && sent['ApiUserToken'] === userTokens?.userToken)
      this.#user = this.#renewed(user)
    try {
      await this.headers()
      return true
    } catch (error) {
      if (error instanceof ApiProblem) return false
      throw error
    }
  }

  #renewed(old: Promise<UserTokens>): Promise<UserTokens> {
    const renewal = old.then(async ({ refreshToken }) => {
      try {
        return await this.#post<UserTokens>('refreshUserToken', { refreshToken })
      } catch (error) {
        // The session is over, unless only the network is away.
        if (this.#user === renewal) this.#user = error instanceof ApiProblem ? undefined : old
        throw error
      }
    })
    return renewal
  }

  async #apiToken(): Promise<string> {
    const held = this.#key
    if (held && this.#ends(await held) && this.#key === held) this.#key = undefined
    this.#key ??= this.#logIn()
    return (await this.#key).token
  }

  #logIn(): Promise<KeyToken> {
    const { accountId, apiKey } = this.#options
    const key = this.#send<KeyToken>('login', { accountId, apiKey }, {})
    key.catch(() => {
      if (this.#key === key) this.#key = undefined
    })
    return key
  }

  #ends({ expiresAt }: { expiresAt: string }): boolean {
    return Date.parse(expiresAt) - this.#options.now() < marginMs
  }

  async #post<T>(name: string, body: object): Promise<T> {
    return await this.#send<T>(name, body, { ApiToken: await this.#apiToken() })
  }

  async #send<T>(name: string, body: object, headers: Record<string, string>): Promise<T> {
    const { baseUrl, fetch } = this.#options
    const response = await fetch(`${baseUrl}/v2/authentication/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw await problemOf(response)
    return (await jsonOf(response)) as T
  }
}
