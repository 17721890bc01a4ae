/** POST /oauth/token (RFC 6749), /oauth/revoke (RFC 7009), /oauth/introspect (RFC 7662). */
import OAuth2Server from '@node-oauth/oauth2-server'
import type { Request, RequestHandler, Response } from 'express'
import { accessTokenSeconds } from '../auth/tokens.ts'
import type { AppContext } from '../context.ts'
import { countedAddress } from '../http/address.ts'
import { OAuthFailure, sendFailure } from './failures.ts'
import { findClient, type OAuthClient } from './clients.ts'
import { RequestModel } from './model.ts'

type Form = Readonly<Record<string, string>>

const publicGrants = { authorization_code: false, refresh_token: false }

/** Guesses at secrets count by address, as those at API keys do. */
const guarded = async <T>(app: AppContext, request: Request, attempt: () => Promise<T>): Promise<T> => {
  const { lockout } = app.accounts
  const subjects = [{ kind: 'address', value: countedAddress(request.ip ?? '') }] as const
  const seconds = await lockout.lockedFor(subjects)
  if (seconds > 0)
    throw new OAuthFailure(429, 'temporarily_unavailable', 'Too many failed attempts.', {
      'Retry-After': String(seconds),
    })
  try {
    return await attempt()
  } catch (error) {
    const code = error instanceof Error ? error.name : ''
    if (code === 'invalid_client' || code === 'invalid_grant') await lockout.failed(subjects)
    throw error
  }
}

const serve =
  (app: AppContext, work: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  (request, response) =>
    guarded(app, request, () => {
      refuseTwoWays(request)
      return work(request, response)
    }).catch((error: unknown) => sendFailure(error, { request, response, log: app.log }))

export const tokenCall = (app: AppContext): RequestHandler =>
  serve(app, async (request, response) => {
    const server = new OAuth2Server({
      model: new RequestModel(app, { redirectUri: (request.body as Form)['redirect_uri'] }),
      accessTokenLifetime: accessTokenSeconds,
      requireClientAuthentication: publicGrants,
    })
    const { headers, method } = request
    const body = request.body as Form
    refuseUnusable(request)
    const asked = new OAuth2Server.Request({
      headers: headers as Record<string, string>,
      method,
      query: {},
      body,
    })
    const answer = new OAuth2Server.Response({ headers: {} })
    await server.token(asked, answer)
    response.status(200).json(answer.body)
  })

const basicOf = ({ headers }: Request): { id: string; secret: string } | undefined => {
  const [, basic] = /^Basic +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  if (basic === undefined) return undefined
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? []
  return { id: decoded(id), secret: decoded(secret) }
}

const credentials = (request: Request): { id: string; secret: string | undefined } | undefined => {
  const { client_id: id, client_secret: secret } = request.body as Form
  return basicOf(request) ?? (id === undefined ? undefined : { id, secret })
}

/** A client says who it is in one way (RFC 6749, section 2.3). */
const refuseTwoWays = (request: Request): void => {
  const { client_id: id, client_secret: secret } = request.body as Form
  const basic = basicOf(request)
  if (basic && (secret !== undefined || (id !== undefined && id !== basic.id)))
    throw new OAuthFailure(400, 'invalid_request', 'The client says in two ways who it is.')
}

const grants = new Set(['client_credentials', 'authorization_code', 'refresh_token'])

/** What the library words otherwise than RFC 6749, section 5.2. */
const refuseUnusable = (request: Request): void => {
  const { grant_type: grant } = request.body as Form
  if (request.headers.authorization !== undefined && !basicOf(request)?.id)
    throw new OAuthFailure(401, 'invalid_client', 'The header Authorization does not say who the client is.')
  if (grant !== undefined && !grants.has(grant))
    throw new OAuthFailure(400, 'unsupported_grant_type', `The grants are ${[...grants].join(', ')}.`)
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const clientOf = async (app: AppContext, request: Request): Promise<OAuthClient> => {
  const given = credentials(request)
  const client = given && (await findClient(app.accounts, given.id, given.secret))
  if (!client) throw new OAuthFailure(401, 'invalid_client', 'The client is not known by this id and secret.')
  return client
}

const tokenIn = (request: Request): string => {
  const { token } = request.body as Form
  if (!token) throw new OAuthFailure(400, 'invalid_request', 'Missing parameter: `token`')
  return token
}

/** 200 whatever the token is: there is nothing that a client could do about it (RFC 7009, section 2.2). */
export const revokeCall = (app: AppContext): RequestHandler =>
  serve(app, async (request, response) => {
    const client = await clientOf(app, request)
    const token = tokenIn(request)
    const { sessions, oauth } = app.accounts
    const renewal = await sessions.ofRefreshToken(token)
    const access = app.tokens.verifyAccessToken(token)
    const username =
      renewal?.session.oauth?.clientId === client.id
        ? renewal.session.username
        : typeof access !== 'string' && access.client_id === client.id
          ? access.usr
          : undefined
    if (username !== undefined) await recordRevocation(app, client, username)
    if (renewal?.session.oauth?.clientId === client.id) await sessions.end(renewal.session.sessionId)
    else if (typeof access !== 'string' && access.client_id === client.id)
      await oauth.revoke(access.jti, (access.exp + 60) * 1000)
    response.status(200).end()
  })

const recordRevocation = async (app: AppContext, client: OAuthClient, username: string): Promise<void> => {
  const user = await app.accounts.user(username)
  await app.audit.append(user?.groupId ?? 'installation', {
    ...{ kind: 'OAUTH_REVOKED', call: 'oauth/revoke' },
    actor: { kind: 'key', accountId: client.id, clientId: client.id },
    ...(user ? { subjects: [{ type: 'user', id: user.userId }] } : {}),
  })
}

/** A client learns of its own tokens alone; any other is not active to it. */
export const introspectCall = (app: AppContext, issuer: (request: Request) => string): RequestHandler =>
  serve(app, async (request, response) => {
    const client = await clientOf(app, request)
    if (!client.confidential)
      throw new OAuthFailure(401, 'invalid_client', 'A server key is needed to introspect tokens.')
    const token = tokenIn(request)
    response.json(
      (await accessState(app, client, { token, iss: issuer(request) })) ??
        (await renewalState(app, client, token)) ?? { active: false },
    )
  })

const accessState = async (
  app: AppContext,
  client: OAuthClient,
  { token, iss }: { token: string; iss: string },
): Promise<object | undefined> => {
  const claims = app.tokens.verifyAccessToken(token)
  if (typeof claims === 'string' || claims.client_id !== client.id) return undefined
  const identity = await app.accounts.identities.accessOf(claims)
  if (!identity || identity === 'DEVICE_CUT_OFF') return undefined
  const { scope, sub, exp, iat, jti, client_id, usr } = claims
  return {
    ...{ active: true, token_type: 'Bearer', scope, client_id, sub, exp, iat, jti, iss },
    ...(usr === undefined ? {} : { username: usr }),
  }
}

const renewalState = async (
  app: AppContext,
  client: OAuthClient,
  token: string,
): Promise<object | undefined> => {
  const found = await app.accounts.sessions.ofRefreshToken(token)
  const grant = found?.session.oauth
  if (!found?.live || grant?.clientId !== client.id) return undefined
  const { userId, username, expiresAt } = found.session
  return {
    ...{ active: true, token_type: 'refresh_token', scope: grant.scopes.join(' '), client_id: client.id },
    ...{ sub: userId, username, exp: Math.floor(expiresAt / 1000) },
  }
}
