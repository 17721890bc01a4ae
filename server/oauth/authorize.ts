/**
 * GET and POST /oauth/authorize: a page on which a user signs in and consents. There is no cookie: each consent is
 * given with the password, so no other page can give it in the user's name.
 */
import OAuth2Server from '@node-oauth/oauth2-server'
import type { Request, RequestHandler, Response } from 'express'
import type { UserDoc } from '../auth/account-docs.ts'
import type { SignInFailure } from '../auth/sign-in.ts'
import type { AppContext } from '../context.ts'
import { countedAddress } from '../http/address.ts'
import { findAsking, grantable, mayRedirectTo, type OAuthClient } from './clients.ts'
import { RequestModel } from './model.ts'
import { consentPage, refusalPage, sendPage } from './pages.ts'

/** The parameters of RFC 6749, section 4.1.1 and RFC 7636, section 4.3. */
const names = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state'],
  ...['code_challenge', 'code_challenge_method'],
] as const
type Name = (typeof names)[number]
export type Parameters = Partial<Record<Name, string>>

/** Strings that were given once, and not empty; `repeated` names one that came more often (RFC 6749, section 3.1). */
const parametersIn = (
  given: Readonly<Record<string, unknown>>,
): { parameters: Parameters; repeated?: Name } => {
  const parameters: Parameters = {}
  for (const name of names) {
    const value = given[name]
    if (typeof value === 'string') Object.assign(parameters, value === '' ? {} : { [name]: value })
    else if (value !== undefined) return { parameters, repeated: name }
  }
  return { parameters }
}

interface Asked {
  client: OAuthClient
  redirectUri: string
  scopes: string[]
  parameters: Parameters
}

/** What cannot be told to the client, because it is not known to be the one: shown to the user. */
class NotAnswerable extends Error {}

/** Sends the user back with an error (RFC 6749, section 4.1.2.1; `iss`: RFC 9207). */
const redirectWith = (
  response: Response,
  to: string,
  values: Readonly<Record<string, string | undefined>>,
): void => {
  const url = new URL(to)
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) url.searchParams.set(name, value)
  response.redirect(303, url.href)
}

class Refused extends Error {
  readonly code: string
  readonly redirectUri: string
  readonly state: string | undefined

  constructor(code: string, to: { redirectUri: string; state: string | undefined }, description: string) {
    super(description)
    this.code = code
    this.redirectUri = to.redirectUri
    this.state = to.state
  }
}

const challenge = /^[A-Za-z0-9_-]{43}$/

const read = async (app: AppContext, given: Readonly<Record<string, unknown>>): Promise<Asked> => {
  const { parameters, repeated } = parametersIn(given)
  const { client_id: clientId, redirect_uri: uri, state } = parameters
  if (clientId === undefined) throw new NotAnswerable('The application did not say who it is.')
  const client = await findAsking(app.accounts, clientId)
  if (!client?.grants.includes('authorization_code'))
    throw new NotAnswerable('This application is not known here.')
  const [only, ...others] = client.redirectUris
  const redirectUri = uri ?? (others.length === 0 ? only : undefined)
  if (redirectUri === undefined || !URL.canParse(redirectUri) || !mayRedirectTo(client, redirectUri))
    throw new NotAnswerable('The address to return to is not one that the application has named.')
  const refuse = (code: string, description: string): never => {
    throw new Refused(code, { redirectUri, state }, description)
  }
  if (repeated) refuse('invalid_request', `${repeated} is given more than once`)
  if (parameters.response_type !== 'code') refuse('unsupported_response_type', 'response_type must be code')
  if (!challenge.test(parameters.code_challenge ?? ''))
    refuse('invalid_request', 'code_challenge is needed (PKCE)')
  if (parameters.code_challenge_method !== 'S256')
    refuse('invalid_request', 'code_challenge_method must be S256')
  const asked = parameters.scope?.split(' ').filter((scope) => scope !== '')
  const scopes =
    grantable(asked, client, true) ?? refuse('invalid_scope', 'A scope is not known or not allowed')
  return { client, redirectUri, scopes, parameters: { ...parameters, redirect_uri: redirectUri } }
}

