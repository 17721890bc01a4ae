/** Request bodies: what is taken, what is refused, and when. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { startServer, testCall, type SignedIn, type TestServer } from '../support/server.ts'

const loginPath = '/v2/authentication/login'
const uploadPath = '/v2/mobile/uploadClientItems'
const json = { 'Content-Type': 'application/json' }

const echo = testCall('/echo', 'none', async ({ body }) => ({ status: 200, body: { body } }))

describe('bodies', () => {
  let server: TestServer
  let amelia: SignedIn
  before(async () => {
    server = await startServer({ calls: [echo], env: { BODY_LIMIT: '20000' } })
    amelia = await server.signIn('amelia.vet')
  })
  after(() => server[Symbol.asyncDispose]())

  const codeOf = async (...request: Parameters<TestServer['request']>): Promise<string> => {
    const { status, body } = await server.request(...request)
    return `${status} ${String(body['code'])}`
  }

  it('are refused when they are not JSON', async () => {
    for (const raw of ['{', '{"a":1,}', 'undefined', '\u0000', '['.repeat(100_000 / 10)])
      expect(await codeOf('/echo', { raw, headers: json }), raw.slice(0, 20)).to.equal('400 MALFORMED_JSON')
    const invalid = new Uint8Array([0x22, 0xff, 0xfe, 0x22])
    expect(await codeOf('/echo', { raw: invalid, headers: json })).to.equal('400 MALFORMED_JSON')
  })
  it('are refused in another type or encoding', async () => {
    const text = { 'Content-Type': 'text/plain' }
    expect(await codeOf('/echo', { raw: '{}', headers: text })).to.equal('415 UNSUPPORTED_MEDIA_TYPE')
    const latin = { 'Content-Type': 'application/json; charset=iso-8859-1' }
    expect(await codeOf('/echo', { raw: '{}', headers: latin })).to.equal('415 UNSUPPORTED_MEDIA_TYPE')
    const zstd = { ...json, 'Content-Encoding': 'zstd' }
    expect(await codeOf('/echo', { raw: '{}', headers: zstd })).to.equal('415 UNSUPPORTED_ENCODING')
  })
  it('are asked for where one is missing', async () => {
    expect(await codeOf(loginPath, { method: 'POST' })).to.equal('400 INVALID_REQUEST')
  })
  it('may be of a +json type, begin with a byte order mark, and come compressed', async () => {
    const patch = { 'Content-Type': 'application/merge-patch+json' }
    expect(
      (await server.request('/echo', { raw: '\uFEFF{"a":1}', headers: patch })).body['body'],
    ).to.deep.equal({ a: 1 })
    const text = JSON.stringify({ name: 'Bramble' })
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      const raw = compress(text)
      const { body } = await server.request('/echo', {
        raw,
        headers: { ...json, 'Content-Encoding': encoding },
      })
      expect(body['body'], encoding).to.deep.equal({ name: 'Bramble' })
    }
  })
  it('are refused over the limit, which counts what they inflate to', async () => {
    const large = JSON.stringify('x'.repeat(30_000))
    expect(await codeOf('/echo', { raw: large, headers: json })).to.equal('413 BODY_TOO_LARGE')
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    expect(bomb.length).to.be.lessThan(60_000)
    const headers = { ...json, 'Content-Encoding': 'gzip' }
    expect(await codeOf('/echo', { raw: bomb, headers })).to.equal('413 BODY_TOO_LARGE')
    const small = gzipSync(Buffer.alloc(15_000_000, ' '))
    expect(small.length).to.be.lessThan(20_000)
    expect(await codeOf('/echo', { raw: small, headers })).to.equal('413 BODY_TOO_LARGE')
  })
  it('are refused when they are not what Content-Encoding says, or cut short', async () => {
    const headers = { ...json, 'Content-Encoding': 'gzip' }
    expect(await codeOf('/echo', { raw: '{}', headers })).to.equal('400 INVALID_REQUEST')
    const cut = gzipSync(JSON.stringify('y'.repeat(1000))).subarray(0, 20)
    expect(await codeOf('/echo', { raw: cut, headers })).to.equal('400 INVALID_REQUEST')
  })
  it('cannot change what objects are, nor bring half a character', async () => {
    const raw =
      '{"__proto__":{"admin":true},"\\u005f_proto__":1,"a":[{"__proto__":null,"b":"x\\ud83d"}],"c":1,"c":2}'
    const { body } = await server.request('/echo', { raw, headers: json })
    expect(body['body']).to.deep.equal({ a: [{ b: 'x\uFFFD' }], c: 2 })
    expect(({} as Record<string, unknown>)['admin']).to.equal(undefined)
  })
  it('are not looked at before the caller is known', async () => {
    expect(await codeOf(uploadPath, { raw: '{', headers: json })).to.equal('401 TOKEN_MISSING')
  })
  it('of more than 500 items are too many, and 500 are not', async () => {
    const batch = (n: number) => ({
      json: { deviceId: 'd', batchId: 'b', sentAt: new Date().toISOString(), items: Array(n).fill({}) },
      headers: amelia.headers,
    })
    const { status, body } = await server.request(uploadPath, batch(501))
    expect(`${status} ${String(body['code'])}`).to.equal('413 BATCH_TOO_LARGE')
    expect((body['errors'] as { path: string }[])[0]?.path).to.equal('items')
    expect((await server.request(uploadPath, batch(500))).status).to.equal(200)
  })
})
