/** A small PMS with an HTTP API, for the bridge: patients, users and documents, and faults on demand. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Applied {
  key: string | undefined
  method: string
  path: string
  body: unknown
}

/** What becomes of the next request that is no probe: `unheard` before it is done, `unanswered` after it. */
export type PmsFault =
  | { kind: 'status'; status: number }
  | { kind: 'never' | 'unheard' | 'unanswered' }
  | { kind: 'held'; until: Promise<void> }

interface Answer {
  status: number
  headers?: Record<string, string>
  body: string
}

const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(value),
})

export interface PmsDocument {
  details: Record<string, unknown>
  bytes: Buffer
}

export class StandInPms implements AsyncDisposable {
  /** What was done, in order. */
  readonly applied: Applied[] = []
  readonly patients = new Map<string, Record<string, unknown>>([['42', { name: 'Bramble', weight: 500 }]])
  readonly users = new Map<string, { password: string; vetUser: boolean }>([
    ['old.vet', { password: 'Old-Pms-Password-1', vetUser: true }],
    ['temp', { password: 'Old-Pms-Password-2', vetUser: false }],
  ])
  readonly documents = new Map<string, PmsDocument>()
  /** Headers of the last request. */
  seen: IncomingMessage['headers'] = {}
  /** Requests of any kind so far, but for probes. */
  asked = 0
  readonly #faults: PmsFault[] = []
  readonly #answers = new Map<string, Answer>()
  readonly #deduplicates: boolean
  #server: Server
  #port = 0

  private constructor(deduplicates: boolean) {
    this.#deduplicates = deduplicates
    this.#server = this.#make()
  }

  static async open({ deduplicates = true } = {}): Promise<StandInPms> {
    const pms = new StandInPms(deduplicates)
    await pms.comeBack()
    return pms
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  fault(...faults: PmsFault[]): void {
    this.#faults.push(...faults)
  }

  /** Its port is closed, and every connection. */
  async goAway(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** It listens at the port that it had. */
  async comeBack(): Promise<void> {
    this.#server = this.#make()
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #make(): Server {
    return createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request)
    if (request.url === '/') return void response.writeHead(200).end()
    this.asked += 1
    this.seen = request.headers
    const fault = this.#faults.shift()
    if (fault?.kind === 'never') return
    if (fault?.kind === 'unheard') return void request.socket.resetAndDestroy()
    if (fault?.kind === 'held') await fault.until
    if (fault?.kind === 'status') return this.#send(response, json(fault.status, { error: 'a fault' }))
    const answer = await this.#once(request, bytes)
    if (fault?.kind === 'unanswered') return void request.socket.resetAndDestroy()
    this.#send(response, answer)
  }

  #send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
    response.writeHead(status, headers).end(body)
  }

  async #once(request: IncomingMessage, bytes: Buffer): Promise<Answer> {
    const key = request.headers['idempotency-key']
    const known = typeof key === 'string' && this.#deduplicates ? this.#answers.get(key) : undefined
    if (known) return known
    const answer = await this.#do(request, bytes)
    if (typeof key === 'string') this.#answers.set(key, answer)
    return answer
  }

  async #do(request: IncomingMessage, bytes: Buffer): Promise<Answer> {
    const { method = '', url = '', headers } = request
    const [path = ''] = url.split('?')
    const [, kind, id = ''] = path.split('/')
    if (kind === 'documents') return await this.#takeDocument(id, bytes, headers['content-type'] ?? '')
    const body: unknown = bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined
    if (kind === 'users') return this.#user(id, body as Record<string, string>)
    if (kind !== 'patients') return json(404, { error: 'not here' })
    if (method === 'GET') return this.#read(id, url)
    const now = this.patients.get(id)
    const seen = headers['if-match']
    if (seen !== undefined && seen !== etagOf(now)) return json(412, { error: 'changed' })
    this.applied.push({ key: headers['idempotency-key'] as string | undefined, method, path, body })
    const made = id === '' ? String(100 + this.applied.length) : id
    this.patients.set(made, body as Record<string, unknown>)
    const tag = { ETag: etagOf(body), ...(id === '' ? { Location: `/patients/${made}` } : {}) }
    return json(id === '' ? 201 : 200, { id: made, ...(body as object) }, tag)
  }

  #read(id: string, url: string): Answer {
    if (id === '')
      return json(200, { query: new URL(url, 'http://pms').search, ids: [...this.patients.keys()] })
    const patient = this.patients.get(id)
    return patient
      ? json(200, { id, ...patient }, { ETag: etagOf(patient) })
      : json(404, { error: 'no such patient' })
  }

  #user(what: string, { username = '', password, newPassword = '' }: Record<string, string>): Answer {
    const user = this.users.get(username)
    if (what === 'verify')
      return user && user.password === password
        ? json(200, { userId: `pms-${username}`, displayName: `Dr ${username}`, vetUser: user.vetUser })
        : json(401, { message: 'wrong' })
    if (!user) return json(404, { message: 'There is no such user' })
    if (newPassword.length < 12) return json(422, { message: 'The password must have 12 characters' })
    user.password = newPassword
    return json(200, {})
  }

  async #takeDocument(id: string, bytes: Buffer, contentType: string): Promise<Answer> {
    const body = new Uint8Array(bytes)
    const form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData()
    const [details, file] = [form.get('details'), form.get('file') as File]
    this.documents.set(id, {
      details: JSON.parse(typeof details === 'string' ? details : await (details as File).text()) as Record<
        string,
        unknown
      >,
      bytes: Buffer.from(await file.arrayBuffer()),
    })
    this.applied.push({ key: undefined, method: 'PUT', path: `/documents/${id}`, body: file.name })
    return json(200, {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.goAway()
  }
}

const etagOf = (value: unknown): string =>
  `"${Buffer.from(JSON.stringify(value ?? null))
    .toString('base64url')
    .slice(0, 40)}"`
