/**
 * A call's declaration: types, validation, the errors it may answer and its OpenAPI entry all derive from it.
 */
import type { z } from 'zod'
import type { AuditKind, SubjectType } from './audit-kinds.ts'
import type { ErrorCode } from './errors.ts'

export type Role = 'vet' | 'nurse' | 'reception' | 'groupAdmin' | 'customer'
export type ServiceName =
  | 'authentication'
  | 'global'
  | 'mobile'
  | 'managedBookings'
  | 'registrations'
  | 'prospectBookings'
  | 'clientLink'
  | 'clinicalPortal'
  | 'bridge'
  | 'administration'
  | 'system'

/**
 * Who may call: `none`; `key`, an ApiToken of either kind; `keyMaybeUser`, the same, on behalf of a user where an
 * ApiUserToken comes with it; `serverKey`, an ApiToken of a server key; `user`, an ApiToken and an ApiUserToken
 * of one of `roles`.
 */
export type Auth =
  | { kind: 'none' }
  | { kind: 'key' }
  | { kind: 'keyMaybeUser' }
  | { kind: 'serverKey' }
  | { kind: 'user'; roles: readonly Role[] }

/** `json`: parsed and validated. `multipart`, `bytes`: the handler streams it. */
type BodyKind = 'json' | 'multipart' | 'bytes'

export interface CallSpec {
  service: ServiceName
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path, e.g. `/v2/mobile/clients/:clientId`; `*name` at its end stands for one or more steps. */
  path: string
  summary: string
  description: string
  auth: Auth
  /** Takes `Idempotency-Key`: every POST that changes records and is not safe to repeat by itself. */
  idempotent?: true
  /** Takes `If-Match: <revision>`, and fails with STALE_REVISION and the current record where it is another. */
  ifMatch?: true
  /** A POST that only asks: its OAuth scope is that of reading. */
  reads?: true
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  /** The body as documents show it, where `body` checks less because its items stand alone. */
  documentedBody?: z.ZodType
  bodyKind?: BodyKind
  /** Largest body in bytes, inflated; the server's default where absent. */
  bodyLimit?: number
  /** Status → body of the good answers; null for one without a body. */
  responses: Readonly<Record<number, { description: string; body: z.ZodType | null; contentType?: string }>>
  errors: readonly ErrorCode[]
  examples?: { params?: unknown; query?: unknown; body?: unknown; response?: unknown }
  /** Headers of every answer on this path: refusals, and OPTIONS too. */
  answerHeaders?: Readonly<Record<string, string>>
  /** Request headers that the call reads, with what they say. */
  headers?: Readonly<Record<string, { description: string; required?: true; example?: string }>>
  /**
   * What the audit record says of this call; see `server/audit/rule.ts` for where it is absent: what staff and server
   * keys read is recorded. `none`: it shows nothing of clients. `subjects`: fields that name what it is about, and
   * are not named after it.
   */
  audit?: 'none' | { kind: AuditKind; subjects?: Readonly<Record<string, SubjectType>> }
  /** Answers carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to the successor's path. */
  deprecated?: { successor: string; since: string; sunset: string }
}

/** Declares a call; the literal types are kept, so that handlers are checked against them. */
export const call = <const S extends CallSpec>(spec: S): S => spec

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined
export type ParamsOf<S extends CallSpec> = Infer<S['params']>
export type QueryOf<S extends CallSpec> = Infer<S['query']>
export type BodyOf<S extends CallSpec> = Infer<S['body']>
/** Body of the good answers, as a handler gives it. */
export type ResponseOf<S extends CallSpec> = {
  [K in keyof S['responses']]: S['responses'][K] extends { body: infer B }
    ? B extends z.ZodType
      ? z.output<B>
      : undefined
    : never
}[keyof S['responses']]
export type ErrorsOf<S extends CallSpec> =
  S['errors'][number] | (S extends { ifMatch: true } ? 'STALE_REVISION' : never)
