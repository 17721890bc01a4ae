/**
 * Antivirus by clamd, over its socket: the INSTREAM command of its protocol (clamd(8)), chunks with their length in
 * four bytes before them, ended by a length of zero. By hand, because that is all there is to it.
 */
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface ClamdOptions {
  /** `/run/clamav/clamd.ctl`, or `host:port`. */
  socket: string
  /** ms without a word from it. */
  timeoutMs?: number
}

/** clamd does not answer, or could not look at all of the file. */
export class ScannerUnavailable extends Error {
  override readonly name = 'ScannerUnavailable'
}

export class Clamd {
  readonly #options: Required<ClamdOptions>

  constructor({ timeoutMs = 60_000, ...options }: ClamdOptions) {
    this.#options = { ...options, timeoutMs }
  }

  /**
   * What it found in the bytes, by the name of the signature; undefined for nothing.
   * @throws ScannerUnavailable
   */
  async scan(bytes: Readable): Promise<string | undefined> {
    const socket = this.#connect()
    try {
      // It may answer before it has heard everything, and close: what was being written then fails for nothing.
      const answer = text(socket)
      const sending = sendChunks(bytes, socket).catch((error: unknown) => error)
      const said = (await answer).replace(/\0$/, '').trim()
      const found = /^stream: (.+) FOUND$/.exec(said)?.[1]
      if (found !== undefined) return found
      if (said === 'stream: OK' && (await sending) === undefined) return undefined
      throw new ScannerUnavailable(`clamd said: ${said.slice(0, 200)}`, { cause: await sending })
    } catch (error) {
      if (error instanceof ScannerUnavailable) throw error
      throw new ScannerUnavailable('clamd cannot be asked', { cause: error })
    } finally {
      socket.destroy()
      bytes.destroy()
    }
  }

  #connect(): Socket {
    const { socket: name, timeoutMs } = this.#options
    const [, host, port] = /^(.+):(\d+)$/.exec(name) ?? []
    const socket = host === undefined ? connect(name) : connect(Number(port), host)
    socket.setTimeout(timeoutMs, () => socket.destroy(new ScannerUnavailable('clamd does not answer')))
    return socket
  }
}

const length = (bytes: number): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes)
  return head
}

const sendChunks = async (bytes: Readable, socket: Socket): Promise<undefined> => {
  const write = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  await write(Buffer.from('zINSTREAM\0'))
  for await (const chunk of bytes) {
    await write(length((chunk as Buffer).length))
    await write(chunk as Buffer)
  }
  await write(length(0))
  return undefined
}
