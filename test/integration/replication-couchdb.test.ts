import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { startOpenReplication, type Json, type OpenReplication } from '../support/open-replication.ts'

const couch = process.env['COUCHDB_URL']

describe("CouchDB's own replicator", () => {
  if (couch === undefined) {
    console.warn('SKIPPED: replication with CouchDB (set COUCHDB_URL)')
    it('is tried where COUCHDB_URL is set', function () {
      this.skip()
    })
    return
  }
  let server: OpenReplication
  const { origin, username, password } = new URL(couch)
  const Authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  const ask = async (path: string, method = 'GET', json?: unknown): Promise<Json> => {
    const response = await fetch(`${origin}/${path}`, {
      method,
      headers: { Authorization, 'Content-Type': 'application/json', Accept: 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    return (await response.json()) as Json
  }
  const name = `replication-${randomUUID()}`
  const there = () => ({ url: `${origin}/${name}`, headers: { Authorization } })
  const here = () => ({ url: `${server.url}/db` })
  const leaves = (body: unknown): string[] =>
    (body as { ok: { _rev: string } }[]).map(({ ok }) => ok._rev).sort()

  before(async () => {
    server = await startOpenReplication()
    await server.request('/db', { method: 'PUT' })
    await ask(name, 'PUT')
  })
  after(async () => {
    await ask(name, 'DELETE')
    await server[Symbol.asyncDispose]()
  })

  it('pulls from this server: documents, ancestry, a conflict and a deletion', async () => {
    const docs = Array.from({ length: 500 }, (_, n) => ({ _id: `doc:${n} ü/`, n }))
    const { body } = await server.request('/db/_bulk_docs', { json: { docs } })
    const rows = body as unknown as { id: string; rev: string }[]
    const [first, second] = rows
    await server.request('/db/_bulk_docs', {
      json: {
        new_edits: false,
        docs: ['a', 'b'].map((hash) => ({
          _id: first?.id,
          _rev: `2-${hash.repeat(32)}`,
          _revisions: { start: 2, ids: [hash.repeat(32), first?.rev.slice(2)] },
          by: hash,
        })),
      },
    })
    const gone = encodeURIComponent(second?.id ?? '')
    await server.request(`/db/${gone}?rev=${second?.rev ?? ''}`, { method: 'DELETE' })
    expect(await ask('_replicate', 'POST', { source: here(), target: there() })).to.include({ ok: true })
    expect(await ask(name)).to.include({ doc_count: 499 })
    const id = encodeURIComponent(first?.id ?? '')
    const query = `${id}?open_revs=all&revs=true`
    const mine = await server.request(`/db/${query}`, { headers: { Accept: 'application/json' } })
    const theirs = await ask(`${name}/${query}`)
    expect(theirs).to.deep.equal(mine.body)
    expect(leaves(theirs)).to.have.length(2)
    expect(await ask(`${name}/${gone}`)).to.include({ reason: 'deleted' })
    const again = await ask('_replicate', 'POST', { source: here(), target: there() })
    expect(again).to.include({ ok: true, no_changes: true })
  })

  it('pushes to this server', async () => {
    const docs = Array.from({ length: 300 }, (_, n) => ({ _id: `theirs:${n}`, n }))
    await ask(`${name}/_bulk_docs`, 'POST', { docs })
    expect(await ask('_replicate', 'POST', { source: there(), target: here() })).to.include({ ok: true })
    const { body } = await server.request('/db/theirs%3A7')
    expect(body).to.deep.equal(await ask(`${name}/theirs%3A7`))
    expect((await server.request('/db')).body).to.include({ doc_count: 799 })
  })

  it('carries attachments both ways, and sends again only those that are new', async () => {
    const text = 'a text that CouchDB keeps compressed. '.repeat(100)
    const attach = (content_type: string, bytes: string) => ({
      content_type,
      data: Buffer.from(bytes, 'latin1').toString('base64'),
    })
    const both = { 'notes ü.txt': attach('text/plain', text), 'x/y.bin': attach('image/png', '\0\r\n--\xff') }
    const contents = async (url: string, id: string): Promise<string[]> => {
      const read = async (file: string) => {
        const answer = await fetch(`${url}/${id}/${file}`, { headers: { Authorization } })
        return `${answer.status} ${Buffer.from(await answer.arrayBuffer()).toString('latin1')}`
      }
      return [await read('notes%20%C3%BC.txt'), await read('x/y.bin'), await read('more')]
    }
    const expected = [`200 ${text}`, '200 \0\r\n--\xff']
    for (const [id, source, target] of [
      ['of-here', here, there],
      ['of-there', there, here],
    ] as const) {
      const put = async (url: string, json: Json): Promise<Json> => {
        const options = { method: 'PUT', headers: { Authorization }, body: JSON.stringify(json) }
        return (await (await fetch(`${url}/${id}`, options)).json()) as Json
      }
      const { rev } = await put(source().url, { _attachments: both })
      expect(await ask('_replicate', 'POST', { source: source(), target: target() })).to.include({ ok: true })
      expect((await contents(target().url, id)).slice(0, 2)).to.deep.equal(expected)
      const stubs = { 'notes ü.txt': { stub: true }, 'x/y.bin': { stub: true }, more: attach('a/b', 'more') }
      await put(source().url, { _rev: rev, _attachments: stubs })
      expect(await ask('_replicate', 'POST', { source: source(), target: target() })).to.include({ ok: true })
      expect(await contents(target().url, id)).to.deep.equal([...expected, '200 more'])
    }
  })

  it('replicates continuously', async () => {
    const job = { source: here(), target: there(), continuous: true }
    await ask('_replicate', 'POST', job)
    try {
      const { last_seq: since } = await ask(`${name}/_changes?since=now`)
      await server.request('/db/live', { method: 'PUT', json: { n: 1 } })
      const heard = await ask(
        `${name}/_changes?feed=longpoll&since=${encodeURIComponent(String(since))}&timeout=50000`,
      )
      expect((heard['results'] as { id: string }[]).map(({ id }) => id)).to.deep.equal(['live'])
    } finally {
      await ask('_replicate', 'POST', { ...job, cancel: true })
    }
    expect(server.faults).to.deep.equal([])
  })

  it('replicates continuously to this server', async () => {
    const job = { source: there(), target: here(), continuous: true }
    await ask('_replicate', 'POST', job)
    try {
      const { body } = await server.request('/db/_changes?since=now')
      await ask(`${name}/live-there`, 'PUT', { n: 1 })
      const since = encodeURIComponent(String(body['last_seq']))
      const heard = await server.request(`/db/_changes?feed=longpoll&since=${since}&timeout=50000`)
      expect((heard.body['results'] as { id: string }[]).map(({ id }) => id)).to.deep.equal(['live-there'])
    } finally {
      await ask('_replicate', 'POST', { ...job, cancel: true })
    }
    expect(server.faults).to.deep.equal([])
  })
})
