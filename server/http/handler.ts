/** What a call's handler is given and what it answers, both typed by the call's declaration. */
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { KeyIdentity, StaffIdentity, UserIdentity } from '../auth/identity.ts'
import type { AppContext } from '../context.ts'
import type { Api } from '../contract/api.ts'
import type { BodyOf, CallSpec, ErrorsOf, ParamsOf, QueryOf } from '../contract/call.ts'
import type { commonErrors } from '../contract/errors.ts'
import type { FailOptions } from './problem.ts'

/** A caller by the call's kind of authentication. */
type CallerOf<S extends CallSpec> = S['auth'] extends { kind: 'user'; roles: readonly (infer R)[] }
  ? { key: KeyIdentity; user: 'customer' extends R ? UserIdentity : StaffIdentity }
  : S['auth'] extends { kind: 'none' }
    ? { key?: undefined }
    : S['auth'] extends { kind: 'keyMaybeUser' }
      ? { key: KeyIdentity; user?: UserIdentity }
      : { key: KeyIdentity }

/** The codes that a handler of this call may fail with: what the call declares, and what any call may answer. */
export type FailCode<S extends CallSpec> = ErrorsOf<S> | (typeof commonErrors)[number]

export interface Input<S extends CallSpec> {
  readonly params: ParamsOf<S>
  readonly query: QueryOf<S>
  /** Parsed and validated; undefined where the handler streams it from `request`. */
  readonly body: S extends { bodyKind: 'multipart' | 'bytes' } ? undefined : BodyOf<S>
  readonly caller: CallerOf<S>
  /** Ends the call with a problem. `return input.fail(…)` tells the compiler so. */
  readonly fail: (code: FailCode<S>, options?: FailOptions) => never
  /**
   * An id for something that this call makes: under an `Idempotency-Key` the same at each attempt, so that a retry
   * after a crash completes the same writes; else a new one.
   */
  derivedId(name: string): string
  /**
   * What this call is going to do, as JSON. Under an `Idempotency-Key` it is kept before it is acted on, and a
   * retry after a crash is given what the first attempt decided.
   */
  planned<T>(decide: () => Promise<T>): Promise<T>
  /** How many records the answer shows, for the audit record, where the body does not list them. */
  shown(records: number): void
  /** The revisions of the `If-Match` header; always undefined where the call does not take it. */
  readonly ifMatch: readonly string[] | undefined
  readonly requestId: string
  /** ms since the epoch */
  readonly receivedAt: number
  /** The address the call came from, by which failures are counted (address.ts). */
  readonly address: string
  /** Aborted when the caller has gone or the server is stopping. */
  readonly signal: AbortSignal
  readonly request: Request
  readonly response: Response
}

/** A handler wrote (or goes on writing) the response itself. */
export const streamed = Symbol('streamed')

type ReplyOf<Status, Declared> = Declared extends { body: infer B }
  ? B extends z.ZodType
    ? { status: Status; body: z.output<B>; headers?: Record<string, string> }
    : { status: Status; body?: undefined; headers?: Record<string, string> }
  : never

/** One of the good answers that the call declares, or `streamed`. */
export type Reply<S extends CallSpec> =
  { [K in keyof S['responses']]: ReplyOf<K, S['responses'][K]> }[keyof S['responses']] | typeof streamed

export type Handler<S extends CallSpec> = (input: Input<S>, app: AppContext) => Promise<Reply<S>>

/** One for each call of the contract. */
export type Handlers = { [K in keyof Api]: Handler<Api[K]> }
