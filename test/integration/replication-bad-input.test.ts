import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { openSyncPractice, type Json, type SyncPractice } from '../support/sync-practice.ts'

describe('Bad input to a practice’s replication and pulls', () => {
  let practice: SyncPractice
  const animal = (more: Json = {}): Json => ({
    _id: `animal:${randomUUID()}`,
    clientId: practice.clientId,
    name: 'Star',
    species: 'Horse',
    ...more,
  })
  const bulk = (docs: unknown[], more: Json = {}) =>
    practice.ask('group-1/_bulk_docs', { json: { docs, ...more } })
  const refused = async (path: string, options: Parameters<SyncPractice['ask']>[1], statuses: number[]) => {
    const { status, body } = await practice.ask(path, options)
    expect(statuses, `${path}: ${JSON.stringify(body)}`).to.include(status)
    expect(body['error'], path).to.be.a('string')
    expect(body['reason'], path).to.be.a('string')
    expect(JSON.stringify(body)).to.not.match(/node_modules|LEVEL_|at \w+ \(/)
  }
  const alive = async (): Promise<void> => {
    const doc = animal()
    expect((await bulk([doc])).rows[0]).to.include({ ok: true, id: doc['_id'] })
  }

  before(async () => {
    practice = await openSyncPractice()
  })
  afterEach(async () => alive())
  after(async () => {
    await practice[Symbol.asyncDispose]()
  })

  it('is a place of changes that is none, or of another database or practice', async () => {
    const { body: theirs } = await practice.ask('group-2/_changes?limit=1', { as: 'sam.seaview' })
    const { body: other } = await practice.ask('group-1/animals/_changes?limit=1')
    const foreign = [theirs, other].map((body) => encodeURIComponent(String(body['last_seq'])))
    for (const since of [...foreign, 'garbage', '-1', '1.5', '5-%00', `9-${'A'.repeat(3000)}`, '[1]'])
      await refused(`group-1/_changes?since=${since}`, {}, [400])
  })

  it('is a parameter that does not parse, or is below nothing', async () => {
    for (const query of ['limit=x', 'style=x', 'feed=x', 'timeout=-1', 'heartbeat=-5', 'include_docs=maybe'])
      await refused(`group-1/_changes?${query}`, {}, [400])
    for (const query of ['limit=-1', 'skip=-1', 'startkey=%7B', 'keys=5']) {
      await refused(`group-1/_all_docs?${query}`, {}, [400])
    }
    expect((await practice.ask('group-1/_changes?limit=-1')).status).to.equal(200)
  })

  it('is a revision that does not parse', async () => {
    const id = encodeURIComponent(`animal:${practice.animalId}`)
    await refused(`group-1/${id}?rev=zz`, {}, [400])
    await refused(`group-1/${id}?open_revs=["zz"]`, {}, [400])
    await refused(`group-1/${id}`, { method: 'PUT', json: { _rev: 5 } }, [400])
    await refused('group-1/_revs_diff', { json: { [`animal:${practice.animalId}`]: ['zz'] } }, [400])
    await refused('group-1/_bulk_docs', { json: { docs: [animal({ _rev: 'zz' })] } }, [400])
    await refused(
      'group-1/_bulk_docs',
      {
        json: {
          new_edits: false,
          docs: [animal({ _rev: '2-a', _revisions: { start: 1, ids: ['b', 'c'] } })],
        },
      },
      [400],
    )
  })

  it('is ten thousand rows at once, of which the bad ones alone are refused', async () => {
    const good = Array.from({ length: 100 }, () => animal())
    const bad = Array.from({ length: 9900 }, (_, n) => ({ _id: `nonsense:${n}`, n }))
    const { status, rows } = await bulk([...bad, ...good])
    expect(status).to.equal(201)
    expect(rows.filter(({ error }) => error === 'forbidden')).to.have.length(9900)
    expect(rows.slice(9900).every(({ ok }) => ok === true)).to.equal(true)
  })

  it('is a document of a hundred megabytes', async () => {
    const raw = `{"notes":"${'x'.repeat(100_000_000)}"}`
    const id = encodeURIComponent(String(animal()['_id']))
    const answer = practice.ask(`group-1/${id}`, { method: 'PUT', raw })
    // The server may close the connection under a sender who goes on sending.
    await answer.then(
      ({ status }) => expect(status).to.equal(413),
      (error: unknown) => expect(error).to.be.instanceOf(TypeError),
    )
    const large = animal({ notes: 'x'.repeat(9_000_000) })
    const { rows } = await bulk([large, animal()])
    expect(rows[0]).to.have.property('error')
    expect(rows[1]).to.include({ ok: true })
  })

  it('is JSON that is too deep, names __proto__, or is none', async () => {
    const deep = `{"docs":[{"_id":"animal:${randomUUID()}","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}]}`
    await refused('group-1/_bulk_docs', { raw: deep }, [400])
    await refused('group-1/_bulk_docs', { raw: '{"docs":' }, [400])
    await refused('group-1/_bulk_docs', { raw: '[]' }, [400])
    const doc = JSON.stringify(animal()).slice(0, -1)
    const raw = `{"docs":[${doc},"__proto__":{"polluted":true}},${doc},"constructor":{"prototype":{"polluted":true}}}]}`
    await practice.ask('group-1/_bulk_docs', { raw })
    expect(({} as Json)['polluted']).to.equal(undefined)
  })

  it('is a document of an unknown type, under another type’s id, or not a document', async () => {
    const { rows } = await bulk([
      { _id: 'invention:1' },
      animal({ type: 'payment' }),
      { ...animal(), _id: `payment:${practice.animalId}` },
      { _id: 'animal:not-a-uuid', ...{ name: 'x' } },
      animal(),
    ])
    expect(rows.map(({ error }) => error)).to.deep.equal([
      'forbidden',
      'forbidden',
      'forbidden',
      'forbidden',
      undefined,
    ])
    for (const json of [{ docs: [5] }, { docs: 'x' }, {}, { docs: [[]] }])
      await refused('group-1/_bulk_docs', { json }, [400])
  })

  it('is an attachment: files go another way, and the row says so', async () => {
    const { rows } = await bulk([animal({ _attachments: { x: { data: 'AA==' } } }), animal()])
    expect(rows[0]).to.include({ error: 'forbidden' })
    expect(rows[1]).to.include({ ok: true })
    await refused(`group-1/${encodeURIComponent(`animal:${practice.animalId}`)}/x`, {}, [404])
  })

  it('is a checkpoint that is none, of another collection or another practice', async () => {
    const { server } = practice
    const [amelia, sam] = [await server.signIn('amelia.vet'), await server.signIn('sam.seaview')]
    const pull = (headers: Record<string, string>, more: Json) =>
      server.request('/v2/mobile/sync/pull', {
        headers,
        json: { deviceId: 'phone', collection: 'animals', limit: 10, ...more },
      })
    const theirs = (await pull(sam.headers, {})).body['checkpoint']
    const other = (await pull(amelia.headers, { collection: 'clients' })).body['checkpoint']
    for (const checkpoint of [theirs, other, { token: 'garbage' }, { token: '' }, { token: 'e30' }]) {
      const { status, body } = await pull(amelia.headers, { checkpoint })
      expect([status, body['code']], JSON.stringify(checkpoint)).to.deep.equal([400, 'INVALID_CHECKPOINT'])
    }
    for (const more of [
      { limit: -1 },
      { limit: 0 },
      { limit: 10_001 },
      { collection: 'accounts' },
      { checkpoint: 5 },
    ])
      expect((await pull(amelia.headers, more)).status, JSON.stringify(more)).to.equal(400)
  })
})
