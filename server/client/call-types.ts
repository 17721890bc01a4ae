/** What a call takes and answers, for who makes it: from the contract's declarations, as types alone. */
import type { z } from 'zod'
import type { Api } from '../contract/api.ts'
import type { CallSpec, ResponseOf } from '../contract/call.ts'

/** Fields as they are sent. What the server coerces from text may be given as what it becomes. */
type FieldsOf<T extends z.ZodType> = {
  [K in keyof z.input<T>]: unknown extends z.input<T>[K] ? z.output<T>[K & keyof z.output<T>] : z.input<T>[K]
}

type BodyTypeOf<S> = S extends { documentedBody: infer D extends z.ZodType }
  ? z.input<D>
  : S extends { body: infer B extends z.ZodType }
    ? z.input<B>
    : never

/** `{ name: T }`, which may be left out where each of its fields may. */
type Part<Name extends string, T> = [T] extends [never]
  ? unknown
  : object extends T
    ? { readonly [K in Name]?: T }
    : { readonly [K in Name]: T }

type FileOf<S> = S extends { bodyKind: 'multipart' }
  ? { readonly file: Blob }
  : S extends { bodyKind: 'bytes' }
    ? { readonly file?: Blob }
    : unknown

export interface CallOptions {
  /** Overrides the key that is made for each call that takes one. */
  idempotencyKey?: string
  /** The `revision` that was seen, for calls that take `If-Match`. */
  ifMatch?: string
  signal?: AbortSignal
  headers?: Readonly<Record<string, string>>
}

type InputOf<S> = Part<'params', S extends { params: infer P extends z.ZodType } ? FieldsOf<P> : never> &
  Part<'query', S extends { query: infer Q extends z.ZodType } ? FieldsOf<Q> : never> &
  Part<'body', BodyTypeOf<S>> &
  FileOf<S> &
  CallOptions

/** JSON as its declaration says, `undefined` for an answer without a body; anything else as the Response itself. */
type AnswerOf<S extends CallSpec> = S['responses'][keyof S['responses']] extends infer R
  ? R extends { contentType: string }
    ? Response
    : never
  : never

type ResultOf<S extends CallSpec> = [AnswerOf<S>] extends [never] ? ResponseOf<S> : AnswerOf<S>

type Call<S extends CallSpec> =
  object extends InputOf<S>
    ? (input?: InputOf<S>) => Promise<ResultOf<S>>
    : (input: InputOf<S>) => Promise<ResultOf<S>>

/** One method a call of the contract. */
export type Calls = { readonly [K in keyof Api]: Call<Api[K]> }
