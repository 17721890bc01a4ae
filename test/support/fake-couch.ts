import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server says next: status and JSON, or whatever the function does. */
export type Reply =
  [status: number, body: unknown] | ((request: IncomingMessage, response: ServerResponse) => void)

/** A server that says of itself that it is a CouchDB, and misbehaves on demand. */
export class FakeCouch implements AsyncDisposable {
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #script: (request: IncomingMessage) => Reply
  /** Method and URL of what was asked. */
  readonly asked: string[] = []
  #waiting: { matches: (asked: string) => boolean; resolve: () => void } | undefined
  #told = 0
  readonly authorizations = new Set<string | undefined>()

  private constructor(script: (request: IncomingMessage) => Reply) {
    this.#script = script
  }

  /** Starts it on a free port. What the script has no reply for is answered `{"ok":true}`. */
  static async start(script: (request: IncomingMessage) => Reply | undefined): Promise<FakeCouch> {
    const fake = new FakeCouch((request) => script(request) ?? [200, { ok: true }])
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  /** Its address, with a password in it. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://ad%40min:se%3Acret@127.0.0.1:${port}/`
  }

  /** Resolves when it was asked something that matches, after what the last call of this waited for. */
  async next(matches: (asked: string) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting = { matches, resolve }
      this.#tell()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #tell(): void {
    const at = this.asked.findIndex((asked, n) => n >= this.#told && this.#waiting?.matches(asked))
    if (at < 0) return
    this.#told = at + 1
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    this.authorizations.add(request.headers.authorization)
    const reply = this.#script(request)
    request.resume()
    this.#tell()
    if (typeof reply === 'function') return reply(request, response)
    response.writeHead(reply[0], { 'content-type': 'application/json' }).end(JSON.stringify(reply[1]))
  }
}
