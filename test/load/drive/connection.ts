/** HTTP as a device makes it: connections kept, answers timed, what came otherwise than expected noted. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import type { Recorder } from './recorder.ts'

const inflate = promisify(brotliDecompress)

export type Json = Record<string, unknown>

export interface Asked {
  /** By what name it is timed. */
  call: string
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH'
  path: string
  headers?: Readonly<Record<string, string>>
  json?: unknown
  bytes?: Uint8Array
  /** Codes of problems that belong to the day. */
  refusals?: readonly string[]
}

export interface Answered {
  status: number
  headers: IncomingMessage['headers']
  bytes: Buffer
  /** Empty where it is none. */
  body: Json
}

export class Connection implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 })
  readonly #url: string
  readonly recorder: Recorder
  headers: Record<string, string> = {}

  constructor(url: string, recorder: Recorder) {
    this.#url = url
    this.recorder = recorder
  }

  /** Undefined where it was refused as it may be, or failed, which is noted. */
  async ask(asked: Asked): Promise<Answered | undefined> {
    const started = performance.now()
    try {
      const answer = await this.#exchange(asked)
      const ms = performance.now() - started
      const good = answer.status < 400
      const code = typeof answer.body['code'] === 'string' ? answer.body['code'] : ''
      const refused = !good && asked.refusals?.includes(code) === true
      this.recorder.took(asked.call, ms)
      if (!good && !refused) this.recorder.failed(asked.call, `${answer.status} ${code}`)
      if (refused) this.recorder.refused(code)
      return good ? answer : undefined
    } catch (error) {
      this.recorder.failed(asked.call, error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  async #exchange({ method, path, headers, json, bytes }: Asked): Promise<Answered> {
    const body = json === undefined ? bytes : Buffer.from(JSON.stringify(json))
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpRequest(this.#url + path, {
        method: method ?? (body ? 'POST' : 'GET'),
        agent: this.#agent,
        headers: {
          'Accept-Encoding': 'br',
          ...this.headers,
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(body ? { 'Content-Length': String(body.length) } : {}),
          ...headers,
        },
      })
      outgoing.on('response', resolve).on('error', reject).end(body)
    })
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const whole = response.headers['content-encoding'] === 'br' ? await inflate(raw) : raw
    const isJson = response.headers['content-type']?.includes('json') === true && whole.length > 0
    return {
      ...{ status: response.statusCode ?? 0, headers: response.headers, bytes: whole },
      body: isJson ? (JSON.parse(whole.toString()) as Json) : {},
    }
  }

  /** Opens an event stream; `heard` is given each event's data. Ends with `signal`, and is opened anew when it breaks. */
  async listen(path: string, heard: (data: Json) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listenOnce(path, heard, signal)
        if (!signal.aborted) this.recorder.failed('syncEvents', 'the stream ended')
      } catch (error) {
        if (!signal.aborted)
          this.recorder.failed('syncEvents', error instanceof Error ? error.message : String(error))
      }
    }
  }

  async #listenOnce(path: string, heard: (data: Json) => void, signal: AbortSignal): Promise<void> {
    const headers = { ...this.headers, Accept: 'text/event-stream' }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest(this.#url + path, { headers, signal, agent: false })
        .on('response', resolve)
        .on('error', reject)
        .end()
    })
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} of an event stream`)
    let text = ''
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const parts = (text + chunk.toString()).split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1]
        if (data !== undefined) heard(JSON.parse(data) as Json)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
