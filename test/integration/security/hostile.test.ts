/** Requests that are made to harm: bombs, smuggled requests, names that look like others. */
import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { demoPassword } from '../../../server/demo/practice.ts'
import { rawBytes, rawRequest } from '../../support/raw-request.ts'
import { startServer, type TestServer } from '../../support/server.ts'

describe('hostile requests', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server[Symbol.asyncDispose]())

  const login = '/v2/authentication/login'
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
  const host = (): string => new URL(server.url).host

  it('JSON bombs are refused before they go off', async () => {
    const zeros = gzipSync(Buffer.alloc(200 * 1024 * 1024, '0'))
    for (const [what, raw, headers] of [
      ['nesting', '['.repeat(500_000), {}],
      ['nested objects', '{"a":'.repeat(100_000), {}],
      ['a long number', `{"accountId":${'9'.repeat(500_000)}}`, {}],
      ['many keys', `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":1`).join(',')}}`, {}],
      ['a gzip bomb', zeros, { 'Content-Encoding': 'gzip' }],
      ['no gzip at all', 'xxxx', { 'Content-Encoding': 'gzip' }],
      ['many encodings', '{}', { 'Content-Encoding': 'gzip, gzip, gzip' }],
      ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), {}],
      ['nothing', ' ', {}],
    ] as [string, string | Uint8Array, Record<string, string>][]) {
      const { status, text } = await server.request(login, {
        raw,
        headers: { 'Content-Type': 'application/json', ...headers },
      })
      expect(status, what).to.be.oneOf([400, 413, 415])
      expect(text.length, what).to.be.lessThan(100_000)
    }
  })

  it('keys that mean something to JavaScript or to a database mean nothing', async () => {
    const ApiToken = await server.login()
    for (const raw of [
      '{"username":{"$gt":""},"password":{"$gt":""}}',
      '{"username":["amelia.vet"],"password":"x"}',
      `{"__proto__":{"username":"amelia.vet","password":"${demoPassword}"}}`,
      `{"constructor":{"prototype":{"username":"amelia.vet"}},"password":"${demoPassword}"}`,
      '{"username":"amelia.vet","password":{"$regex":".*"}}',
    ]) {
      const { status } = await server.request('/v2/authentication/verifyUser', {
        raw,
        headers: { 'Content-Type': 'application/json', ApiToken },
      })
      expect(status, raw).to.equal(400)
    }
    expect({}).not.to.have.property('username')
  })

  it('a password is nothing less and nothing more than what was typed', async () => {
    for (const more of ['\u0000', '\u0000\u0000', ' ', '\n'])
      expect((await server.verify('nina.nurse', demoPassword + more)).status, JSON.stringify(more)).to.equal(
        401,
      )
    expect((await server.verify('nina.nurse', demoPassword)).status).to.equal(200)
  })

  it('a name that looks like another is another, and one written otherwise is the same', async () => {
    for (const name of [
      'аmelia.vet',
      'amelia․vet\u0301',
      'amelia.vet\u200b',
      'amelia.vet\u0000',
      'user:amelia.vet',
      'amelia.vet/../ben.vet',
    ])
      expect((await server.verify(name, demoPassword)).status, name).to.be.oneOf([400, 401])
    for (const name of ['AMELIA.VET', ' amelia.vet ', 'ａｍｅｌｉａ.vet'])
      expect((await server.verify(name, demoPassword)).status, name).to.equal(200)
    const headers = { ApiToken: await server.login() }
    for (const email of [
      'CAROL@example.com',
      'carol@EXAMPLE.com',
      'ｃarol@example.com',
      'cаrol@example.com',
    ]) {
      const json = {
        ...{ email, title: null, firstName: 'Not', lastName: 'Carol', mobile: '+44 7700 900123' },
        ...{ password: 'Three-Grey-Mares-9', acceptTerms: true },
      }
      const { status } = await server.request('/v2/global/captureUserInfo', { json, headers })
      expect(status, email).to.be.oneOf([409, 422])
    }
  })

  it('a request cannot be hidden in another', async () => {
    const inner = `GET /health HTTP/1.1\r\nHost: ${host()}\r\n\r\n`
    for (const [what, head] of [
      ['length and chunks', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`],
      ['two lengths', `Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`],
      ['a signed length', `Content-Length: +0\r\n`],
      ['an unknown coding', `Transfer-Encoding: xchunked\r\n`],
      ['a space before the colon', `Transfer-Encoding : chunked\r\n`],
      ['a folded header', `Transfer-Encoding:\r\n chunked\r\n`],
      ['a bare line feed', `X: y\nTransfer-Encoding: chunked\r\n`],
      ['a NUL', `X: a\u0000b\r\n`],
    ]) {
      const bytes = `POST ${login} HTTP/1.1\r\nHost: ${host()}\r\nContent-Type: application/json\r\n${head}Connection: close\r\n\r\n0\r\n\r\n${inner}`
      const answers = (await rawBytes(server.url, bytes)).match(/HTTP\/1\.1 \d{3}/g) ?? []
      expect(answers.length, `${what}: ${answers.join(', ')}`).to.be.at.most(1)
      if (answers[0]) expect(Number(answers[0].slice(-3)), what).to.be.oneOf([400, 501])
    }
  })

  it('headers that are too large, too many, twice, or of another server are refused or mean nothing', async () => {
    const big = await rawRequest(server.url, 'GET /health HTTP/1.1', { 'X-Big': 'a'.repeat(40_000) })
    expect(statusOf(big)).to.equal(431)
    const ApiToken = await server.login()
    const twice = await rawBytes(
      server.url,
      `GET /v2/global/groups HTTP/1.1\r\nHost: ${host()}\r\nApiToken: ${ApiToken}\r\nApiToken: x\r\nConnection: close\r\n\r\n`,
    )
    expect(statusOf(twice)).to.equal(401)
    const absolute = await rawRequest(server.url, 'GET http://evil.example/v2/global/groups HTTP/1.1')
    expect(statusOf(absolute)).to.be.oneOf([400, 401, 404])
    const noHost = await rawBytes(server.url, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')
    expect(statusOf(noHost)).to.equal(400)
    const hosts = `GET /health HTTP/1.1\r\nHost: ${host()}\r\nhost: evil.example\r\nConnection: close\r\n\r\n`
    expect(statusOf(await rawBytes(server.url, hosts)), 'two hosts').to.equal(400)
    for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'GET\u0000'])
      expect(
        statusOf(await rawRequest(server.url, `${method} /health HTTP/1.1`)) || 400,
        method,
      ).to.be.within(400, 499)
    const spoofed = await server.request('/health', { headers: { 'X-Request-Id': 'a\tb<script>' } })
    expect(spoofed.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/)
    const override = await server.request('/health', { headers: { 'X-HTTP-Method-Override': 'DELETE' } })
    expect(override.status).to.equal(200)
  })
})