const answering =
  (app: AppContext, issuer: (request: Request) => string, work: Work): RequestHandler =>
  async (request, response) => {
    const given = (request.method === 'POST' ? request.body : request.query) as Record<string, unknown>
    try {
      await work(request, response, await read(app, given))
    } catch (error) {
      if (error instanceof NotAnswerable) return sendPage(response, 400, refusalPage(error.message))
      if (!(error instanceof Refused)) throw error
      const { code, redirectUri, state, message } = error
      redirectWith(response, redirectUri, {
        ...{ error: code, error_description: message, state, iss: issuer(request) },
      })
    }
  }
type Work = (request: Request, response: Response, asked: Asked) => Promise<void> | void

export const showConsent = (app: AppContext, issuer: (request: Request) => string): RequestHandler =>
  answering(app, issuer, (_request, response, asked) =>
    sendPage(response, 200, consentPage(asked), asked.redirectUri),
  )

export const takeConsent = (app: AppContext, issuer: (request: Request) => string): RequestHandler =>
  answering(app, issuer, async (request, response, asked) => {
    const { redirectUri, parameters, client } = asked
    const form = request.body as Record<string, unknown>
    if (form['decision'] !== 'allow')
      throw new Refused(
        'access_denied',
        { redirectUri, state: parameters.state },
        'The user has not consented',
      )
    const typed = (name: string): string => {
      const text = form[name]
      return typeof text === 'string' ? text.slice(0, 1000) : ''
    }
    const signedIn = await app.accounts.signIn.verify({
      ...{ username: typed('username'), password: typed('password'), key: client.key },
      ...{ oneTimeCode: typed('oneTimeCode') || undefined, address: countedAddress(request.ip ?? '') },
    })
    if (!signedIn.ok) {
      const locked = signedIn.code === 'ACCOUNT_LOCKED' || signedIn.code === 'RATE_LIMITED'
      const page = consentPage(asked, faults[signedIn.code], signedIn.code.startsWith('SECOND_FACTOR'))
      return sendPage(response, locked ? 423 : 401, page, redirectUri)
    }
    await app.audit.append(signedIn.user.groupId ?? 'installation', {
      ...{ kind: 'OAUTH_GRANTED', call: 'oauth/authorize' },
      actor: { kind: 'user', userId: signedIn.user.userId, clientId: client.id },
      subjects: [{ type: 'account', id: client.id }],
      detail: { scopes: asked.scopes },
    })
    const code = await codeFor(app, asked, signedIn.user)
    redirectWith(response, redirectUri, { code, state: parameters.state, iss: issuer(request) })
  })

const locked = 'Sign-in is locked for a while after too many failed attempts. Try again later.'
const failed = 'Sign-in failed. Check name and password.'
const faults: Readonly<Record<SignInFailure['code'], string>> = {
  ...{ ACCOUNT_LOCKED: locked, RATE_LIMITED: locked, INVALID_CREDENTIALS: failed, DEMO_ONLY: failed },
  SECOND_FACTOR_REQUIRED:
    'Your sign-in asks for a code as well: type your password again, and the code that your app shows.',
  SECOND_FACTOR_INVALID:
    'That code does not count: it was mistyped or used before. Type your password again, and the code that your app shows now.',
}

/** The library checks the request once more, and makes the code. */
const codeFor = async (
  app: AppContext,
  { client, parameters, scopes }: Asked,
  user: UserDoc,
): Promise<string> => {
  const server = new OAuth2Server({ model: new RequestModel(app, { client }) })
  const body = { ...parameters, scope: scopes.join(' ') }
  const request = new OAuth2Server.Request({ headers: {}, method: 'POST', query: {}, body })
  const response = new OAuth2Server.Response({ headers: {} })
  const authenticateHandler = { handle: () => user }
  const made = await server.authorize(request, response, { authenticateHandler, allowEmptyState: true })
  return made.authorizationCode
}
