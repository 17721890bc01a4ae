import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

/** A body of several parts, as CouchDB's replicator writes them. */
const related = (json: Json, parts: { name?: string; data: string | Buffer; type?: string }[]): Buffer => {
  const chunks = [Buffer.from(`--b\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(json)}`)]
  for (const { name, data, type = 'text/plain' } of parts) {
    const named = name === undefined ? '' : `Content-Disposition: attachment; filename="${name}"\r\n`
    chunks.push(Buffer.from(`\r\n--b\r\n${named}Content-Type: ${type}\r\n\r\n`), Buffer.from(data))
  }
  return Buffer.concat([...chunks, Buffer.from('\r\n--b--')])
}

const inline = (text: string, content_type = 'text/plain') => ({
  content_type,
  data: Buffer.from(text, 'latin1').toString('base64'),
})
const follows = (length: number, more: Json = {}) => ({
  follows: true,
  content_type: 'text/plain',
  length,
  ...more,
})

describe('Attachments through the replication protocol', () => {
  let server: OpenReplication
  let db = ''
  let count = 0
  const call = (path: string, options?: Parameters<OpenReplication['request']>[1]) =>
    server.request(db + path, options)
  const put = async (path: string, json: Json): Promise<string> => {
    const { body, status } = await call(path, { method: 'PUT', json })
    expect(status, JSON.stringify(body)).to.equal(201)
    return String(body['rev'])
  }
  const putRelated = (path: string, body: Buffer) =>
    fetch(server.url + db + path, {
      method: 'PUT',
      headers: { 'Content-Type': 'multipart/related; boundary="b"' },
      body: new Uint8Array(body),
    })
  const text = async (path: string): Promise<string> => (await call(path)).text

  before(async () => {
    server = await startOpenReplication()
  })
  beforeEach(async () => {
    db = `/db-${++count}`
    await call('', { method: 'PUT' })
  })
  after(async () => {
    expect(server.faults).to.deep.equal([])
    await server[Symbol.asyncDispose]()
  })

  it('come within a document, are shown as stubs, and are read by themselves', async () => {
    const rev = await put('/a', { _attachments: { 'x/ü.txt': inline('hello'), b: { data: 'AP8=' } } })
    const { body } = await call('/a')
    expect(body['_attachments']).to.deep.equal({
      'x/ü.txt': {
        content_type: 'text/plain',
        revpos: 1,
        digest: 'md5-XUFAKrxLKna5cZ2REBfFkg==',
        length: 5,
        stub: true,
      },
      b: {
        content_type: 'application/octet-stream',
        revpos: 1,
        digest: 'md5-0H0076xjKAB61nx+CpheAA==',
        length: 2,
        stub: true,
      },
    })
    for (const path of ['/a/x/%C3%BC.txt', '/a/x%2F%C3%BC.txt', `/a/x/%C3%BC.txt?rev=${rev}`]) {
      const { headers, status, text: bytes } = await call(path)
      expect([status, bytes, headers.get('content-type')], path).to.deep.equal([200, 'hello', 'text/plain'])
      expect(headers.get('etag')).to.equal('"XUFAKrxLKna5cZ2REBfFkg=="')
      expect(headers.get('content-security-policy')).to.equal('sandbox')
    }
    const cached = await call('/a/b', { headers: { 'If-None-Match': '"0H0076xjKAB61nx+CpheAA=="' } })
    expect(cached.status).to.equal(304)
    const head = await call('/a/b', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.text]).to.deep.equal([200, '2', ''])
  })

  it('are read in parts', async () => {
    await put('/a', { _attachments: { f: inline('0123456789') } })
    const part = async (range: string) => {
      const { status, headers, text: bytes } = await call('/a/f', { headers: { Range: range } })
      return [status, headers.get('content-range'), bytes]
    }
    expect(await part('bytes=2-4')).to.deep.equal([206, 'bytes 2-4/10', '234'])
    expect(await part('bytes=-3')).to.deep.equal([206, 'bytes 7-9/10', '789'])
    expect(await part('bytes=8-')).to.deep.equal([206, 'bytes 8-9/10', '89'])
    expect((await part('bytes=20-30')).slice(0, 2)).to.deep.equal([416, 'bytes */10'])
    expect(await part('lines=1-2')).to.deep.equal([200, null, '0123456789'])
    const several = await call('/a/f', { headers: { Range: 'bytes=0-0,9-9' } })
    expect(several.headers.get('content-type')).to.match(/^multipart\/byteranges; boundary=/)
    expect(several.text).to.include('Content-Range: bytes 0-0/10\r\n\r\n0\r\n').and.include('\r\n\r\n9\r\n')
  })

  it('are put and removed by themselves, each a revision of the document', async () => {
    const typed = { headers: { 'Content-Type': 'image/png' }, method: 'PUT' }
    const made = await call('/a/pic.png', { ...typed, raw: 'PNG' })
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, `${server.url}${db}/a/pic.png`])
    const first = String(made.body['rev'])
    const more = await call(`/a/b?rev=${first}`, { ...typed, raw: 'B' })
    expect(await text('/a/pic.png')).to.equal('PNG')
    const second = String(more.body['rev'])
    const removed = await call(`/a/pic.png?rev=${second}`, { method: 'DELETE' })
    expect([removed.status, String(removed.body['rev'])[0]]).to.deep.equal([200, '3'])
    expect(Object.keys((await call('/a')).body['_attachments'] as Json)).to.deep.equal(['b'])
    const answers = [
      [await call('/a/b', { ...typed, raw: 'x' }), 409],
      [await call(`/a/b?rev=${first}`, { ...typed, raw: 'x' }), 409],
      [await call('/new/b?rev=1-abc', { ...typed, raw: 'x' }), 409],
      [await call(`/a/none?rev=${String(removed.body['rev'])}`, { method: 'DELETE' }), 404],
      [await call('/a/b?rev=zz', { ...typed, raw: 'x' }), 400],
      [await call('/a/_b', { ...typed, raw: 'x' }), 400],
      [await call('/n/b', { ...typed, headers: { ...typed.headers, 'Content-MD5': 'AAAA' }, raw: 'x' }), 400],
      [await call('/a/none'), 404],
      [await call('/none/b'), 404],
      [await call('/a/b?rev=9-abc'), 404],
      [await call('/a/b', { method: 'POST', raw: 'x' }), 405],
      [await call('/_local/a/b', { ...typed, raw: 'x' }), 400],
    ] as const
    for (const [at, [{ status, text: said }, expected]] of answers.entries())
      expect(status, `${at}: ${said}`).to.equal(expected)
  })

  it('come in parts behind the document, by their names or in their order, gzip or not', async () => {
    const zipped = gzipSync('zipped')
    const json = {
      n: 1,
      _attachments: {
        one: follows(3),
        '2': follows(6, { encoding: 'gzip', encoded_length: zipped.length }),
        here: inline('inline'),
      },
    }
    const byName = related(json, [
      { name: 'one', data: 'ONE' },
      { name: '2', data: zipped },
    ])
    expect((await putRelated('/a', byName)).status).to.equal(201)
    expect([await text('/a/one'), await text('/a/2'), await text('/a/here')]).to.deep.equal([
      'ONE',
      'zipped',
      'inline',
    ])
    const binary = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10])
    const inOrder = related({ _attachments: { x: follows(8), y: follows(0) } }, [
      { data: binary },
      { data: '' },
    ])
    const answer = await putRelated('/b', inOrder)
    expect(answer.status).to.equal(201)
    const bytes = Buffer.from(await (await fetch(`${server.url}${db}/b/x`)).arrayBuffer())
    expect(Buffer.compare(bytes, binary)).to.equal(0)
  })

  it('are refused where they are not what they say, and the rest is unharmed', async () => {
    const bad: [Buffer, string][] = [
      [related({ _attachments: { x: follows(3) } }, []), 'nothing follows'],
      [related({ _attachments: { x: follows(9) } }, [{ data: 'abc' }]), 'too short'],
      [related({}, [{ data: 'abc' }]), 'nobody asked'],
      [related({ _attachments: { x: follows(3) } }, [{ data: 'abc' }]).subarray(0, -9), 'cut'],
      [related({ _attachments: { x: follows(3, { encoding: 'gzip' }) } }, [{ data: 'abc' }]), 'no gzip'],
      [Buffer.from('nothing'), 'no parts'],
    ]
    for (const [body, why] of bad) expect((await putRelated('/a', body)).status, why).to.equal(400)
    for (const _attachments of [
      [],
      { x: 'foo' },
      { x: {} },
      { x: { data: '***' } },
      { x: { data: 5 } },
      { _x: inline('a') },
      { '': inline('a') },
      { x: follows(3) },
    ])
      expect((await call('/a', { method: 'PUT', json: { _attachments } })).status).to.equal(400)
    const stub = { _attachments: { x: { stub: true } } }
    expect((await call('/a', { method: 'PUT', json: stub })).status).to.equal(412)
    const { text: rows } = await call('/_bulk_docs', {
      json: { docs: [{ _id: 'a', ...stub }, { _id: 'b' }] },
    })
    expect((JSON.parse(rows) as Json[]).map(({ error }) => error)).to.deep.equal(['missing_stub', undefined])
    expect((await call('/a')).status).to.equal(404)
    const type = { 'x-evil': { ...inline('a'), content_type: 'a/b\r\nSet-Cookie: x=1' } }
    await put('/t', { _attachments: type })
    expect((await call('/t/x-evil')).headers.get('content-type')).to.equal('application/octet-stream')
  })

  it('go out with a document: inline, in parts, all or those after a revision', async () => {
    const first = await put('/a', { _attachments: { old: inline('old') } })
    const rev = await put('/a', {
      _rev: first,
      _attachments: { old: { stub: true }, new: inline('new', 'image/png') },
    })
    const json = { headers: { Accept: 'application/json' } }
    const shown = async (path: string) => {
      const attached = (await call(path, json)).body['_attachments'] as Record<string, Json>
      return Object.entries(attached).map(([name, { data, stub }]) => `${name}:${String(data ?? stub)}`)
    }
    expect(await shown('/a?attachments=true')).to.have.members(['old:b2xk', 'new:bmV3'])
    expect(await shown(`/a?atts_since=["${first}"]`)).to.have.members(['old:true', 'new:bmV3'])
    expect(await shown(`/a?atts_since=["${rev}"]`)).to.have.members(['old:true', 'new:true'])
    const { headers, text: parts } = await call('/a?attachments=true')
    expect(headers.get('content-type')).to.match(/^multipart\/related; boundary="\w+"$/)
    const both = { headers: { Accept: 'application/json, multipart/related' } }
    expect((await call('/a?attachments=true', both)).headers.get('content-type')).to.match(/^multipart/)
    expect(parts).to.include('"follows":true').and.include('Content-Length: 3\r\n\r\nnew\r\n--')
    const open = await call(`/a?open_revs=all&revs=true&atts_since=["${first}"]`, {
      headers: { Accept: 'multipart/mixed' },
    })
    expect(open.text).to.match(/multipart\/related; boundary="(\w+)"[^]*\r\nnew\r\n--\1--\r\n--\w+--$/)
    expect(open.text).to.not.include('\r\nold\r\n')
    const bulk = await call('/_bulk_get?attachments=true', { json: { docs: [{ id: 'a', rev }] } })
    expect(bulk.text).to.include('"data":"b2xk"').and.include('"data":"bmV3"')
    for (const path of ['/_all_docs', '/_changes']) {
      expect(await text(`${path}?include_docs=true&attachments=true`), path).to.include('"data":"bmV3"')
      expect(await text(`${path}?include_docs=true`), path).to.not.include('"data"')
    }
    expect((await call('/a?atts_since=["zz"]', json)).status).to.equal(400)
  })

  it('by a stub stand for the bytes that came with a revision of the same line', async () => {
    const replicated = (rev: string, _revisions: Json, _attachments: Json) =>
      call('/_bulk_docs', {
        json: { new_edits: false, docs: [{ _id: 'a', _rev: rev, _revisions, _attachments }] },
      })
    const told = {
      content_type: 'text/plain',
      revpos: 1,
      digest: 'md5-of-its-own-way',
      length: 5,
      stub: true,
    }
    await replicated('1-aa', { start: 1, ids: ['aa'] }, { x: inline('bytes') })
    expect((await replicated('2-bb', { start: 2, ids: ['bb', 'aa'] }, { x: told })).text).to.equal('[]\n')
    expect(await text('/a/x')).to.equal('bytes')
    const elsewhere = await replicated('2-cc', { start: 2, ids: ['cc', 'dd'] }, { x: told })
    expect(elsewhere.text).to.include('missing_stub')
  })
})
