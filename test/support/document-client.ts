/** uploadDocument as an app calls it, whole or byte by byte, and a look at the files it leaves. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, TestServer } from './server.ts'

/** Form fields; one that is undefined is not sent. */
export type Fields = Record<string, string | undefined>

export interface SentFile {
  bytes: Uint8Array
  name?: string
  type?: string
}

const path = '/v2/mobile/uploadDocument'
const boundary = 'b0undary'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes that begin as a JPEG does, and are like no others. */
export const photo = (size: number): Buffer<ArrayBuffer> =>
  Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100', 'hex'), randomBytes(Math.max(0, size - 14))])

/** A form as bytes; the fields come after the file where `fileFirst` says so. */
export const formOf = (fields: Fields, files: readonly SentFile[], fileFirst = false): Buffer => {
  const part = (head: string, body: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), body, Buffer.from('\r\n')])
  const texts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      part(`Content-Disposition: form-data; name="${name}"`, Buffer.from(String(value))),
    )
  const bytes = files.map((file) => part(fileHead(file), file.bytes))
  const parts = fileFirst ? [...bytes, ...texts] : [...texts, ...bytes]
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
}

const fileHead = ({ name = 'x-ray.jpg', type = 'image/jpeg' }: Omit<SentFile, 'bytes'>): string =>
  `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`

export const formType = `multipart/form-data; boundary=${boundary}`

/** A request under way: the form's fields and the head of its file are sent, its bytes are up to the test. */
export interface OpenUpload {
  request: ClientRequest
  answer: Promise<{ status: number; body: Record<string, unknown> }>
  /** Sends bytes of the file, as fast as they are taken; ends early once the server has answered. */
  send(bytes: Uint8Array, times?: number): Promise<void>
  end(): void
}

export class DocumentClient {
  readonly #server: TestServer
  readonly tokens: Record<string, string>

  constructor(server: TestServer, tokens: Record<string, string>) {
    this.#server = server
    this.tokens = tokens
  }

  static async signIn(server: TestServer, username: string): Promise<DocumentClient> {
    return new DocumentClient(server, (await server.signIn(username)).headers)
  }

  /** Sends a form as it is. */
  async post(body: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const all = { 'Content-Type': formType, ...this.tokens, ...headers }
    return await this.#server.request(path, { raw: body, headers: all })
  }

  async upload(fields: Fields, file: SentFile): Promise<Answer> {
    return await this.post(formOf(fields, [file]))
  }

  open(fields: Fields, more: Record<string, string> = {}): OpenUpload {
    const headers = { 'Content-Type': formType, ...this.tokens, ...more }
    const request = httpRequest(this.#server.url + path, { method: 'POST', headers })
    const answer = once(request, 'response').then(async ([response]) => {
      const { statusCode = 0 } = response as IncomingMessage
      return {
        status: statusCode,
        body: (await json(response as IncomingMessage)) as Record<string, unknown>,
      }
    })
    answer.catch(() => undefined)
    let answered = false
    request.once('response', () => (answered = true))
    request.on('error', () => undefined)
    request.write(formOf(fields, []).toString().replace(`--${boundary}--\r\n`, ''))
    request.write(`--${boundary}\r\n${fileHead({})}\r\n\r\n`)
    const taken = (): Promise<unknown> =>
      new Promise((resolve) => {
        for (const event of ['drain', 'close', 'response']) request.once(event, resolve)
      })
    request.setMaxListeners(0)
    const send = async (bytes: Uint8Array, times = 1): Promise<void> => {
      for (let i = 0; i < times && !answered && !request.destroyed; i += 1)
        if (!request.write(bytes)) await taken()
    }
    return { request, answer, send, end: () => request.end(`\r\n--${boundary}--\r\n`) }
  }

  /** Makes a record by its upload call and returns its id. */
  async create(call: 'uploadClientItems' | 'uploadAnimalItems', data: object): Promise<string> {
    const clientItemId = randomUUID()
    const now = new Date(this.#server.clock.now).toISOString()
    const items = [{ clientItemId, editedAt: now, data }]
    const { body } = await this.#server.request(`/v2/mobile/${call}`, {
      json: { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items },
      headers: this.tokens,
    })
    const [result] = body['results'] as { outcome: string }[]
    if (result?.outcome !== 'CREATED') throw new Error(`${call}: ${JSON.stringify(body)}`)
    return clientItemId
  }
}

/** Files the server holds, committed or not, relative to its files directory. */
export const filesOf = async (server: TestServer): Promise<string[]> => {
  const directory = join(server.dataDir, 'files')
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name).slice(directory.length + 1))
}

/** Asks again until the answer is yes; the test's own time limit ends it otherwise. */
export const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await pause(5)
}
