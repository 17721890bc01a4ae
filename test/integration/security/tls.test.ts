/** HTTPS by certificate files, and behind a proxy that ends it. */
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { ConfigError } from '../../../server/config.ts'
import { startServer, type TestServer } from '../../support/server.ts'

const certificates = path.join(import.meta.dirname, '../../support/certificates')

describe('TLS by files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vetspace-tls-'))
    await use('first', ['cert', 'key'])
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const file = (part: string): string => path.join(folder, `${part}.pem`)
  const use = async (name: string, parts: readonly string[]): Promise<void> => {
    for (const part of parts) await copyFile(path.join(certificates, `${name}.${part}.pem`), file(part))
  }
  const start = (): Promise<TestServer> =>
    startServer({ env: { TLS_CERT_FILE: file('cert'), TLS_KEY_FILE: file('key') } })

  /** One exchange over a connection of its own: whose certificate it showed, and what came back. */
  const ask = async (server: TestServer, options: object = {}): Promise<{ name: string; answer: string }> => {
    const { hostname, port } = new URL(server.url)
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options })
    await once(socket, 'secureConnect')
    const name = String(socket.getPeerCertificate().subject.CN)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(
      'GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n',
    )
    await once(socket, 'close')
    return { name, answer: Buffer.concat(chunks).toString() }
  }
  const told = async (server: TestServer, text: string): Promise<void> => {
    while (!server.logged.some((line) => line.includes(text))) await new Promise((r) => setTimeout(r, 50))
  }

  it('serves HTTPS, says so to browsers, and names itself so', async () => {
    await using server = await start()
    expect(server.url).to.match(/^https:/)
    const { name, answer } = await ask(server)
    expect(name).to.equal('first.vetspace.test')
    expect(answer)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.match(/^Strict-Transport-Security: max-age=31536000/im)
    expect(answer).to.contain('"issuer":"https://a.example"')
  })

  it('speaks no old version of TLS, and no plain HTTP', async () => {
    await using server = await start()
    const old = await ask(server, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }).then(
      () => 'spoken',
      (error: Error) => error.message,
    )
    expect(old).not.to.equal('spoken')
    const plain = await fetch(server.url.replace('https:', 'http:')).then(
      () => 'spoken',
      (error: Error) => error.message,
    )
    expect(plain).to.equal('fetch failed')
  })

  it('waits no longer for a handshake than for the head of a request', async () => {
    const env = { TLS_CERT_FILE: file('cert'), TLS_KEY_FILE: file('key'), HEADERS_TIMEOUT: '1' }
    await using server = await startServer({ env })
    const { hostname, port } = new URL(server.url)
    const silent = connectPlain({ host: hostname, port: Number(port) })
    silent.on('error', () => undefined)
    silent.resume()
    await once(silent, 'close')
  })

  it('takes a changed certificate without a stop, and keeps the one before where the new one is not right', async () => {
    await using server = await start()
    await use('second', ['cert'])
    await told(server, 'the one before goes on')
    expect((await ask(server)).name).to.equal('first.vetspace.test')
    await use('second', ['key'])
    await told(server, 'The changed certificate is in use')
    expect((await ask(server)).name).to.equal('second.vetspace.test')
  })

  it('does not start with files that are no certificate or do not belong together', async () => {
    const refused = async (): Promise<string> => {
      try {
        await (await start())[Symbol.asyncDispose]()
        return 'started'
      } catch (error) {
        expect(error).to.be.instanceOf(ConfigError)
        return (error as Error).message
      }
    }
    await use('second', ['key'])
    expect(await refused()).to.contain('the key is not that of the certificate')
    await writeFile(file('cert'), 'no certificate')
    expect(await refused()).to.contain('TLS_CERT_FILE')
    await rm(file('cert'))
    expect(await refused()).to.contain('ENOENT')
  })
})

describe('TLS that a proxy ends', () => {
  it('is known by X-Forwarded-Proto of a proxy that is trusted, and of nobody else', async () => {
    const issuer = async (env: Record<string, string>): Promise<unknown> => {
      await using server = await startServer({ env })
      const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example' }
      return (await server.request('/.well-known/oauth-authorization-server', { headers })).body['issuer']
    }
    expect(await issuer({})).to.match(/^http:\/\/127/)
    expect(await issuer({ PUBLIC_URL: 'https://api.example' })).to.equal('https://api.example')
    expect(await issuer({ TRUST_PROXY: '192.0.2.0/24' })).to.match(/^http:\/\/127/)
    expect(await issuer({ TRUST_PROXY: 'loopback' })).to.match(/^https:/)
  })
})
