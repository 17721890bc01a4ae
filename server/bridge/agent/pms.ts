/** One request to the PMS's HTTP API, and how far it came. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { LinkedSignal } from '../../../sync/linked-signal.ts'
import { bridgeBodyLimit, type BridgeRequest, type PmsAnswer } from '../../contract/bridge-agent.ts'
import { formOf } from './document-form.ts'
import { ServerRefused } from './server-link.ts'
import type { AgentSettings } from './settings.ts'

/** A large file over a practice's own network. */
const documentMs = 600_000

/**
 * `answered`: with this. `notSent`: the PMS has nothing of it. `later`: the PMS says that it has not taken it.
 * `noAnswer`: it may have done it, or not. `notThere`: what was to be sent could not be had.
 */
export type Sent =
  | { how: 'answered'; answer: PmsAnswer; cut: boolean }
  | { how: 'notSent' | 'later' | 'noAnswer'; reason: string }
  | { how: 'notThere'; reason: string; gone: boolean }

interface Sending {
  /** For writes: the PMS does what has the same key once. */
  idempotencyKey?: string
  timeoutMs: number
  signal: AbortSignal
  /** The bytes of a document. */
  file: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
}

interface Wire {
  method: string
  path: string
  headers: Record<string, string>
  body: AsyncIterable<Uint8Array> | undefined
}

export class Pms {
  readonly #settings: AgentSettings

  constructor(settings: AgentSettings) {
    this.#settings = settings
  }

  /** Whether the PMS is up: it answers its probe, and no proxy of its answers in its place. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const wire = { method: 'GET', path: this.#settings.probe, headers: {}, body: undefined }
    using limit = new LinkedSignal([signal], this.#settings.timeoutMs)
    const sent = await this.#exchange(wire, limit.signal)
    return sent.how === 'answered'
  }

  async send(request: BridgeRequest, sending: Sending): Promise<Sent> {
    const ms = request.operation === 'document' ? documentMs : sending.timeoutMs
    using limit = new LinkedSignal([sending.signal], ms)
    const { signal } = limit
    let wire: Wire
    try {
      wire = await wireOf(request, () => sending.file(signal))
    } catch (error) {
      const gone = error instanceof ServerRefused && (error.status === 404 || error.code === 'FILE_MISSING')
      return { how: 'notThere', reason: messageOf(error), gone }
    }
    if (sending.idempotencyKey !== undefined) wire.headers['idempotency-key'] = sending.idempotencyKey
    return await this.#exchange(wire, signal)
  }

  async #exchange({ method, path, headers, body }: Wire, signal: AbortSignal): Promise<Sent> {
    const { pmsUrl, pmsAuthorization } = this.#settings
    const url = new URL(pmsUrl + path)
    const all = { ...headers, ...(pmsAuthorization === undefined ? {} : { authorization: pmsAuthorization }) }
    // A connection of its own: one that was kept may be dead, and then nobody knows what has arrived.
    const options = { method, headers: all, agent: false, signal } as const
    let connected = false
    try {
      const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options)
      outgoing.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => (connected = true))
        else connected = true
      })
      const answered = answerTo(outgoing)
      answered.catch(() => undefined)
      // A PMS may answer, and hang up, before it has read everything: its answer is what counts.
      const sending = body ? pipeline(body, outgoing) : Promise.resolve(void outgoing.end())
      sending.catch(() => undefined)
      const { answer, cut } = await answered
      return verdictOn(answer, cut)
    } catch (error) {
      return {
        how: connected ? 'noAnswer' : 'notSent',
        reason: signal.aborted ? 'no answer in time' : messageOf(error),
      }
    }
  }
}

const gateway = new Set([502, 504])
const notTaken = new Set([429, 503])

const verdictOn = (answer: PmsAnswer, cut: boolean): Sent => {
  const reason = `the PMS answered ${answer.status}`
  if (gateway.has(answer.status)) return { how: 'noAnswer', reason }
  return notTaken.has(answer.status) ? { how: 'later', reason } : { how: 'answered', answer, cut }
}

const messageOf = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : 'fault'

const json = (method: string, path: string, value: object): Wire => {
  const bytes = Buffer.from(JSON.stringify(value))
  const headers = { 'content-type': 'application/json', 'content-length': String(bytes.length) }
  return { method, path, headers, body: once(bytes) }
}

const once = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const wireOf = async (
  request: BridgeRequest,
  file: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<Wire> => {
  switch (request.operation) {
    case 'call': {
      const { method, path, query, body, headers } = request
      const bytes = body === null ? undefined : Buffer.from(body)
      const length = bytes ? { 'content-length': String(bytes.length) } : {}
      const where = query === '' ? path : `${path}?${query}`
      return { method, path: where, headers: { ...headers, ...length }, body: bytes && once(bytes) }
    }
    case 'verifyUser':
      return json('POST', '/users/verify', { username: request.username, password: request.password })
    case 'changePassword':
      return json('PUT', '/users/password', { username: request.username, newPassword: request.newPassword })
    case 'document': {
      const { contentType, length, body } = formOf(request, await file())
      const headers = { 'content-type': contentType, 'content-length': String(length) }
      return { method: 'PUT', path: `/documents/${request.documentId}`, headers, body }
    }
  }
}

/** The PMS's answer; of a body beyond the limit only that it was cut. */
const answerTo = async (outgoing: ClientRequest): Promise<{ answer: PmsAnswer; cut: boolean }> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.on('error', reject)
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= bridgeBodyLimit) chunks.push(chunk)
  }
  const cut = size > bridgeBodyLimit
  const headers = Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
  const body = cut ? '' : Buffer.concat(chunks).toString('base64')
  return { answer: { status: response.statusCode ?? 500, headers, body }, cut }
}
