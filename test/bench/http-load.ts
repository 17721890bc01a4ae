/** Load on an HTTP server over raw sockets: cheap enough that the server is what is measured. */
import { connect, type Socket } from 'node:net'

export interface Load {
  /** Origin, `http://127.0.0.1:…`. */
  url: string
  path: string
  headers: Readonly<Record<string, string>>
  connections: number
  /** ms */
  duration: number
}

const headEnd = Buffer.from('\r\n\r\n')
const lengthHeader = /\r\ncontent-length: (\d+)/i

/** One connection that asks again as soon as it is answered. */
class Asker {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #until: number
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes of the answer's body still to come; undefined before its head has ended. */
  #missing: number | undefined
  answers = 0

  constructor({ url, path, headers }: Load, until: number) {
    const { hostname, port } = new URL(url)
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${hostname}:${port}`]
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    this.#request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    this.#until = until
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
  }

  /** Resolves when the time is up and the last answer is there. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket
      socket.on('error', reject)
      socket.on('close', resolve)
      socket.on('connect', () => socket.write(this.#request))
      socket.on('data', (chunk) => {
        try {
          this.#take(chunk)
        } catch (error) {
          socket.destroy()
          reject(new Error('The answer cannot be read', { cause: error }))
        }
      })
    })
  }

  #take(chunk: Buffer): void {
    if (this.#missing === undefined) {
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
      const end = this.#pending.indexOf(headEnd)
      if (end < 0) return
      const head = this.#pending.toString('latin1', 0, end)
      const length = lengthHeader.exec(head)?.[1]
      if (!head.startsWith('HTTP/1.1 200 ') || length === undefined)
        throw new Error(`Not a good answer: ${head}`)
      this.#missing = Number(length) - (this.#pending.length - end - headEnd.length)
      this.#pending = Buffer.alloc(0)
    } else this.#missing -= chunk.length
    if (this.#missing > 0) return
    this.#missing = undefined
    this.answers += 1
    if (performance.now() < this.#until) this.#socket.write(this.#request)
    else this.#socket.end()
  }
}

/** Answers a second. */
export const requestsPerSecond = async (load: Load): Promise<number> => {
  const started = performance.now()
  const askers = Array.from({ length: load.connections }, () => new Asker(load, started + load.duration))
  await Promise.all(askers.map((asker) => asker.run()))
  const answers = askers.reduce((sum, asker) => sum + asker.answers, 0)
  return (answers * 1000) / (performance.now() - started)
}
