/** The OpenAPI 3.1 document, from the contract alone. */
import { api } from '../contract/api.ts'
import type { CallSpec, ServiceName } from '../contract/call.ts'
import { errorTable, type ErrorCode } from '../contract/errors.ts'
import { allScopes, scopeInWords, userScopes } from '../contract/scopes.ts'
import { ProblemError, problemBody } from '../http/problem.ts'
import { version } from '../version.ts'
import { errorsOf, operationOf, sharedResponses } from './operation.ts'

const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId', 'errors'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(errorTable), description: 'Stable; decide by this' },
    detail: { type: 'string', description: 'For people' },
    requestId: { type: 'string', description: 'Tell us this one' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string', description: 'Field of the body, or `query.…`, `params.…`' },
          message: { type: 'string' },
        },
      },
    },
  },
}

const tags: readonly { name: ServiceName; description: string }[] = [
  { name: 'authentication', description: 'Keys, users, tokens' },
  { name: 'global', description: 'Accounts, groups and sites' },
  { name: 'mobile', description: "What a vet's app needs, with or without a signal" },
  { name: 'managedBookings', description: 'Bookings by practices and those who book for them' },
  { name: 'registrations', description: "New clients from a practice's web site" },
  { name: 'prospectBookings', description: 'Bookings by who is no client yet' },
  { name: 'clientLink', description: 'What customers see and ask for' },
  { name: 'clinicalPortal', description: "The practice's view of its clinical work" },
  { name: 'bridge', description: 'Calls relayed to a practice’s own PMS' },
  { name: 'administration', description: 'Who did what, and all that is held of a client' },
  { name: 'system', description: 'Health' },
]

const calls = Object.entries<CallSpec>(api)

/** Only the codes that some call may answer. */
const answerable = (): ErrorCode[] => {
  const codes = new Set<ErrorCode>(calls.flatMap(([, spec]) => errorsOf(spec)))
  return (Object.keys(errorTable) as ErrorCode[]).filter((code) => codes.has(code))
}

const scopesInWords = (scopes: readonly string[]): Record<string, string> =>
  Object.fromEntries(scopes.map((scope) => [scope, scopeInWords(scope)]))

const oauthScheme = {
  type: 'oauth2',
  description: 'Authorization: Bearer with an access token stands for both headers, within its scopes',
  flows: {
    authorizationCode: {
      authorizationUrl: '/oauth/authorize',
      tokenUrl: '/oauth/token',
      refreshUrl: '/oauth/token',
      scopes: scopesInWords(userScopes),
    },
    clientCredentials: { tokenUrl: '/oauth/token', scopes: scopesInWords(allScopes) },
  },
}

const components = () => ({
  securitySchemes: {
    ApiToken: { type: 'apiKey', in: 'header', name: 'ApiToken', description: 'From login' },
    OAuth2: oauthScheme,
    ApiUserToken: { type: 'apiKey', in: 'header', name: 'ApiUserToken', description: 'From verifyUser' },
  },
  headers: {
    'X-Request-Id': { schema: { type: 'string' }, description: "The request's own, or one made for it" },
    'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait' },
  },
  responses: sharedResponses(calls.map(([, spec]) => spec)),
  schemas: { Problem: problemSchema },
  examples: Object.fromEntries(
    answerable().map((code) => [
      code,
      { value: problemBody(new ProblemError(code), '4d0c4f5e-6d2f-4f0a-9a52-0d0b7a3c9f11') },
    ]),
  ),
})

/** `/a/:b` and `/a/*b` as OpenAPI writes them, `/a/{b}`. */
const openApiPath = (path: string): string => path.replace(/[:*](\w+)/g, '{$1}')

const paths = (): Record<string, Record<string, object>> => {
  const byPath: Record<string, Record<string, object>> = {}
  for (const [name, spec] of calls) {
    const operations = (byPath[openApiPath(spec.path)] ??= {})
    operations[spec.method.toLowerCase()] = operationOf(name, spec)
  }
  return byPath
}

/** The whole document. */
export const openApiDocument = (): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Vetspace API',
    version,
    contact: { name: 'Vetspace', url: 'https://vetspace.dev' },
    license: { name: 'All rights reserved', identifier: 'LicenseRef-Proprietary' },
    description:
      'Offline-first veterinary practice API. Every answer carries `X-Request-Id`; every failure is a problem ' +
      '(RFC 9457) whose `code` is from one table. A trailing slash on a path is accepted.',
  },
  servers: [{ url: '/' }],
  tags,
  paths: paths(),
  components: components(),
})
