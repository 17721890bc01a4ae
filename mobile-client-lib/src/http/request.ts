/**
 * One HTTP request. Whatever is not plainly an answer of the API (no connection, half an answer, a captive
 * portal's page, 5xx) is an OfflineError; a refusal by the API is an ApiError.
 */
import {
  ApiError,
  DeviceCutOffError,
  OfflineError,
  StoppedError,
  VersionError,
  type FieldFault,
} from '../errors.ts'
import type { Stop } from '../stop.ts'

export type Json = Record<string, unknown>

export interface Transport {
  baseUrl: string
  fetch: typeof fetch
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  headers?: Record<string, string>
  json?: unknown
  bytes?: Uint8Array<ArrayBuffer>
  /** Content types that are taken, where that is not JSON alone. */
  accept?: string
  stop?: Stop
  timeoutMs?: number
}

/** What group administrators see of the device; the package's version. */
export const clientVersion = 'mobile-client/2.0.0'

const defaultTimeoutMs = 60_000

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Ends a request after a time, or with `stop`; `done` gives the timer back, `touch` starts it anew. */
export const limited = (
  timeoutMs: number,
  stop?: Stop,
): { signal: AbortSignal; done: () => void; touch: () => void } => {
  const controller = new AbortController()
  const expire = (): void => controller.abort(new OfflineError('The server did not answer in time'))
  let timer = setTimeout(expire, timeoutMs)
  const off = stop?.on(() => controller.abort(new StoppedError()))
  const done = (): void => {
    clearTimeout(timer)
    off?.()
  }
  const touch = (): void => {
    clearTimeout(timer)
    timer = setTimeout(expire, timeoutMs)
  }
  return { signal: controller.signal, done, touch }
}

/** Opens the connection; resolves with any answer at all. */
export const open = async (
  transport: Transport,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<Response> => {
  const headers = {
    'Client-Version': clientVersion,
    ...request.headers,
    ...(request.accept ? { Accept: request.accept } : {}),
  }
  const init: RequestInit = {
    method: request.method,
    headers,
    signal,
    cache: 'no-store',
  }
  if (request.json !== undefined) {
    init.headers = { ...headers, 'Content-Type': 'application/json' }
    init.body = JSON.stringify(request.json)
  } else if (request.bytes) init.body = request.bytes
  try {
    return await transport.fetch(`${transport.baseUrl}${request.path}`, init)
  } catch (error) {
    if (request.stop?.stopped) throw error
    throw error instanceof OfflineError
      ? error
      : new OfflineError('The server cannot be reached', { cause: error })
  }
}

/** Sends a request and gives the answer's JSON object; null for an answer without a body. */
export const send = async (transport: Transport, request: ApiRequest): Promise<Json | null> => {
  const limit = limited(request.timeoutMs ?? defaultTimeoutMs, request.stop)
  try {
    const response = await open(transport, request, limit.signal)
    const body = response.status === 204 ? null : await readJson(response, request.stop)
    if (response.ok) return body
    throw problemOf(response, body)
  } finally {
    limit.done()
  }
}

/** Sends a request and gives the answer, of which only the headers matter. */
export const exchange = async (transport: Transport, request: ApiRequest): Promise<Response> => {
  const limit = limited(request.timeoutMs ?? defaultTimeoutMs, request.stop)
  try {
    const response = await open(transport, request, limit.signal)
    if (!response.ok) throw await refusalOf(response, request.stop)
    await response.body?.cancel().catch(() => undefined)
    return response
  } finally {
    limit.done()
  }
}

/** An answer that is not a success, as an error. */
export const refusalOf = async (response: Response, stop?: Stop): Promise<Error> =>
  problemOf(response, await readJson(response, stop))

const readJson = async (response: Response, stop?: Stop): Promise<Json | null> => {
  const type = response.headers.get('Content-Type') ?? ''
  if (!/^application\/([a-z.-]+\+)?json\b/i.test(type)) {
    await response.body?.cancel().catch(() => undefined)
    throw new OfflineError(
      `Something that is not the server answered (${response.status}, ${type || 'no type'})`,
    )
  }
  try {
    const body: unknown = await response.json()
    if (isObject(body)) return body
  } catch (error) {
    if (stop?.stopped) throw error
    throw new OfflineError('The answer did not arrive whole', { cause: error })
  }
  throw new OfflineError('The answer is not one of the server’s')
}

/** An answer that is not a success, as an error. */
export const problemOf = (response: Response, body: Json | null): Error => {
  const retryAfter = Number(response.headers.get('Retry-After'))
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : 0
  const code = typeof body?.['code'] === 'string' ? body['code'] : null
  const { status } = response
  if (code === null) return new OfflineError(`Something that is not the server answered (${status})`)
  if (status >= 500 || status === 429)
    return new OfflineError(`The server cannot answer now (${code})`, { retryAfterMs, status })
  if (status === 426 || code === 'CLIENT_TOO_OLD') return new VersionError('APP_TOO_OLD')
  if (code === 'DEVICE_CUT_OFF') return new DeviceCutOffError()
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return new ApiError({
    status,
    code,
    detail: text(body?.['detail']) ?? text(body?.['title']) ?? code,
    requestId: text(body?.['requestId']),
    errors: Array.isArray(body?.['errors']) ? (body['errors'] as FieldFault[]) : [],
  })
}
