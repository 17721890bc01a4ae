/** A listening HTTP server that stops in order: no new requests, those under way finished, then the rest cut off. */
import { once, setMaxListeners } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

const minute = 60_000
/** Requests under way when the server stops have so long. */
const drainMs = 5000
const idleCheckMs = 50

export interface Listening extends AsyncDisposable {
  readonly url: string
}

export interface ListenOptions {
  host: string
  port: number
  /** A connection on which nothing was said for so long is closed; 0: never. */
  silenceMs?: number
  /** What serves the requests; `stopping` is aborted when the server begins to stop. */
  serve: (stopping: AbortSignal) => RequestListener
}

export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { host, port, serve, silenceMs = 2 * minute } = options
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // one for each open event stream
  const server = createServer(serve(stopping.signal))
  server.keepAliveTimeout = 65_000 // longer than the proxies in front keep theirs
  server.headersTimeout = 15_000
  server.requestTimeout = 30 * minute // a large file over a slow link
  server.timeout = silenceMs
  server.listen(port, host)
  await once(server, 'listening')
  return {
    url: urlOf(server.address() as AddressInfo),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      stopping.abort()
      server.close()
      server.closeIdleConnections()
      const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
      const late = setTimeout(() => server.closeAllConnections(), drainMs)
      await closed
      clearInterval(idle)
      clearTimeout(late)
    },
  }
}

const urlOf = ({ address, family, port }: AddressInfo): string => {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return family === 'IPv6' && host === address ? `http://[${host}]:${port}` : `http://${host}:${port}`
}
