import type { ServerResponse } from 'node:http'
import type { Answer } from './call.ts'
import type { ProtocolError } from './errors.ts'

/** Sends an answer as JSON with the line end of CouchDB; Node leaves the body of a HEAD out. */
export function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const common = { 'Cache-Control': 'must-revalidate', ...headers }
  if (status === 304) {
    response.writeHead(status, common).end()
    return
  }
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    ...common,
  })
  response.end(bytes)
}

/** The answer to a failure: `{error, reason}`. */
export function answerOf(failure: ProtocolError | undefined): Answer {
  if (!failure)
    return { status: 500, body: { error: 'unknown_error', reason: 'The server failed to answer.' } }
  const { status, error, message, headers } = failure
  return { status, headers, body: { error, reason: message } }
}

/** An answer that is written as it comes to be, no faster than it is read. */
export class Stream {
  readonly #response: ServerResponse
  readonly #gone = new AbortController()

  constructor(response: ServerResponse, contentType = 'application/json') {
    this.#response = response
    response.once('close', () => this.#gone.abort())
    if (response.destroyed) this.#gone.abort()
    response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'must-revalidate' })
    response.flushHeaders()
  }

  /** Aborted when nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Resolves when there is room for more, or nobody to read it. */
  async write(text: string): Promise<void> {
    if (this.gone.aborted || text === '') return
    if (this.#response.write(text)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done)
        this.gone.removeEventListener('abort', done)
        resolve()
      }
      this.#response.once('drain', done)
      this.gone.addEventListener('abort', done)
    })
  }

  /** A sign of life. Dropped where the reader has not even read what was written before. */
  beat(text: string): void {
    if (!this.gone.aborted && !this.#response.writableNeedDrain) this.#response.write(text)
  }

  end(text: string): void {
    if (!this.gone.aborted) this.#response.end(text)
  }
}
