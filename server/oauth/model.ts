/** What the OAuth library asks of us, for one request: tokens of ours, sessions and codes in the store. */
import type {
  AuthorizationCode,
  AuthorizationCodeModel,
  Client,
  ClientCredentialsModel,
  RefreshToken,
  RefreshTokenModel,
  Token,
  User,
} from '@node-oauth/oauth2-server'
import OAuth2Server from '@node-oauth/oauth2-server'
import { keySees } from '../auth/identity.ts'
import { sessionStands } from '../auth/sessions.ts'
import { accessTokenSeconds } from '../auth/tokens.ts'
import type { SessionFields, UserDoc } from '../auth/account-docs.ts'
import type { AppContext } from '../context.ts'
import { findClient, grantable, mayRedirectTo, type OAuthClient } from './clients.ts'

/** The library compares with the machine's clock; whether something has run out is checked here, by the server's. */
const inAnHour = (): Date => new Date(Date.now() + 3_600_000)

type Model = AuthorizationCodeModel & ClientCredentialsModel & RefreshTokenModel

const clientOf = (client: Client): OAuthClient => client as OAuthClient
const nobody: User = {}

export class RequestModel implements Model {
  readonly #app: AppContext
  readonly #known: { client?: OAuthClient; redirectUri?: string | undefined }
  /** What of the request the library does not hand on to `saveToken`. */
  #sessionToStart: string | undefined
  #presented: string | undefined

  /** @param known what the request has told that the library does not hand on */
  constructor(app: AppContext, known: { client?: OAuthClient; redirectUri?: string | undefined } = {}) {
    this.#app = app
    this.#known = known
  }

  async getClient(
    clientId: string,
    clientSecret: string | null | undefined,
  ): Promise<OAuthClient | undefined> {
    return this.#known.client ?? (await findClient(this.#app.accounts, clientId, clientSecret ?? undefined))
  }

  validateRedirectUri(uri: string, client: Client): Promise<boolean> {
    return Promise.resolve(mayRedirectTo(clientOf(client), uri))
  }

  validateScope(user: User, client: Client, scope?: string[]): Promise<string[] | false> {
    return Promise.resolve(grantable(scope, clientOf(client), user !== nobody) ?? false)
  }

  getUserFromClient(): Promise<User> {
    return Promise.resolve(nobody)
  }

  generateRefreshToken(): Promise<string> {
    return Promise.resolve('made when it is kept')
  }

  generateAccessToken(): Promise<string> {
    return Promise.resolve('made when it is kept')
  }

