/** The OAuth 2.0 endpoints, and their description (RFC 8414). */
import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import type { AppContext } from '../context.ts'
import { allScopes } from '../contract/scopes.ts'
import { exchangeOf } from '../http/exchange.ts'
import { servePage } from '../http/page.ts'
import { showConsent, takeConsent } from './authorize.ts'
import { OAuthFailure, sendFailure } from './failures.ts'
import { consentStyle } from './pages.ts'
import { introspectCall, revokeCall, tokenCall } from './token-calls.ts'

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** Form parameters, each a string that came once; one without a value is none (RFC 6749, section 3.2). */
const onlyOnce: RequestHandler = (request, _response, next) => {
  if (!formType.test(request.headers['content-type'] ?? ''))
    throw new OAuthFailure(400, 'invalid_request', 'Send application/x-www-form-urlencoded.')
  const body = (request.body ?? {}) as Record<string, unknown>
  const repeated = Object.entries(body).find(([, value]) => typeof value !== 'string')
  if (repeated) throw new OAuthFailure(400, 'invalid_request', 'A parameter is given more than once.')
  request.body = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''))
  next()
}

const metadataOf = (issuer: string): object => ({
  issuer,
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  revocation_endpoint: `${issuer}/oauth/revoke`,
  introspection_endpoint: `${issuer}/oauth/introspect`,
  scopes_supported: allScopes,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  service_documentation: `${issuer}/docs`,
})

export const oauthRouter = (app: AppContext): Router => {
  const router = Router()
  /** PUBLIC_URL; where it is not set, as the request has it. */
  const issuer = (request: Request): string => app.config.publicUrl ?? `${request.protocol}://${request.host}`
  const form = [express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 50 }), onlyOnce]
  router.use('/oauth', (request, response, next) => {
    exchangeOf(response).route = `/oauth${request.path.replace(/[^\w/]/g, '')}`.slice(0, 40)
    response.set('Pragma', 'no-cache')
    next()
  })
  router.post('/oauth/token', form, tokenCall(app))
  router.post('/oauth/revoke', form, revokeCall(app))
  router.post('/oauth/introspect', form, introspectCall(app, issuer))
  router.get('/oauth/authorize', showConsent(app, issuer))
  router.post('/oauth/authorize', form, takeConsent(app, issuer))
  router.get(
    '/oauth/consent.css',
    servePage({ contentType: 'text/css; charset=utf-8', write: () => consentStyle }),
  )
  router.get('/.well-known/oauth-authorization-server', (request, response) => {
    exchangeOf(response).route = '/.well-known/oauth-authorization-server'
    response.json(metadataOf(issuer(request)))
  })
  const onError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (!request.path.startsWith('/oauth/')) return next(error)
    sendFailure(error, { request, response, log: app.log })
  }
  router.use(onError)
  return router
}
