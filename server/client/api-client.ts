/**
 * The typed client: one method a call of the contract, with its parameters, body and answer as the contract has
 * them. Runs where there is `fetch`; it knows nothing of the server's code but the contract.
 */
import { api } from '../contract/api.ts'
import type { CallSpec } from '../contract/call.ts'
import type { CallOptions, Calls } from './call-types.ts'
import { jsonOf, problemOf } from './problem.ts'
import { Session, type Credentials, type SignedIn } from './session.ts'

export { ApiProblem, UnexpectedAnswer } from './problem.ts'
export type { Calls } from './call-types.ts'

export interface ApiClientOptions {
  /** Of the server, e.g. `https://api.example.com`. */
  baseUrl: string
  accountId: string
  apiKey: string
  fetch?: typeof fetch
  /** ms since the epoch */
  now?: () => number
}

export interface ApiClient extends Calls {
  /** verifyUser; from here on calls are made on behalf of the user. */
  signIn(credentials: Credentials): Promise<SignedIn>
  /** logout; from here on calls are made with the key alone. */
  signOut(): Promise<void>
}

/** What every call's input may hold; `Calls` says which of it each takes. */
interface AnyInput extends CallOptions {
  params?: Readonly<Record<string, unknown>>
  query?: Readonly<Record<string, unknown>>
  body?: unknown
  file?: Blob
}

export const createApiClient = (options: ApiClientOptions): ApiClient => {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const send = options.fetch ?? globalThis.fetch.bind(globalThis)
  const { accountId, apiKey, now = Date.now } = options
  const session = new Session({ baseUrl, accountId, apiKey, fetch: send, now })

  const make = async (spec: CallSpec, input: AnyInput): Promise<unknown> => {
    const request = requestOf(spec, input)
    const url = baseUrl + urlOf(spec, input)
    const attempt = async (tokens: Record<string, string>): Promise<Response> =>
      await send(url, { ...request, headers: { ...request.headers, ...tokens, ...input.headers } })
    const tokens = spec.auth.kind === 'none' ? {} : await session.headers()
    let response = await attempt(tokens)
    if (response.status === 401 && spec.auth.kind !== 'none' && (await session.replace(tokens)))
      response = await attempt(await session.headers())
    return await answerOf(spec, response)
  }

  const calls = Object.fromEntries(
    Object.entries<CallSpec>(api).map(([name, spec]) => [name, (input: AnyInput = {}) => make(spec, input)]),
  ) as unknown as Calls
  return {
    ...calls,
    signIn: (credentials) => session.signIn(credentials),
    async signOut() {
      await calls.logout()
      session.forgetUser()
    },
  }
}

const urlOf = ({ path }: CallSpec, { params = {}, query = {} }: AnyInput): string => {
  const filled = path
    .replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
    .replace(/\*(\w+)/, (_, name: string) => stepsOf(String(params[name])))
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return search.size > 0 ? `${filled}?${search}` : filled
}

/** Several steps of a path: their slashes stay. */
const stepsOf = (text: string): string => text.split('/').map(encodeURIComponent).join('/')

const requestOf = (spec: CallSpec, input: AnyInput): RequestInit & { headers: Record<string, string> } => {
  const { method, idempotent, ifMatch, bodyKind } = spec
  const json = spec.body !== undefined && (bodyKind ?? 'json') === 'json'
  const streamed = bodyKind === 'multipart' ? formOf(input) : input.file
  const body = json ? JSON.stringify(input.body) : streamed
  return {
    method,
    headers: {
      ...(json ? { 'Content-Type': 'application/json' } : {}),
      ...(idempotent ? { 'Idempotency-Key': input.idempotencyKey ?? crypto.randomUUID() } : {}),
      ...(ifMatch && input.ifMatch !== undefined ? { 'If-Match': input.ifMatch } : {}),
    },
    ...(body === undefined ? {} : { body }),
    ...(input.signal ? { signal: input.signal } : {}),
  }
}

/** The fields first, as the server wants them. */
const formOf = ({ body = {}, file }: AnyInput): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(body as Record<string, string | number | null | undefined>))
    if (value !== undefined && value !== null) form.set(name, String(value))
  if (file) form.set('file', file)
  return form
}

const answerOf = async (spec: CallSpec, response: Response): Promise<unknown> => {
  const declared = spec.responses[response.status]
  if (!declared) throw await problemOf(response)
  if (declared.contentType !== undefined) return response
  return declared.body ? await jsonOf(response) : undefined
}
