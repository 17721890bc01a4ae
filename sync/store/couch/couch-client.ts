import nano from 'nano'
import { LinkedSignal } from '../../linked-signal.ts'
import { StoreUnavailable } from '../port.ts'
import { cancelledBy, cancelling } from './cancelling.ts'

/** What CouchDB, or the way to it, answered instead of what was asked for. Holds neither documents nor credentials. */
export class CouchFault extends Error {
  override readonly name = 'CouchFault'
  /** The HTTP status; undefined where none came. */
  readonly status: number | undefined
  /** CouchDB's word for the error, like `not_found`. */
  readonly code: string | undefined

  constructor(message: string, status?: number, code?: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** CouchDB refuses the request itself; asking again does not help. */
export class CouchRefused extends Error {
  override readonly name = 'CouchRefused'
}

export interface CouchRequest {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** The database; absent: the server. */
  db?: string
  /** The path below it, encoded. */
  path?: string
  query?: Record<string, string | number | boolean>
  /** The body as JSON text. */
  body?: string
  /** Ends the request early. Without it a request ends after a time of its own. */
  signal?: AbortSignal
  /** Statuses that are an answer and no fault: they give `body` undefined. */
  expected?: readonly number[]
}

/** An answer with its status, as 202 is not 201: the one may be lost still. */
export interface CouchAnswer {
  status: number
  body: unknown
}

/** Codes of HTTP under which the same request may succeed later. */
const passing = new Set([401, 403, 404, 408, 429])

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(key in value)) return undefined
  const field: unknown = Reflect.get(value, key)
  return typeof field === 'string' ? field : undefined
}

function faultOf(error: unknown): CouchFault {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  const message = error instanceof Error ? error.message : String(error)
  // nano's own error carries the request: documents and headers. None of that may reach a log.
  if (typeof status !== 'number') return new CouchFault(message)
  const code = textOf(error, 'error')
  return new CouchFault(
    `CouchDB answered ${status} ${code ?? ''}: ${textOf(error, 'reason') ?? message}`,
    status,
    code,
  )
}

/** Speaks HTTP with one CouchDB. Connections are kept alive by the dispatcher of Node's fetch. */
export class CouchClient {
  readonly #server: nano.ServerScope
  readonly #timeoutMs: number
  readonly #statuses = new WeakMap<object, number>()
  /** Of every request; nano reads them when one is made. */
  readonly #headers: Record<string, string>
  readonly #passedOn: () => Readonly<Record<string, string>>
  readonly #givenUp: readonly AbortSignal[]

  /**
   * @param options.url with credentials, where CouchDB wants some; they travel in a header and are never told
   * @param options.passedOn headers of one request besides
   * @param options.givenUp ends what is under way, and refuses what comes
   */
  constructor(options: {
    url: string
    timeoutMs: number
    passedOn?: () => Readonly<Record<string, string>>
    givenUp?: AbortSignal
  }) {
    // The text of a URL that is none may be a password: it is not told.
    const url = URL.canParse(options.url) ? new URL(options.url) : undefined
    if (!url?.protocol.startsWith('http')) throw new CouchRefused('The URL of CouchDB is not a URL of HTTP.')
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    this.#headers = url.username
      ? { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
      : {}
    this.#passedOn = options.passedOn ?? (() => ({}))
    this.#givenUp = options.givenUp ? [options.givenUp] : []
    const plain = `${url.origin}${url.pathname}`
    const log = (entry: unknown) => this.#note(entry)
    const agentOptions = cancelling as never // nano's types know node:http's agents alone
    this.#server = nano({ url: plain, headers: this.#headers, log, agentOptions, ...{ parseUrl: false } })
    this.#timeoutMs = options.timeoutMs
  }

  /**
   * Asks CouchDB.
   * @throws StoreUnavailable where it does not answer or cannot answer now, CouchRefused where it will not
   */
  async request(request: CouchRequest): Promise<CouchAnswer> {
    const { method = 'GET', db, path, query = {}, body, expected = [] } = request
    const others = request.signal ? [request.signal, ...this.#givenUp] : this.#givenUp
    using limit = new LinkedSignal(others, request.signal ? undefined : this.#timeoutMs)
    const { signal } = limit
    // nano sends `body` as it is with dontStringify; its types know neither that nor `signal`.
    const sent = {
      method,
      path: path ?? '',
      qs: query,
      signal,
      dontStringify: true,
      ...(body !== undefined && { body }),
    }
    try {
      const answer = await cancelledBy(signal, () => this.#send(db === undefined ? sent : { ...sent, db }))
      const status = typeof answer === 'object' && answer !== null ? this.#statuses.get(answer) : undefined
      if (status === undefined) throw new CouchFault('The answer of CouchDB is not JSON, or was cut short.')
      return { status, body: answer }
    } catch (error) {
      const cause = error instanceof CouchFault ? error : faultOf(error)
      if (cause.status !== undefined && expected.includes(cause.status) && !(path && noDatabase(cause))) {
        return { status: cause.status, body: undefined }
      }
      throw failureOf(cause)
    }
  }

  /** nano has no headers for one request: they stand among those of all while it makes this one, at once. */
  #send(sent: nano.RequestOptions): Promise<unknown> {
    const passed = this.#passedOn()
    Object.assign(this.#headers, passed)
    try {
      return this.#server.request(sent) as Promise<unknown>
    } finally {
      for (const name of Object.keys(passed)) delete this.#headers[name]
    }
  }

  /** nano tells the status of a good answer only to its log. */
  #note(entry: unknown): void {
    if (typeof entry !== 'object' || entry === null || !('retval' in entry) || !('headers' in entry)) return
    const { retval, headers } = entry
    if (typeof retval !== 'object' || retval === null || typeof headers !== 'object' || headers === null)
      return
    if ('statusCode' in headers && typeof headers.statusCode === 'number') {
      this.#statuses.set(retval, headers.statusCode)
    }
  }
}

/** A database that is gone makes 404 of every document; none of them must be taken for missing. */
function noDatabase(fault: CouchFault): boolean {
  return fault.status === 404 && fault.message.endsWith('Database does not exist.')
}

function failureOf(cause: CouchFault): Error {
  const { status } = cause
  if (status === undefined) return new StoreUnavailable('CouchDB does not answer.', { cause })
  if (status >= 500 || passing.has(status)) {
    return new StoreUnavailable(`CouchDB cannot serve the request (${status}).`, { cause })
  }
  return new CouchRefused(`CouchDB refused a request (${status}).`, { cause })
}
