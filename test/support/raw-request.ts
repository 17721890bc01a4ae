/** Requests that `fetch` would put right or refuse: the bytes as they are. */
import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends a head (and what follows it) over a connection of its own, and answers what comes back until its end.
 * @param head the request line, e.g. `GET / HTTP/1.1`; Host and Connection are added
 */
export const rawRequest = async (
  url: string,
  head: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<string> => {
  const { host } = new URL(url)
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers }).map(([k, v]) => `${k}: ${v}`)
  return await rawBytes(url, `${[head, ...lines].join('\r\n')}\r\n\r\n${body}`)
}

/** Sends bytes, and answers what comes back until the end. */
export const rawBytes = async (url: string, bytes: string): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined) // the server may hang up on what is no HTTP
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}
