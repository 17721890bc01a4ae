/**
 * What lies between a client and a server, by TCP: a slow link, and faults on demand. It knows nothing of HTTP, so it
 * stands before this server, a CouchDB, or whatever else listens.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Lane, SlowDirection, type Link } from './slow-link.ts'

/** `up` is from client to server. */
type Way = 'up' | 'down'

interface Fault {
  way: Way
  /** So many bytes still pass, over all connections. */
  after: number
  act: (pair: Pair) => void
}

/** What has passed so far. */
export interface Traffic {
  connections: number
  up: number
  down: number
}

/** A connection of a client's, and the one made for it. */
interface Pair {
  client: Socket
  server: Socket
  lanes: Record<Way, Lane> | undefined
}

const other = (way: Way): Way => (way === 'up' ? 'down' : 'up')

export class FaultProxy implements AsyncDisposable {
  readonly traffic: Traffic = { connections: 0, up: 0, down: 0 }
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  readonly #target: { host: string; port: number }
  readonly #origin: URL
  readonly #pairs = new Set<Pair>()
  #link: { link: Link; up: SlowDirection; down: SlowDirection } | undefined
  #faults: Fault[] = []
  #stalled: { resumed: Promise<void>; resume: () => void } | undefined
  #away = false

  private constructor(target: string) {
    this.#origin = new URL(target)
    this.#target = { host: this.#origin.hostname, port: Number(this.#origin.port) }
  }

  /** Opens it on a free port, in front of a URL with a port; user and password in it are kept. */
  static async open(target: string, link?: Link): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.setLink(link)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The target's URL, by way of the proxy; without a slash at the end. */
  get url(): string {
    const url = new URL(this.#origin)
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return url.href.replace(/\/$/, '')
  }

  /** Connections made from now on go over this link; undefined: at once. */
  setLink(link: Link | undefined): void {
    this.#link = link && { link, up: new SlowDirection(link), down: new SlowDirection(link) }
  }

  /** After so many more bytes one way, the connection that carries the next is reset. Resolves when that is done. */
  cut(way: Way, after: number): Promise<void> {
    return new Promise((resolve) => {
      const act = (pair: Pair): void => {
        reset(pair)
        resolve()
      }
      this.#faults.push({ way, after, act })
    })
  }

  /** After so many more bytes one way, nothing passes any more, and nothing is closed. Resolves when that is so. */
  stall(way: Way, after: number): Promise<void> {
    return new Promise((resolve) => {
      const act = (): void => {
        let resume = (): void => undefined
        const resumed = new Promise<void>((done) => (resume = done))
        this.#stalled = { resumed, resume }
        resolve()
      }
      this.#faults.push({ way, after, act })
    })
  }

  /** Ends a stall: what waited goes on. */
  resume(): void {
    this.#stalled?.resume()
    this.#stalled = undefined
  }

  /** The target is gone: every connection is reset, and every new one at once. */
  goAway(): void {
    this.#away = true
    for (const pair of this.#pairs) reset(pair)
  }

  comeBack(): void {
    this.#away = false
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined)
    if (this.#away) return void resetSocket(client)
    this.traffic.connections += 1
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true })
    client.setNoDelay(true)
    const pair: Pair = { client, server, lanes: undefined }
    if (this.#link) pair.lanes = this.#lanesOf(pair, this.#link)
    this.#pairs.add(pair)
    const end = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.once('close', end).on('error', end)
    void this.#carry(pair, 'up')
    void this.#carry(pair, 'down')
  }

  #lanesOf(
    pair: Pair,
    { link: { roundTripMs }, up, down }: { link: Link; up: SlowDirection; down: SlowDirection },
  ): Record<Way, Lane> {
    const startsAt = performance.now() + roundTripMs
    const lane = (way: Way, direction: SlowDirection): Lane =>
      new Lane(direction, { roundTripMs, startsAt, deliver: (piece) => this.#deliver(pair, way, piece) })
    return { up: lane('up', up), down: lane('down', down) }
  }

  async #carry(pair: Pair, way: Way): Promise<void> {
    const from = way === 'up' ? pair.client : pair.server
    try {
      // Left to itself, the iterator would close both ways when one has ended.
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (pair.lanes) await pair.lanes[way].send(chunk)
        else await this.#deliver(pair, way, chunk)
      }
      await pair.lanes?.[way].drained()
      socketTo(pair, way).end()
    } catch {
      // One side was reset; the other hears of it by its own end.
    }
  }

  /** Hands bytes on, as far as no fault is due. Resolves when the reader has taken them. */
  async #deliver(pair: Pair, way: Way, chunk: Buffer): Promise<void> {
    while (this.#stalled) await this.#stalled.resumed
    const fault = this.#faults.find((one) => one.way === way)
    const passing = fault && fault.after < chunk.length ? chunk.subarray(0, fault.after) : chunk
    const to = socketTo(pair, way)
    this.traffic[way] += passing.length
    const taken = passing.length === 0 || to.write(passing)
    if (fault) fault.after -= passing.length
    if (fault && passing.length < chunk.length) {
      this.#faults = this.#faults.filter((one) => one !== fault)
      await flushed(to)
      fault.act(pair)
      if (!to.destroyed) await this.#deliver(pair, way, chunk.subarray(passing.length))
    } else if (!taken) await drainedOrClosed(to)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    this.goAway()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }
}

const socketTo = (pair: Pair, way: Way): Socket => (other(way) === 'up' ? pair.client : pair.server)

const reset = ({ client, server }: Pair): void => {
  for (const socket of [client, server]) resetSocket(socket)
}

/** Node 20 leaves a handle that it cannot reset while it is being shut down, and then never comes to its end. */
const resetSocket = (socket: Socket): void => {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}

const drainedOrClosed = async (socket: Socket): Promise<void> => {
  if (socket.destroyed) return
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve).once('close', resolve)
  })
}

/** Resolves when what was written has left this process: a reset takes what has not. */
const flushed = async (socket: Socket): Promise<void> => {
  if (!socket.destroyed) await new Promise<void>((resolve) => void socket.write('', () => resolve()))
}
