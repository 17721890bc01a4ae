import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

describe('The replication protocol', () => {
  let server: OpenReplication
  let db = ''
  let count = 0
  const call = (path: string, options?: Parameters<OpenReplication['request']>[1]) =>
    server.request(db + path, options)
  const put = async (id: string, json: Json = {}): Promise<string> => {
    const { body } = await call(`/${encodeURIComponent(id)}`, { method: 'PUT', json })
    return String(body['rev'])
  }
  const refused = async (path: string, options: Parameters<typeof call>[1], answer: [number, string]) => {
    const { status, body } = await call(path, options)
    expect([status, body['error']], path).to.deep.equal(answer)
    expect(body['reason']).to.be.a('string')
  }

  before(async () => {
    server = await startOpenReplication()
  })
  beforeEach(async () => {
    db = `/db-${++count}`
    expect((await call('', { method: 'PUT' })).status).to.equal(201)
  })
  after(async () => {
    expect(server.faults).to.deep.equal([])
    await server[Symbol.asyncDispose]()
  })

  it('greets, and makes and removes databases', async () => {
    expect((await server.request('/')).body).to.include({ couchdb: 'Welcome' })
    expect((await server.request('/', { method: 'HEAD' })).status).to.equal(200)
    expect((await server.request('/_session')).body).to.include({ ok: true })
    await refused('', { method: 'PUT' }, [412, 'file_exists'])
    expect((await server.request('/Bad', { method: 'PUT' })).body['error']).to.equal('illegal_database_name')
    expect((await call('', { method: 'DELETE' })).body).to.deep.equal({ ok: true })
    await refused('', { method: 'DELETE' }, [404, 'not_found'])
    await refused('/_changes', {}, [404, 'not_found'])
  })

  it('tells bad input from good, and goes on', async () => {
    const rev = await put('a', { x: 1 })
    const bad = (raw: string) => ({ method: 'PUT', raw })
    await refused('/b', bad('{"x":'), [400, 'bad_request'])
    await refused('/b', bad('[1]'), [400, 'bad_request'])
    await refused('/b', bad(''), [400, 'bad_request'])
    await refused('/b', bad('{"_foo":1}'), [400, 'doc_validation'])
    await refused('/b', bad('{"__proto__":{"x":1}}'), [400, 'doc_validation'])
    await refused('/b', bad('{"a":"\\ud800"}'), [400, 'bad_request'])
    await refused('/b', bad(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), [400, 'bad_request'])
    await refused('/_b', bad('{}'), [400, 'illegal_docid'])
    await refused('/a', bad('{"_rev":"zz"}'), [400, 'bad_request'])
    await refused('/a', bad('{"_rev":"1-abc"}'), [409, 'conflict'])
    await refused(`/a?rev=${rev}`, bad('{"_rev":"1-abc"}'), [400, 'bad_request'])
    await refused('/%zz', {}, [400, 'bad_request'])
    await refused('/a?rev=zz', {}, [400, 'bad_request'])
    await refused('/a?open_revs=zz', {}, [400, 'bad_request'])
    await refused('/_all_docs?limit=-1', {}, [400, 'query_parse_error'])
    await refused('/_all_docs?startkey=x', {}, [400, 'bad_request'])
    await refused('/_bulk_docs', { json: { docs: {} } }, [400, 'bad_request'])
    await refused('/_bulk_docs', { json: [] }, [400, 'bad_request'])
    await refused('/_bulk_docs', { raw: '{}', headers: { 'Content-Type': 'text/plain' } }, [
      415,
      'bad_content_type',
    ])
    await refused('/_revs_diff', { json: { a: 'x' } }, [400, 'bad_request'])
    await refused('/_revs_diff', { json: { a: ['zz'] } }, [400, 'bad_request'])
    await refused('/_bulk_get', { json: {} }, [400, 'bad_request'])
    await refused('/_changes', { method: 'PUT', json: {} }, [405, 'method_not_allowed'])
    expect((await call('/a')).body).to.include({ x: 1, _rev: rev })
  })

  it('takes documents up to 8 MB; a larger one in a batch harms no other', async () => {
    await refused('/big', { method: 'PUT', json: { a: 'x'.repeat(8_100_000) } }, [413, 'document_too_large'])
    await refused('/big', { method: 'PUT', json: { a: 'x'.repeat(7_500_000) } }, [413, 'document_too_large'])
    const docs = [
      { _id: 'one' },
      { _id: 'big', a: 'x'.repeat(9_000_000) },
      { _id: 'half', a: '\ud800' },
      { _id: 'two' },
    ]
    const { status, text } = await call('/_bulk_docs', { json: { docs } })
    const rows = JSON.parse(text) as { id: string; error?: string }[]
    expect([status, ...rows.map(({ id, error }) => `${id} ${error ?? 'ok'}`)]).to.deep.equal([
      ...[201, 'one ok', 'big document_too_large', 'half bad_request', 'two ok'],
    ])
    expect((await call('/two')).status).to.equal(200)
  })

  it('inflates what comes compressed', async () => {
    const response = await fetch(`${server.url}${db}/zipped`, {
      method: 'PUT',
      body: gzipSync('{"x":1}'),
      headers: { 'Content-Encoding': 'gzip' },
    })
    expect(response.status).to.equal(201)
    expect((await call('/zipped')).body).to.include({ x: 1 })
    const broken = { 'Content-Encoding': 'gzip' }
    await refused('/b', { method: 'PUT', raw: '{}', headers: broken }, [400, 'bad_request'])
  })

  it('serves a revision, its ancestry, its conflicts, and a tombstone', async () => {
    const first = await put('a', { n: 1 })
    const second = await put('a', { _rev: first, n: 2 })
    const loser = { _rev: '2-0', _revisions: { start: 2, ids: ['0', first.slice(2)] }, n: 'lost' }
    expect((await call('/a?new_edits=false', { method: 'PUT', json: loser })).status).to.equal(201)
    expect((await call('/a?revs=true')).body['_revisions']).to.deep.equal({
      start: 2,
      ids: [second.slice(2), first.slice(2)],
    })
    expect((await call('/a?conflicts=true')).body['_conflicts']).to.deep.equal(['2-0'])
    expect((await call('/a?rev=2-0')).body).to.include({ n: 'lost' })
    const all = await call('/_bulk_get', { json: { docs: [{ id: 'a' }] } })
    expect(all.text.match(/"_rev":"[^"]*"/g)).to.deep.equal([`"_rev":"${second}"`, '"_rev":"2-0"'])
    expect((await call('/a?revs_info=true')).body['_revs_info']).to.deep.equal([
      { rev: second, status: 'available' },
      { rev: first, status: 'missing' },
    ])
    await refused(`/a?rev=${first}`, {}, [404, 'not_found'])
    expect((await call(`/a?rev=${first}&latest=true`)).body).to.include({ n: 2 })
    const mixed = await call('/a?open_revs=all')
    expect(mixed.headers.get('content-type')).to.match(/^multipart\/mixed; boundary=/)
    expect(mixed.text.match(/Content-Type: application\/json\r\n/g)).to.have.length(2)
    const etag = { 'If-None-Match': `"${second}"` }
    expect((await call('/a', { headers: etag })).status).to.equal(304)
    for (const rev of [second, '2-0']) await call(`/a?rev=${rev}`, { method: 'DELETE' })
    await refused('/a', {}, [404, 'not_found'])
    expect((await call('/a')).body['reason']).to.equal('deleted')
  })

  it('takes a revision’s name from its ancestry, where the two differ', async () => {
    const doc = { _id: 'a', _rev: '2-a', _revisions: { start: 1, ids: ['a'] } }
    expect((await call('/_bulk_docs', { json: { new_edits: false, docs: [doc] } })).text).to.equal('[]\n')
    expect((await call('/a')).body).to.include({ _rev: '1-a' })
    const edit = { _id: 'a', _rev: '7-x', _revisions: { start: 1, ids: ['a'] }, n: 1 }
    expect((await call('/_bulk_docs', { json: { docs: [edit] } })).text).to.include('"rev":"2-')
  })

  it('lists documents by range and by key', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await put(id)
    const { body } = await call('/c')
    await call(`/c?rev=${String(body['_rev'])}`, { method: 'DELETE' })
    const ids = async (query: string): Promise<unknown[]> =>
      ((await call(`/_all_docs?${query}`)).body['rows'] as { id: string }[]).map(({ id }) => id)
    expect(await ids('')).to.deep.equal(['a', 'b', 'd'])
    expect(await ids('descending=true&limit=1&skip=1')).to.deep.equal(['b'])
    expect(await ids('startkey="b"&endkey="d"&inclusive_end=false')).to.deep.equal(['b'])
    expect(await ids('startkey="d"&endkey="b"&descending=true')).to.deep.equal(['d', 'b'])
    expect(await ids('limit=0')).to.deep.equal([])
    // RxDB says in the body what belongs into the query.
    const keyed = await call('/_all_docs', { json: { keys: ['d', 'c', 'zz', 1], include_docs: true } })
    const rows = keyed.body['rows'] as { id?: string; doc?: Json | null; error?: string }[]
    expect(rows.map(({ doc, error }) => error ?? doc?.['_id'] ?? null)).to.deep.equal([
      ...['d', null, 'not_found', 'not_found'],
    ])
  })

  it('lists more documents than fit into a page, forwards and backwards', async () => {
    const docs = Array.from({ length: 1203 }, (_, n) => ({ _id: String(n).padStart(5, '0') }))
    await call('/_bulk_docs', { json: { docs } })
    const ids = docs.map(({ _id }) => _id)
    for (const [query, expected] of [
      ['', ids],
      ['descending=true', [...ids].reverse()],
      ['skip=600&limit=600', ids.slice(600, 1200)],
    ] as const) {
      const rows = (await call(`/_all_docs?${query}`)).body['rows'] as { id: string }[]
      expect(rows.map(({ id }) => id)).to.deep.equal(expected)
    }
    const all = (await call('/_changes?descending=true&limit=3')).body['results'] as { id: string }[]
    expect(all.map(({ id }) => id)).to.deep.equal(ids.slice(-3).reverse())
    expect((await call('/_changes')).body['results']).to.have.length(1203)
  })

  it('keeps _local documents, which do not replicate', async () => {
    await refused('/_local/x', {}, [404, 'not_found'])
    const local = (json: Json) => call('/_local/x', { method: 'PUT', json })
    expect((await local({ n: 1 })).body).to.deep.equal({ ok: true, id: '_local/x', rev: '0-1' })
    expect((await local({ n: 2, _rev: '0-1' })).body).to.include({ rev: '0-2' })
    expect((await call('/_local/x')).body).to.deep.equal({ _id: '_local/x', _rev: '0-2', n: 2 })
    expect((await call('/_changes')).body['results']).to.deep.equal([])
    expect((await call('/_local/x', { method: 'DELETE' })).status).to.equal(200)
    await refused('/_local/x', {}, [404, 'not_found'])
  })

  it('tells which revisions are missing, and from what they may come', async () => {
    const rev = await put('a')
    const raw = `{"a":["${rev}","3-abc"],"zz":["1-abc"],"__proto__":["1-a"]}`
    const { text } = await call('/_revs_diff', { raw })
    expect(text).to.equal(
      `{"a":{"missing":["3-abc"],"possible_ancestors":["${rev}"]},` +
        '"zz":{"missing":["1-abc"]},"__proto__":{"missing":["1-a"]}}\n',
    )
    const empty = await call('/_ensure_full_commit', { json: {} })
    expect(empty.body).to.include({ ok: true })
  })
})
