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
})
