/**
 * HTTP/1.1 over a raw socket, one request after the other: cheap enough that the server is what is measured. It takes
 * answers of 200 with a Content-Length and no others, and asks for no compression.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')
const lengthHeader = /\r\ncontent-length: (\d+)/i

export interface RawRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Readonly<Record<string, string>>
  body?: Buffer
}

export class RawConnection {
  readonly #socket: Socket
  readonly #host: string
  /** The answer that is coming: its head until that has ended, then its body. */
  #came: Buffer[] = []
  /** Bytes of the body still to come; undefined before the head has ended. */
  #missing: number | undefined
  #answered: (body: readonly Buffer[]) => void = () => undefined
  #failed: (error: Error) => void = () => undefined

  /** @param url origin, `http://127.0.0.1:…` */
  constructor(url: string) {
    const { hostname, port, host } = new URL(url)
    this.#host = host
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on('error', (error) => this.#failed(error))
    this.#socket.on('close', () => this.#failed(new Error('The connection was closed')))
    this.#socket.on('data', (chunk) => this.#take(chunk))
  }

  /** A request as it goes over the wire, to be sent any number of times. */
  bytesOf({ method, path, headers, body }: RawRequest): Buffer {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#host}`]
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    if (body) lines.push('Content-Type: application/json', `Content-Length: ${body.length}`)
    return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)])
  }

  /** Sends a request of `bytesOf`. Resolves with the body when all of it has come. */
  ask(request: Buffer): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.write(request)
    })
  }

  async close(): Promise<void> {
    this.#failed = () => undefined
    if (this.#socket.destroyed) return
    this.#socket.end()
    await once(this.#socket, 'close')
  }

  #take(chunk: Buffer): void {
    this.#came.push(chunk)
    if (this.#missing === undefined) {
      const pending = this.#came.length === 1 ? chunk : Buffer.concat(this.#came)
      const end = pending.indexOf(headEnd)
      this.#came = [pending]
      if (end < 0) return
      const head = pending.toString('latin1', 0, end)
      const length = lengthHeader.exec(head)?.[1]
      if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
        this.#failed(new Error(`Not a good answer: ${head}`))
        this.#socket.destroy()
        return
      }
      this.#came = [pending.subarray(end + headEnd.length)]
      this.#missing = Number(length) - (pending.length - end - headEnd.length)
    } else this.#missing -= chunk.length
    if (this.#missing > 0) return
    const body = this.#came
    this.#came = []
    this.#missing = undefined
    this.#answered(body)
  }
}
