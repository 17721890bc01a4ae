import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { openSyncPractice, type Json, type SyncPractice } from '../support/sync-practice.ts'

const group = 'group-1'
const rowsOf = (body: Json, member = 'rows'): { id: string; [field: string]: unknown }[] =>
  body[member] as { id: string }[]

describe("A group's database for foreign clients", () => {
  let practice: SyncPractice
  let ask: SyncPractice['ask']
  before(async () => {
    practice = await openSyncPractice()
    ask = (path, options) => practice.ask(path, options)
  })
  after(async () => await practice[Symbol.asyncDispose]())

  const put = (doc: Json, as = 'amelia.vet') =>
    ask(`${group}/${encodeURIComponent(String(doc['_id']))}`, { method: 'PUT', json: doc, as })
  const get = async (id: string, query = '') => (await ask(`${group}/${encodeURIComponent(id)}${query}`)).body
  const animal = (more: Json = {}): Json => ({
    _id: `animal:${randomUUID()}`,
    clientId: practice.clientId,
    name: 'Star',
    ...more,
  })

  it('says who it is as CouchDB does, the same after a restart, and that each user has one group', async () => {
    const { body, status } = await ask('', { as: null })
    expect(status).to.equal(200)
    expect(body).to.include({ couchdb: 'Welcome' })
    expect(body['uuid']).to.match(/^[0-9a-f]{32}$/)
    expect((await ask(group)).body).to.include({ db_name: group })
    for (const name of ['group-2', 'group-3', 'accounts', 'group-01', 'group-1/conflicts', 'group-1x'])
      expect((await ask(name)).status, name).to.equal(404)
    expect((await ask('group-2', { as: 'sam.seaview' })).status).to.equal(200)
    expect((await ask(group, { method: 'DELETE' })).status).to.equal(405)
  })

  it('shows a record as the API does, without anything of the server’s own', async () => {
    const id = `animal:${practice.animalId}`
    const doc = await get(id)
    expect(doc).to.include({
      _id: id,
      type: 'animal',
      name: 'Bramble',
      clientId: practice.clientId,
      groupId: 1,
    })
    expect(doc).not.to.have.any.keys('id', 'revision', 'clocks', 'applied', 'sent', 'createdBy', 'replicated')
    const { body } = await ask(`${group}/animals/${practice.animalId}`)
    expect(body).to.include({ _id: practice.animalId, _rev: doc['_rev'], name: 'Bramble' })
  })

  it('holds what devices hold and the user may see, by every way of reading', async () => {
    const all = rowsOf((await ask(`${group}/_all_docs`)).body).map(({ id }) => id)
    expect(new Set(all.map((id) => id.split(':')[0]))).to.deep.equal(
      new Set(['animal', 'appointment', 'client', 'payment', 'reference', 'treatment', 'treatmentCode']),
    )
    const feed = rowsOf((await ask(`${group}/_changes`)).body, 'results').map(({ id }) => id)
    expect([...feed].sort()).to.deep.equal([...all].sort())
    expect((await ask(group)).body).to.include({ doc_count: all.length })
    const hidden = `animal:${practice.elsewhere}`
    expect(all).to.include(hidden)
    const ben = { as: 'ben.vet' }
    expect(rowsOf((await ask(`${group}/_all_docs`, ben)).body).map(({ id }) => id)).not.to.include(hidden)
    expect(rowsOf((await ask(`${group}/_changes`, ben)).body, 'results').map(({ id }) => id)).not.to.include(
      hidden,
    )
    expect((await ask(`${group}/${encodeURIComponent(hidden)}`, ben)).status).to.equal(404)
    const { body } = await ask(`${group}/_bulk_get`, { json: { docs: [{ id: hidden }] }, ...ben })
    expect(JSON.stringify(body)).to.include('not_found').and.not.include('Tilly')
    const { _rev } = await get(hidden)
    const diff = await ask(`${group}/_revs_diff`, { json: { [hidden]: [_rev] }, ...ben })
    expect(diff.body).to.deep.equal({ [hidden]: { missing: [_rev] } })
  })

  it('never shows accounts, history, rejected items or other documents of the server', async () => {
    await practice.edit('uploadAnimalItems', {
      id: practice.animalId,
      changes: { name: { from: 'Bramble', to: 'Bram' } },
    })
    await practice.upload('uploadAnimalItems', [{ clientItemId: randomUUID(), editedAt: 'never', data: {} }])
    const ranges = [
      ['history:', 'history;'],
      ['rejected:', 'rejected;'],
      ['', 'zzzz'],
    ]
    for (const [from, to] of ranges) {
      const { body } = await ask(
        `${group}/_all_docs?startkey=${JSON.stringify(from)}&endkey=${JSON.stringify(to)}`,
      )
      expect(
        rowsOf(body).filter(({ id }) => /^(history|rejected|past|reversal|user|account|key)/.test(id)),
      ).to.deep.equal([])
    }
    const history = (await practice.group.db.range({ from: 'history:', to: 'history;' }))[0]?._id ?? ''
    expect(await get(history)).to.include({ error: 'not_found' })
  })

  it('pages through its changes; places are opaque, and those of others are refused', async () => {
    const all = rowsOf((await ask(`${group}/_changes`)).body, 'results').map(({ id }) => id)
    const paged: string[] = []
    let since = '0'
    for (let pages = 0; pages < 50; pages += 1) {
      const { body } = await ask(`${group}/_changes?limit=100&since=${encodeURIComponent(since)}`)
      const rows = rowsOf(body, 'results')
      paged.push(...rows.map(({ id }) => id))
      since = String(body['last_seq'])
      if (rows.length < 100) break
    }
    expect(paged).to.deep.equal(all)
    expect((await ask(`${group}/_changes?since=${since}`)).body).to.deep.include({ results: [], pending: 0 })
    const other = String((await ask('group-2', { as: 'sam.seaview' })).body['update_seq'])
    const collection = String((await ask(`${group}/animals`)).body['update_seq'])
    for (const bad of [
      other,
      collection,
      '7',
      'garbage',
      '5-abc',
      `5-${Buffer.from('[1]').toString('base64url')}`,
    ])
      expect((await ask(`${group}/_changes?since=${bad}`)).status, bad).to.equal(400)
  })

  it('takes a new record, and gives it what the server adds', async () => {
    const doc = animal()
    const { status, body } = await put(doc)
    expect(status).to.equal(201)
    const stored = await get(String(doc['_id']))
    expect(stored).to.deep.include({
      _rev: body['rev'],
      name: 'Star',
      siteIds: [1, 2],
      species: null,
      allergies: [],
    })
    const api = await practice.server.request(`/v2/mobile/animals/${String(doc['_id']).slice(7)}`, {
      headers: (await practice.server.signIn('amelia.vet')).headers,
    })
    expect(api.body).to.include({ name: 'Star', revision: body['rev'] })
  })

  it('takes an edit, with what it had seen, and nothing that is the server’s to say', async () => {
    const doc = animal()
    await put(doc)
    const id = String(doc['_id'])
    const before = await get(id)
    const forged = {
      ...before,
      name: 'Comet',
      clash: undefined,
      groupId: 9,
      createdAt: '1970-01-01T00:00:00Z',
      revision: 'x',
    }
    expect((await put(forged)).status).to.equal(201)
    expect(await get(id)).to.include({ name: 'Comet', groupId: 1, createdAt: before['createdAt'] })
    const stored = await practice.group.db.get(id)
    expect(stored?.['clocks']).to.have.nested.property('name.live[0].value', 'Comet')
    expect((await put({ ...forged, name: 'Late' })).status, 'a stale revision').to.equal(409)
  })

  it('answers each row for itself: a forbidden one harms no other, and is kept for its user', async () => {
    const good = animal()
    const treatment = `treatment:${randomUUID()}`
    const rows: [Json, RegExp | undefined][] = [
      [animal({ clientId: randomUUID() }), /UNKNOWN_REFERENCE/],
      [good, undefined],
      [animal({ weightGrams: -1 }), /weightGrams/],
      [animal({ colourr: 'bay' }), /UNKNOWN_FIELD/],
      [animal({ clocks: {} }), /UNKNOWN_FIELD/],
      [animal({ siteIds: [3] }), /SITE_NOT_ALLOWED/],
      [{ _id: 'animal:7', clientId: practice.clientId }, /UUID/],
      [{ _id: `account:${randomUUID()}` }, /_id/],
      [{ _id: `user:carol` }, /_id/],
      [{ _id: `history:${randomUUID()}:x` }, /_id/],
      [{ _id: `treatmentCode:NEW`, name: 'x' }, /not written/],
      [{ ...animal(), type: 'client' }, /type/],
      [
        {
          _id: treatment,
          animalId: String(good['_id']).slice(7),
          description: 'Visit',
          vatRate: 0,
          quantity: '1',
          treatedAt: '2026-06-01T10:00:00Z',
        },
        undefined,
      ],
    ]
    const { rows: answers } = await ask(`${group}/_bulk_docs`, { json: { docs: rows.map(([doc]) => doc) } })
    for (const [at, [doc, reason]] of rows.entries()) {
      expect(answers[at]).to.include({ id: doc['_id'] })
      if (reason)
        expect(answers[at])
          .to.include({ error: 'forbidden' })
          .and.have.property('reason')
          .that.matches(reason)
      else expect(answers[at]).to.include({ ok: true })
    }
    const { headers } = await practice.server.signIn('amelia.vet')
    const rejected = await practice.server.request('/v2/mobile/rejected', { headers })
    expect(JSON.stringify(rejected.body)).to.include('colourr').and.include('weightGrams')
  })

  it('never deletes a record, never changes a payment', async () => {
    const doc = animal()
    const { body } = await put(doc)
    const id = encodeURIComponent(String(doc['_id']))
    const gone = await ask(`${group}/${id}?rev=${String(body['rev'])}`, { method: 'DELETE' })
    expect(gone.status).to.equal(403)
    expect(gone.body['reason']).to.match(/not deleted/)
    const payment = {
      _id: `payment:${randomUUID()}`,
      clientId: practice.clientId,
      method: 'CARD',
      amount: 100,
      currency: 'GBP',
      takenAt: '2026-06-01T10:00:00Z',
    }
    const { body: made } = await put(payment)
    expect(made).to.include({ ok: true })
    const changed = await put({ ...(await get(payment._id)), amount: 5 })
    expect(changed.status).to.equal(403)
    expect(changed.body['reason']).to.match(/reversal/)
    expect(await get(payment._id)).to.include({ amount: 100 })
  })

  it('hides other sites’ records from writers too', async () => {
    const doc = await get(`animal:${practice.elsewhere}`)
    expect((await put({ ...doc, name: 'Mine' }, 'ben.vet')).status).to.equal(403)
    const leaf = { ...doc, name: 'Mine', _rev: '9-aaaa' }
    const { rows } = await ask(`${group}/_bulk_docs`, {
      json: { docs: [leaf], new_edits: false },
      as: 'ben.vet',
    })
    expect(rows[0]).to.include({ error: 'forbidden' })
    expect(await get(`animal:${practice.elsewhere}`)).to.include({ name: 'Tilly' })
  })

  it('keeps _local documents per user and database', async () => {
    await ask(`${group}/_local/x`, { method: 'PUT', json: { n: 1 } })
    expect((await ask(`${group}/_local/x`)).body).to.include({ n: 1 })
    expect((await ask(`${group}/_local/x`, { as: 'ben.vet' })).status).to.equal(404)
    expect((await ask(`${group}/animals/_local/x`)).status).to.equal(404)
  })
})