  async saveAuthorizationCode(
    code: Pick<
      AuthorizationCode,
      'redirectUri' | 'scope' | 'codeChallenge' | 'authorizationCode' | 'expiresAt'
    >,
    client: Client,
    user: User,
  ): Promise<AuthorizationCode> {
    const { id: clientId, key } = clientOf(client)
    const { userId, username } = user as UserDoc
    const authorizationCode = await this.#app.accounts.oauth.makeCode({
      ...{ clientId, keyId: key.keyId, scopes: code.scope ?? [], userId, username },
      ...{ redirectUri: code.redirectUri, codeChallenge: code.codeChallenge ?? '' },
    })
    return { ...code, authorizationCode, client, user }
  }

  /** A code that comes a second time has been copied: what it was exchanged for ends (RFC 6749, section 4.1.2). */
  async getAuthorizationCode(text: string): Promise<AuthorizationCode | undefined> {
    const { accounts } = this.#app
    const code = await accounts.oauth.findCode(text)
    if (!code) return undefined
    if (code.usedFor !== null) {
      await accounts.sessions.endCopied(code.usedFor)
      return undefined
    }
    const user = await accounts.user(code.username)
    if (!user || user.userId !== code.userId || user.disabled) return undefined
    const { redirectUri, scopes, codeChallenge } = code
    return {
      ...{ authorizationCode: text, expiresAt: inAnHour(), redirectUri, scope: scopes, user },
      ...{ client: { id: code.clientId, grants: [] }, codeChallenge, codeChallengeMethod: 'S256', code },
    }
  }

  async revokeAuthorizationCode(code: AuthorizationCode): Promise<boolean> {
    this.#sessionToStart = await this.#app.accounts.oauth.spendCode(code['code'] as never)
    const { redirectUri } = this.#known
    if (redirectUri !== undefined && redirectUri !== code.redirectUri)
      throw new OAuth2Server.InvalidGrantError('Invalid grant: `redirect_uri` is not the one of the code')
    return this.#sessionToStart !== undefined
  }

  async getRefreshToken(text: string): Promise<RefreshToken | undefined> {
    const { accounts } = this.#app
    const found = await accounts.sessions.ofRefreshToken(text)
    const user = found && (await accounts.user(found.session.username))
    const grant = found?.session.oauth
    if (!user || !grant) return undefined
    this.#presented = text
    return {
      ...{ refreshToken: text, refreshTokenExpiresAt: inAnHour(), scope: grant.scopes, user },
      client: { id: grant.clientId, grants: [] },
    }
  }

  /** The one before stays good until the new one is first used (sessions.ts), so nothing is revoked here. */
  revokeToken(): Promise<boolean> {
    return Promise.resolve(true)
  }

  async saveToken(token: Token, client: Client, user: User): Promise<Token> {
    const granted = token.scope ?? []
    const made =
      user === nobody
        ? { claims: { sub: client.id, key: clientOf(client).key.keyId } }
        : await this.#ofUser(clientOf(client), user as UserDoc, granted)
    const claims = { ...made.claims, client_id: client.id, scope: granted.join(' ') }
    return {
      accessToken: this.#app.tokens.issueAccessToken(claims).token,
      accessTokenExpiresAt: new Date(Date.now() + accessTokenSeconds * 1000 + 500),
      ...('refreshToken' in made ? { refreshToken: made.refreshToken } : {}),
      ...{ scope: granted, client, user },
    }
  }

  async #ofUser(client: OAuthClient, user: UserDoc, scopes: string[]) {
    const { sessionId, refreshToken, keyId } =
      this.#presented === undefined
        ? await this.#started(client, user, scopes)
        : await this.#renewed(client, this.#presented)
    const { userId, username } = user
    return { claims: { sub: userId, usr: username, sid: sessionId, key: keyId }, refreshToken }
  }

  async #started(client: OAuthClient, user: UserDoc, scopes: string[]) {
    const sessionId = this.#sessionToStart
    if (sessionId === undefined) throw new OAuth2Server.ServerError('There is no code')
    const { keyId } = client.key
    const oauth = { clientId: client.id, keyId, scopes }
    const { refreshToken } = await this.#app.accounts.sessions.start(user, { oauth, sessionId })
    return { sessionId, refreshToken, keyId }
  }

  async #renewed(client: OAuthClient, presented: string) {
    const { accounts, now } = this.#app
    let keyId = ''
    const accept = async (session: SessionFields): Promise<boolean> => {
      const user = await accounts.user(session.username)
      const grant = session.oauth
      if (!user || user.disabled || (user.demo && !accounts.demo) || grant?.clientId !== client.id)
        return false
      const before = await accounts.identities.keyOf({ sub: client.id, key: grant.keyId })
      // A session that began with a secret goes on with one.
      if (!before || (before.kind === 'server' && !client.confidential)) return false
      // It goes over to a new key as soon as that is used, so that the old one may end.
      const key = before.kind === client.key.kind ? client.key : before
      keyId = key.keyId
      return keySees(key, user) && sessionStands(session, user, now())
    }
    const result = await accounts.sessions.refresh(presented, accept, ({ oauth }) => ({
      oauth: { clientId: client.id, keyId, scopes: oauth?.scopes ?? [] },
    }))
    if (typeof result === 'string' || 'cutOff' in result)
      throw new OAuth2Server.InvalidGrantError('Invalid grant: refresh token is invalid')
    return { sessionId: result.session.sessionId, refreshToken: result.refreshToken, keyId }
  }

  getAccessToken(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}
