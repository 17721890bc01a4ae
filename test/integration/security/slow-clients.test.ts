/** Callers that hold a connection without getting on, over raw sockets; and those that are slow for good reason. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { startServer, type TestServer } from '../../support/server.ts'

const login = '/v2/authentication/login'

describe('slow callers', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ env: { HEADERS_TIMEOUT: '1', BODY_TIMEOUT: '1' } })
  })
  after(() => server[Symbol.asyncDispose]())

  const dial = (): Socket => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    return socket
  }

  /** Sends a beginning, then one more piece each 50 ms until the server hangs up; answers what the server said. */
  const drip = async (beginning: string, piece: string): Promise<string> => {
    const socket = dial()
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(beginning)
    const dripping = setInterval(() => socket.write(piece), 50)
    try {
      await once(socket, 'close')
    } finally {
      clearInterval(dripping)
    }
    return Buffer.concat(chunks).toString()
  }

  it('that drip a head are hung up on, however many they are, and others are served meanwhile', async () => {
    const slowloris = Array.from({ length: 50 }, (_, i) =>
      drip(`GET /health?${i} HTTP/1.1\r\nHost: x\r\n`, 'X-A: b\r\n'),
    )
    expect((await server.request('/health')).status).to.equal(200)
    for (const answer of await Promise.all(slowloris)) expect(answer).to.match(/^(HTTP\/1\.1 408|$)/)
  })

  it('that say nothing at all are hung up on', async () => {
    const socket = dial()
    socket.resume()
    await once(socket, 'close')
  })

  it('that drip a body are told so and hung up on, whatever it is for', async () => {
    const { headers } = await server.signIn('amelia.vet')
    const tokens = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    for (const [path, type] of [
      [login, 'application/json'],
      ['/oauth/token', 'application/x-www-form-urlencoded'],
      ['/sync/group-1/_bulk_docs', 'application/json'],
      ['/v2/mobile/uploadTreatmentItems', 'application/json'],
      ['/v2/mobile/uploadDocument', 'multipart/form-data; boundary=x'],
    ] as const) {
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n`
      const answer = await drip(`${head}${tokens.join('')}\r\n{`, ' ')
      expect(answer, path).to.match(/^HTTP\/1\.1 408 /)
      expect(answer, path)
        .to.contain('REQUEST_TIMEOUT')
        .and.to.match(/^Connection: close/im)
      expect(answer, path).not.to.contain('STORE_UNAVAILABLE')
    }
  })

  it('are waited for while they get on: an upload longer than the time for a body', async () => {
    const socket = dial()
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    const body = Buffer.from(`{"accountId":"${'a'.repeat(30_000)}"}`)
    socket.write(
      `POST ${login} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    const closed = once(socket, 'close')
    const began = performance.now()
    // More than is asked for, and for longer than BODY_TIMEOUT.
    for (let at = 0; at < body.length; at += 1000) {
      socket.write(body.subarray(at, at + 1000))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(performance.now() - began).to.be.greaterThan(2000)
    await closed
    expect(Buffer.concat(chunks).toString()).to.match(/^HTTP\/1\.1 400 /)
  })

  it('are waited for while they only listen: an event stream and a long poll', async () => {
    const { headers } = await server.signIn('amelia.vet')
    const leaving = new AbortController()
    const events = await fetch(`${server.url}/v2/mobile/sync/events?deviceId=d`, {
      headers,
      signal: leaving.signal,
    })
    const polled = fetch(`${server.url}/sync/group-1/_changes?feed=longpoll&since=now&timeout=4000`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: '{}',
    })
    expect((await polled).status).to.equal(200)
    expect(await (await polled).json()).to.have.property('last_seq')
    const reader = events.body?.getReader()
    expect((await reader?.read())?.done).to.equal(false)
    leaving.abort()
  })

  it('may not send a head without end', async () => {
    const many = `GET /health HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`
    const socket = dial()
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(many)
    await once(socket, 'close')
    expect(Buffer.concat(chunks).toString()).to.match(/^HTTP\/1\.1 431 /)
  })
})
