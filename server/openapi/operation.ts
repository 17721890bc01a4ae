/** One call as an OpenAPI operation, with every error it may answer. */
import { authErrors } from '../auth/authenticate.ts'
import type { Auth, CallSpec } from '../contract/call.ts'
import { commonErrors, errorTable, type ErrorCode } from '../contract/errors.ts'
import { scopeOf } from '../contract/scopes.ts'
import { parametersOf, schemaOf, type Parameter } from './schema.ts'

const bodyOnly = new Set<ErrorCode>([
  'MALFORMED_JSON',
  'UNSUPPORTED_ENCODING',
  'UNSUPPORTED_MEDIA_TYPE',
  'BODY_TOO_LARGE',
])

/** The codes that a call may answer: its own, those of its authentication, those of every call. */
export const errorsOf = (spec: CallSpec): ErrorCode[] => {
  const common = commonErrors.filter((code) => spec.body !== undefined || !bodyOnly.has(code))
  return [...new Set<ErrorCode>([...spec.errors, ...authErrors(spec), ...keyErrors(spec), ...common])]
}

const keyErrors = ({ idempotent, ifMatch }: CallSpec): ErrorCode[] => [
  ...(idempotent ? (['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'] as const) : []),
  ...(ifMatch ? (['STALE_REVISION'] as const) : []),
]

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Kept for 24 hours: the same key with the same request gives the answer of the first time, and then with the ' +
    'header `Idempotency-Replayed`. Send a new UUID with each new request, and the same again to repeat one.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '9b0f3c52-7d1e-4c1a-8f43-2a64c1f6b7d0',
}

const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'The `revision` that you have seen, or several, separated by commas. Where the record has another by now, nothing ' +
    'is written.',
  schema: { type: 'string' },
  example: '3-9f0c2b7e5d1a4c8fa3b6e2d417c05c11',
}

const securityOf = (spec: CallSpec): Record<string, string[]>[] => {
  const headers = tokensOf(spec.auth)
  return headers.length === 0 ? [] : [...headers, { OAuth2: [scopeOf(spec)] }]
}

const tokensOf = ({ kind }: Auth): Record<string, string[]>[] => {
  switch (kind) {
    case 'none':
      return []
    case 'key':
    case 'serverKey':
      return [{ ApiToken: [] }]
    case 'keyMaybeUser':
      return [{ ApiToken: [] }, { ApiToken: [], ApiUserToken: [] }]
    case 'user':
      return [{ ApiToken: [], ApiUserToken: [] }]
  }
}

const requestBodyOf = (spec: CallSpec): object => {
  if (spec.bodyKind === 'bytes') return { requestBody: { required: false, content: bytesContent } }
  const type = spec.documentedBody ?? spec.body
  if (!type) return {}
  const schema = schemaOf(type, 'input')
  if (spec.bodyKind !== 'multipart') {
    const example = spec.examples?.body
    const media = { schema, ...(example === undefined ? {} : { example }) }
    return { requestBody: { required: true, content: { 'application/json': media } } }
  }
  const file = { type: 'string', contentMediaType: 'application/octet-stream', description: 'The bytes' }
  const properties = { ...(schema['properties'] as object), file }
  const required = [...((schema['required'] ?? []) as string[]), 'file']
  const given = spec.examples?.body
  const example = given === undefined ? {} : { example: { ...(given as object), file: '(the bytes)' } }
  const media = { schema: { ...schema, properties, required }, ...example }
  return { requestBody: { required: true, content: { 'multipart/form-data': media } } }
}

const bytesContent = {
  'application/offset+octet-stream': {
    schema: { type: 'string', contentMediaType: 'application/octet-stream' },
  },
}

/** Request headers of the call's own. */
const headersOf = ({ headers = {} }: CallSpec): Parameter[] =>
  Object.entries(headers).map(([name, { description, required = false, example }]) => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
    ...(example === undefined ? {} : { example }),
  }))

const goodResponses = (spec: CallSpec): Record<string, object> => {
  const shown = Object.entries(spec.responses).find(([, { body }]) => body !== null)?.[0]
  const example = spec.examples?.response
  return Object.fromEntries(
    Object.entries(spec.responses).map(
      ([status, { description, body, contentType = 'application/json' }]) => {
        const given = status === shown && example !== undefined ? { example } : {}
        const content = body
          ? { content: { [contentType]: { schema: schemaOf(body, 'output'), ...given } } }
          : {}
        return [status, { description, headers: requestIdHeader, ...content }]
      },
    ),
  )
}

const requestIdHeader = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } }

/** The refusals of a call: its codes by status, in the table's order. */
const problemsOf = (spec: CallSpec): { status: number; name: string; codes: ErrorCode[] }[] => {
  const answerable = new Set(errorsOf(spec))
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status } = errorTable[code]
    if (answerable.has(code)) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return [...byStatus].map(([status, codes]) => ({ status, name: [status, ...codes].join('.'), codes }))
}

const problemResponses = (spec: CallSpec): Record<string, object> =>
  Object.fromEntries(
    problemsOf(spec).map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
  )

/**
 * The refusals that calls have, by name. Most are those of many calls; told once each, they make the document half as
 * long, and the reference opens a third sooner.
 */
export const sharedResponses = (specs: readonly CallSpec[]): Record<string, object> =>
  Object.fromEntries(specs.flatMap(problemsOf).map(({ name, codes }) => [name, problemResponse(codes)]))

const problemResponse = (codes: readonly ErrorCode[]): object => ({
  description: codes
    .map((code) => `\`${code}\`: ${errorTable[code].title}. ${errorTable[code].help}`)
    .join('\n\n'),
  headers: {
    ...requestIdHeader,
    ...(codes.some(waits) ? { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } : {}),
  },
  content: {
    'application/problem+json': {
      schema: {
        allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
      },
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
})

const waits = (code: ErrorCode): boolean =>
  code === 'ACCOUNT_LOCKED' ||
  code === 'RATE_LIMITED' ||
  code === 'STORE_UNAVAILABLE' ||
  code === 'IDEMPOTENCY_KEY_IN_USE'

/** The operation of a call. */
export const operationOf = (name: string, spec: CallSpec): object => {
  const { auth, deprecated, examples } = spec
  const parameters = [
    ...(spec.params ? parametersOf(spec.params, 'path', examples?.params) : []),
    ...(spec.query ? parametersOf(spec.query, 'query', examples?.query) : []),
    ...(spec.idempotent ? [idempotencyKey] : []),
    ...(spec.ifMatch ? [ifMatch] : []),
    ...headersOf(spec),
  ]
  return {
    operationId: name,
    tags: [spec.service],
    summary: spec.summary,
    description: spec.description,
    security: securityOf(spec),
    ...(auth.kind === 'user' ? { 'x-roles': auth.roles } : {}),
    ...(auth.kind === 'serverKey' ? { 'x-key-kind': 'server' } : {}),
    ...(deprecated
      ? { deprecated: true, 'x-successor': deprecated.successor, 'x-sunset': deprecated.sunset }
      : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBodyOf(spec),
    responses: { ...goodResponses(spec), ...problemResponses(spec) },
  }
}
