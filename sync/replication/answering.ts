import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { encode, encoder, negotiate } from '../encoding/encode.ts'
import type { Answer } from './call.ts'
import type { ProtocolError } from './errors.ts'

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

/** Beside what others have said already that the answer depends on. */
const varying = (response: ServerResponse): string => {
  const before = response.getHeader('Vary')
  return before === undefined ? 'Accept-Encoding' : `${String(before)}, Accept-Encoding`
}

const acceptedBy = ({ headers }: IncomingMessage): string | undefined => {
  const accepts = headers['accept-encoding']
  return Array.isArray(accepts) ? accepts.join(',') : accepts
}

/** Sends an answer as JSON with the line end of CouchDB, compressed where it pays; Node leaves the body of a HEAD out. */
export async function send({ request, response }: Exchange, answer: Answer): Promise<void> {
  const { status, body, headers = {} } = answer
  const common = { 'Cache-Control': 'must-revalidate', ...headers }
  if (status === 304) {
    response.writeHead(status, common).end()
    return
  }
  const { content, length, encoding } = await encode(`${JSON.stringify(body)}\n`, acceptedBy(request))
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': length,
    Vary: varying(response),
    ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
    ...common,
  })
  response.end(content)
}

/** The answer to a failure: `{error, reason}`. */
export function answerOf(failure: ProtocolError | undefined): Answer {
  if (!failure)
    return { status: 500, body: { error: 'unknown_error', reason: 'The server failed to answer.' } }
  const { status, error, message, headers } = failure
  return { status, headers, body: { error, reason: message } }
}

interface StreamOptions {
  status?: number
  headers?: Readonly<Record<string, string>>
  /** Not compressed, whatever the reader takes. */
  plain?: boolean
}

/** An answer that is written as it comes to be, no faster than it is read. */
export class Stream {
  readonly #response: ServerResponse
  readonly #encoder: ReturnType<typeof encoder>
  readonly #out: Writable
  readonly #gone = new AbortController()

  constructor({ request, response }: Exchange, { status = 200, headers = {}, plain = false }: StreamOptions) {
    this.#response = response
    response.once('close', () => this.#leave())
    if (response.destroyed) this.#leave()
    const encoding = plain || request.method === 'HEAD' ? 'identity' : negotiate(acceptedBy(request))
    this.#encoder = encoder(encoding)
    this.#encoder?.pipe(response)
    this.#out = this.#encoder ?? response
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Cache-Control': 'must-revalidate',
      ...(plain ? {} : { Vary: varying(response) }),
      ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
      ...headers,
    })
    response.flushHeaders()
  }

  /** Aborted when nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Resolves when there is room for more, or nobody to read it. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.gone.aborted || chunk.length === 0) return
    if (this.#out.write(chunk)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#out.off('drain', done)
        this.gone.removeEventListener('abort', done)
        resolve()
      }
      this.#out.once('drain', done)
      this.gone.addEventListener('abort', done)
    })
  }

  /** Writes all that comes. */
  async pour(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      if (this.gone.aborted) return
      await this.write(chunk)
    }
  }

  /** Sends off what was written: a compressor keeps some of it back, and the reader of a feed waits for it. */
  async flush(): Promise<void> {
    const compressor = this.#encoder
    if (!compressor || this.gone.aborted) return
    const flushed = new Promise<void>((resolve) => compressor.flush(resolve))
    await Promise.race([flushed, once(this.gone, 'abort')])
  }

  /** A sign of life. Dropped where the reader has not even read what was written before. */
  beat(text: string): void {
    if (this.gone.aborted || this.#response.writableNeedDrain || this.#out.writableNeedDrain) return
    this.#out.write(text)
    this.#encoder?.flush(() => undefined)
  }

  end(text: string): void {
    if (!this.gone.aborted) this.#out.end(text)
  }

  #leave(): void {
    this.#gone.abort()
    this.#encoder?.destroy()
  }
}
