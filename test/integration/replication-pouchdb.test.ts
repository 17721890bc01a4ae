import { join } from 'node:path'
import { expect } from 'chai'
import { FaultProxy } from '../support/fault-proxy.ts'
import { startOpenReplication, type OpenReplication } from '../support/open-replication.ts'
import { openLocal, openRemote, until, type Pouch, type PouchDoc } from '../support/replicating-pouch.ts'

const docs = (count: number, from = 0): PouchDoc[] =>
  Array.from({ length: count }, (_, at) => ({ _id: `animal:${from + at}`, name: `Rex ${at}`, legs: 4 }))

describe('PouchDB replicates', () => {
  let server: OpenReplication
  let count = 0
  const closing: AsyncDisposable[] = []
  const local = (): Pouch => {
    const opened = openLocal(join(server.directory, `pouch-${++count}`))
    closing.push(opened)
    return opened.db
  }
  const remote = (): Pouch => openRemote(`${server.url}/db-${++count}`)
  const leavesOf = async (db: Pouch, id: string): Promise<string[]> => {
    const rows = (await db.get(id, { open_revs: 'all' })) as unknown as { ok: PouchDoc }[]
    return rows.map(({ ok }) => `${ok._rev ?? ''}${ok._deleted ? ' deleted' : ''}`).sort()
  }

  before(async () => {
    server = await startOpenReplication()
  })
  after(async () => {
    expect(server.faults).to.deep.equal([])
    await Promise.all(closing.map((one) => one[Symbol.asyncDispose]()))
    await server[Symbol.asyncDispose]()
  })

  it('pushes everything, and nothing when asked again', async () => {
    const [here, there] = [local(), remote()]
    await here.bulkDocs(docs(250))
    expect(await here.replicate.to(there)).to.include({ ok: true, docs_written: 250, doc_write_failures: 0 })
    expect(await here.replicate.to(there)).to.include({ ok: true, docs_written: 0 })
    expect((await there.allDocs()).total_rows).to.equal(250)
    const [mine, theirs] = [await here.get('animal:7'), await there.get('animal:7')]
    expect(theirs).to.deep.equal(mine)
  })

  it('pulls everything, and then only what is new', async () => {
    const [here, there] = [local(), remote()]
    await there.bulkDocs(docs(250))
    expect(await here.replicate.from(there)).to.include({ ok: true, docs_written: 250 })
    await there.bulkDocs(docs(3, 1000))
    expect(await here.replicate.from(there)).to.include({ ok: true, docs_written: 3 })
    expect((await here.allDocs()).rows.map(({ id }) => id)).to.deep.equal(
      (await there.allDocs()).rows.map(({ id }) => id),
    )
  })

  it('carries edits and their ancestry', async () => {
    const [here, there] = [local(), remote()]
    let rev = (await here.put({ _id: 'a', n: 0 })).rev
    for (let n = 1; n < 5; n++) ({ rev } = await here.put({ _id: 'a', _rev: rev, n }))
    await here.replicate.to(there)
    const options = { revs: true }
    expect(await there.get('a', options)).to.deep.equal(await here.get('a', options))
    await there.put({ _id: 'a', _rev: rev, n: 9 })
    await here.replicate.from(there)
    expect(await here.get('a', options)).to.deep.equal(await there.get('a', options))
  })

  it('carries deletions both ways', async () => {
    const [here, there] = [local(), remote()]
    const { rev } = await here.put({ _id: 'gone-here' })
    const { rev: other } = await here.put({ _id: 'gone-there' })
    await here.replicate.to(there)
    await here.remove('gone-here', rev)
    await there.remove('gone-there', other)
    await here.sync(there)
    for (const db of [here, there]) expect((await db.info()).doc_count).to.equal(0)
    for (const id of ['gone-here', 'gone-there'])
      expect(await leavesOf(here, id)).to.deep.equal(await leavesOf(there, id))
  })

  it('has the same conflict, and the same winner, on both sides', async () => {
    const [one, two, there] = [local(), local(), remote()]
    const { rev } = await one.put({ _id: 'c', n: 0 })
    await one.sync(there)
    await two.sync(there)
    await one.put({ _id: 'c', _rev: rev, by: 'one' })
    await two.put({ _id: 'c', _rev: rev, by: 'two' })
    await one.sync(there)
    await two.sync(there)
    await one.sync(there)
    const seen = await Promise.all([one, two, there].map((db) => db.get('c', { conflicts: true })))
    expect(seen[0]?._conflicts).to.have.length(1)
    expect(seen[1]).to.deep.equal(seen[0])
    expect(seen[2]).to.deep.equal(seen[0])
    await one.remove('c', seen[0]?._conflicts?.[0] ?? '')
    await one.sync(there)
    expect(await there.get('c', { conflicts: true })).not.to.have.property('_conflicts')
    expect(await leavesOf(there, 'c')).to.deep.equal(await leavesOf(one, 'c'))
  })

  it('live: a change on either side reaches the other, until it is cancelled', async () => {
    const [here, there] = [local(), remote()]
    const running = here.sync(there, { live: true, retry: true, heartbeat: 1000 })
    await here.put({ _id: 'from-here' })
    await until(there, async () => (await there.allDocs()).rows.some(({ id }) => id === 'from-here'))
    await there.put({ _id: 'from-there' })
    await until(here, async () => (await here.allDocs()).rows.some(({ id }) => id === 'from-there'))
    const ended = new Promise((resolve) => void running.on('complete', resolve))
    running.cancel()
    await ended
  })

  it('carries attachments both ways: new ones, those kept by a stub, and their end', async () => {
    const [here, there] = [local(), remote()]
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45])
    const inline = { content_type: 'image/png', data: bytes.toString('base64') }
    const { rev } = await here.put({ _id: 'a', _attachments: { 'x/ü.png': inline } })
    await here.replicate.to(there)
    expect(Buffer.compare(await there.getAttachment('a', 'x/ü.png'), bytes)).to.equal(0)
    const more = await there.putAttachment('a', 'note', rev, Buffer.from('seen'), 'text/plain')
    await here.replicate.from(there)
    expect((await here.getAttachment('a', 'note')).toString()).to.equal('seen')
    expect(Buffer.compare(await here.getAttachment('a', 'x/ü.png'), bytes)).to.equal(0)
    await here.removeAttachment('a', 'x/ü.png', more.rev)
    await here.replicate.to(there)
    expect(Object.keys((await there.get('a'))['_attachments'] as object)).to.deep.equal(['note'])
  })

  it('live with retry: goes on by itself when every connection was lost', async () => {
    await using proxy = await FaultProxy.open(server.url)
    const here = local()
    const there = remote()
    const away = openRemote(`${proxy.url}/db-${count}`)
    const running = here.sync(away, { live: true, retry: true, back_off_function: () => 100 })
    await here.put({ _id: 'before' })
    await until(there, async () => (await there.allDocs()).rows.length === 1)
    proxy.goAway()
    await here.put({ _id: 'meanwhile' })
    await there.put({ _id: 'meanwhile-there' })
    proxy.comeBack()
    await until(there, async () => (await there.allDocs()).rows.length === 3)
    await until(here, async () => (await here.allDocs()).rows.length === 3)
    const ended = new Promise((resolve) => void running.on('complete', resolve))
    running.cancel()
    await ended
  })

  it('takes ids and values of any Unicode', async () => {
    const [here, there] = [local(), remote()]
    const ids = ['ü/é 😀+&?#%', 'a/b', 'a b', '日本', '~!*()\'"', '\u0001x', 'constructor']
    await there.bulkDocs(ids.map((_id) => ({ _id, text: `${_id} \u2028` })))
    await here.replicate.from(there)
    for (const id of ids) expect(await here.get(id)).to.deep.equal(await there.get(id))
  })

  it('replicates only the ids that it is asked for', async () => {
    const [here, there] = [local(), remote()]
    await there.bulkDocs(docs(1200))
    const wanted = { doc_ids: ['animal:3', 'animal:1199', 'none'] }
    expect(await here.replicate.from(there, wanted)).to.include({ ok: true, docs_written: 2 })
  })

  it('survives what kills a PouchDB server: latest with an unknown revision', async () => {
    const there = remote()
    await there.put({ _id: 'a' })
    const options = {
      docs: [
        { id: 'a', rev: '5-abc' },
        { id: 'zz', rev: '1-abc' },
      ],
      latest: true,
      revs: true,
    }
    const { results } = await there.bulkGet(options)
    expect(results.map(({ docs: [doc] }) => Object.keys(doc ?? {}))).to.deep.equal([['error'], ['error']])
    expect(await there.get('a', { rev: '5-abc', latest: true })).to.include({ _id: 'a' })
  })

  it('makes and destroys databases', async () => {
    const there = remote()
    expect(await there.info()).to.include({ doc_count: 0 })
    await there.destroy()
    expect((await server.request(`/db-${count}`)).status).to.equal(404)
  })
})
