/** A listening server that stops in order: no new requests, those under way finished, then the rest cut off. */
import { once, setMaxListeners } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { DEFAULT_CIPHERS, type TlsOptions } from 'node:tls'
import type { Express } from 'express'
import type { TlsFiles } from './edge-settings.ts'
import { messagesOf } from './http/messages.ts'
import { Certificate } from './tls.ts'

const minute = 60_000
const defaultDrainMs = 5000
const idleCheckMs = 50
/** A connection on which nothing was said for so long is closed when the server stops. */
const silentMs = 500
const maxHeaderBytes = 16 * 1024
const maxHeaders = 100
const defaultHeadersMs = 15_000
/** A whole request; how fast its body has to come is up to http/slow-body.ts. */
const longestUploadMs = 6 * 60 * minute

export interface Listening extends AsyncDisposable {
  readonly url: string
}

export interface ListenOptions {
  host: string
  port: number
  /** A connection on which nothing was said for so long is closed; 0: never. */
  silenceMs?: number
  /** Requests under way when the server stops have so long. */
  drainMs?: number
  /** The head of a request has to come in so long. */
  headersTimeoutMs?: number
  /** HTTPS by this certificate, which is read again when it changes; HTTP where absent. */
  tls?: TlsFiles | undefined
  /** Told of a changed certificate: undefined where it is in use, else why the one before goes on. */
  onCertificate?: (fault: Error | undefined) => void
  /** What serves the requests; `stopping` is aborted when the server begins to stop. */
  serve: (stopping: AbortSignal) => Express
}

export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { host, port, serve, tls, onCertificate = () => undefined } = options
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // one for each open event stream
  const certificate = tls && (await Certificate.open(tls))
  const app = serve(stopping.signal)
  const settings = { ...limitsOf(options), ...messagesOf(app) }
  const server = certificate
    ? createSecureServer({ ...settings, ...certificate.options, ...secureOf(options) }, app)
    : createServer(settings, app)
  server.maxHeadersCount = maxHeaders
  const connections = connectionsOf(server)
  server.timeout = options.silenceMs ?? 2 * minute
  server.listen(port, host)
  await once(server, 'listening')
  if ('setSecureContext' in server)
    certificate?.follow((next) => server.setSecureContext({ ...next, ...secureOf(options) }), onCertificate)
  return {
    url: urlOf(server.address() as AddressInfo, tls ? 'https' : 'http'),
    async [Symbol.asyncDispose]() {
      certificate?.[Symbol.dispose]()
      stopping.abort()
      await stop(server, connections, options.drainMs)
    },
  }
}

/** Key exchanges with forward secrecy alone; a handshake has as long as the head of a request. */
const secureOf = ({ headersTimeoutMs = defaultHeadersMs }: ListenOptions): TlsOptions => ({
  handshakeTimeout: headersTimeoutMs,
  ciphers: `${DEFAULT_CIPHERS}:!kRSA`,
})

const limitsOf = ({ headersTimeoutMs = defaultHeadersMs }: ListenOptions): ServerOptions => ({
  headersTimeout: headersTimeoutMs,
  // Node looks for connections that are late so often.
  connectionsCheckingInterval: Math.min(5000, headersTimeoutMs),
  keepAliveTimeout: 65_000, // longer than the proxies in front keep theirs
  requestTimeout: longestUploadMs,
  maxHeaderSize: maxHeaderBytes,
})

const connectionsOf = (server: Server): ReadonlySet<Socket> => {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

const stop = async (
  server: Server,
  connections: ReadonlySet<Socket>,
  drainMs = defaultDrainMs,
): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  // Clients open connections ahead; Node counts one on which nothing was said yet as busy. What is on its way arrives.
  const silent = setTimeout(() => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
  }, silentMs)
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  const late = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearInterval(idle)
  clearTimeout(silent)
  clearTimeout(late)
}

const urlOf = ({ address, family, port }: AddressInfo, scheme: string): string => {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return family === 'IPv6' && host === address
    ? `${scheme}://[${host}]:${port}`
    : `${scheme}://${host}:${port}`
}
