/** A client's personal data is erased wherever it stands, stays erased, and what the law keeps is kept and told. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { beginErasure, carryOut, finishErasures } from '../../../sync/erasure/erase-client.ts'
import { erased } from '../../../sync/erasure/erased.ts'
import { planOf } from '../../../sync/resolver/plan.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { dyingAfter } from '../../support/failing-database.ts'
import { clientId, MarkedClient } from '../../support/marked-client.ts'
import { startServer, type TestServer } from '../../support/server.ts'

type Json = Record<string, unknown>

describe('Erasing a client', () => {
  let server: TestServer
  let marked: MarkedClient
  beforeEach(async () => {
    server = await startServer()
    marked = await MarkedClient.make(server)
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const erasedNow = async (json: Json = { documentCategories: ['CONSENT'] }): Promise<Json> => {
    await marked.cancelAhead()
    const { status, body, text } = await marked.erase(json)
    expect(status, text).to.equal(200)
    return body
  }

  it('leaves none of it in records, edits, conflicts, refused items and accounts, and says what it kept', async () => {
    expect((await marked.holding()).length, 'places before').to.be.greaterThan(8)
    expect(await marked.cancelAhead(), 'appointments ahead').to.be.greaterThan(0)
    const before = await marked.group.db.range({ from: 'payment:', to: 'payment:\uffff' })
    const { body: report } = await marked.erase({ documentCategories: ['CONSENT'] })
    expect(await marked.holding()).to.deep.equal([])
    const client = await marked.client()
    expect(client).to.deep.include({
      lastName: 'Erased',
      firstName: null,
      phones: [],
      emails: [],
      address: null,
    })
    expect(JSON.stringify(client)).not.to.match(/Carol|Marsh|960100|carol@/)
    const history = await marked.group.db.range({
      from: `history:${clientId}`,
      to: `history:${clientId}\uffff`,
    })
    expect(history.length).to.be.greaterThan(0)
    expect(JSON.stringify(history)).not.to.match(/Carol|Marsh|960100|carol@/)
    const after = await marked.group.db.range({ from: 'payment:', to: 'payment:\uffff' })
    expect(after.map(({ amount }) => amount)).to.deep.equal(before.map(({ amount }) => amount))
    const kept = report['kept'] as { kind: string; count: number; years: number | null; why: string }[]
    expect(kept.find(({ kind }) => kind === 'payment')).to.include({ years: 6 })
    expect(kept.find(({ kind }) => kind === 'treatment')?.why).to.include('five years')
    expect(kept.find(({ kind }) => kind === 'document')?.count).to.be.at.least(1)
    const gone = report['erased'] as { kind: string; count: number }[]
    expect(gone.find(({ kind }) => kind === 'document')?.count).to.equal(1)
    expect(gone.find(({ kind }) => kind === 'customerAccount')?.count).to.equal(1)
  })

  it('is not found by search any more, reaches devices with their next pull and replicating clients', async () => {
    await erasedNow()
    const search = await server.request(`/v2/managedBookings/searchClients?surname=marsh`, {
      headers: marked.vet,
    })
    expect(search.text).not.to.include(clientId)
    const json = { deviceId: 'phone', collection: 'clients', checkpoint: null, limit: 10_000 }
    const pull = await server.request('/v2/mobile/sync/pull', { json, headers: marked.vet })
    const pulled = (pull.body['documents'] as Json[]).find(({ id }) => id === clientId)
    expect(pulled).to.include({ lastName: 'Erased', deactivated: true })
    expect(pulled).not.to.have.property('erased')
    const headers = { ApiUserToken: String(marked.vet['ApiUserToken']) }
    const foreign = await server.request(`/sync/group-1/client:${clientId}`, { headers })
    expect(foreign.body).to.include({ lastName: 'Erased' })
  })

  it('is not undone by an edit that a device made before and sends later, of which no copy is kept', async () => {
    await erasedNow()
    const edit = await marked.upload('Client', {
      ...{ id: clientId, baseRevision: marked.firstRevision },
      changes: { firstName: { from: 'Carol', to: marked.word } },
    })
    expect(edit['outcome']).to.equal('REJECTED')
    expect((edit['errors'] as Json[])[0]).to.include({ code: 'CLIENT_ERASED', path: 'changes.firstName' })
    const unreadable = await marked.upload('Client', {
      ...{ id: clientId, baseRevision: null },
      changes: { nickname: { from: null, to: marked.word } },
    })
    expect(unreadable['outcome']).to.equal('REJECTED')
    const again = await marked.upload('Client', { clientItemId: clientId, data: { lastName: marked.word } })
    expect(again).to.include({ outcome: 'DUPLICATE' })
    expect(again['record']).to.include({ lastName: 'Erased' })
    const booked = await marked.upload('Appointment', {
      data: {
        ...{ siteId: 1, practitionerId: '6f1c8f0e-0000-4000-8000-000000000011', clientId, animalIds: [] },
        ...{ startsAt: '2026-10-05T09:00:00Z', endsAt: '2026-10-05T09:15:00Z', notes: marked.word },
      },
    })
    expect((booked['errors'] as Json[])[0]).to.include({ code: 'CLIENT_ERASED' })
    expect(await marked.holding()).to.deep.equal([])
    const rejected = await server.request('/v2/mobile/rejected', { headers: marked.vet })
    const items = (rejected.body['items'] as Json[]).map(({ item }) => Object.keys(item as object).sort())
    expect(items).to.deep.include(['clientItemId', 'editedAt', 'id'])
  })

  it('keeps what arrives late of treatments and money, without words about the client', async () => {
    await erasedNow()
    const late = await marked.upload('Payment', {
      data: {
        ...{ clientId, method: 'CASH', amount: 77, currency: 'GBP', takenAt: marked.now },
        notes: marked.word,
      },
    })
    expect(late).to.include({ outcome: 'CREATED' })
    expect(late['record']).to.include({ amount: 77, notes: null })
    expect(await marked.holding()).to.deep.equal([])
  })

  it('is not undone by a replicating client with a branch of its own', async () => {
    const headers = { ApiUserToken: String(marked.vet['ApiUserToken']) }
    const { body: held } = await server.request(`/sync/group-1/client:${clientId}?revs=true`, { headers })
    await erasedNow()
    const { _revisions, ...doc } = held as Json & { _revisions: { start: number; ids: string[] } }
    const branch = {
      ...{ ...doc, firstName: marked.word, _rev: `${_revisions.start + 1}-${'a'.repeat(32)}` },
      _revisions: { start: _revisions.start + 1, ids: ['a'.repeat(32), ..._revisions.ids] },
    }
    const put = await server.request('/sync/group-1/_bulk_docs', {
      ...{ headers, json: { new_edits: false, docs: [branch] } },
    })
    expect(put.text).to.include('CLIENT_ERASED')
    expect(await marked.holding()).to.deep.equal([])
  })

  it('is one erasure however often it is asked for, and takes further categories later', async () => {
    const first = await erasedNow({})
    expect((await marked.holding()).every((id) => id.startsWith('document:'))).to.equal(true)
    const revision = (await marked.client())._rev
    const again = await erasedNow({})
    expect(again['begunAt']).to.equal(first['begunAt'])
    expect((await marked.client())._rev).to.equal(revision)
    await erasedNow({ documentCategories: ['CONSENT'] })
    expect(await marked.holding()).to.deep.equal([])
  })

  it('is for group administrators, and for clients that are there', async () => {
    const refused = await marked.erase({}, marked.vet)
    expect(refused.body['code']).to.equal('ROLE_NOT_ALLOWED')
    const path = `/v2/administration/clients/${randomUUID()}/erasure`
    const missing = await server.request(path, { json: {}, headers: marked.admin })
    expect(missing.body['code']).to.equal('NOT_FOUND')
    const entries = await server.request('/v2/administration/audit?kind=ERASED', { headers: marked.admin })
    const [withdrawn, asked] = entries.body['items'] as Json[]
    expect(withdrawn?.['withdraws']).to.equal(asked?.['id'])
  })
})

describe('An erasure that dies', () => {
  it('is finished by whoever comes next, wherever it died', async () => {
    await using server = await startServer()
    const marked = await MarkedClient.make(server)
    await marked.cancelAhead()
    const { group } = marked
    const at = server.clock.now
    const asked = { clientId, by: randomUUID(), documentCategories: ['CONSENT'], at }
    let died = 0
    for (let writes = 0; ; writes += 1) {
      const db = dyingAfter(group.db, writes)
      const dying = { ...group, db }
      await beginErasure(dying, asked)
        .then((doc) => carryOut(dying, doc, at))
        .catch(() => (died += 1))
      if (!db.dead) break
    }
    expect(died).to.be.at.least(4)
    expect(await marked.holding()).to.deep.equal([])
    await beginErasure(group, asked)
    expect(await finishErasures(group, at)).to.deep.equal([clientId])
    expect(await marked.holding()).to.deep.equal([])
    expect(await finishErasures(group, at + 3 * 86_400_000), 'days later').to.deep.equal([])
  })
})

describe('A branch of an erased client', () => {
  it('brings nothing back when the resolver merges it, whichever of the two wins', () => {
    const base = {
      ...{
        _id: `client:${clientId}`,
        type: 'client',
        groupId: 1,
        siteIds: [1],
        createdAt: '',
        modifiedAt: '',
      },
      ...{
        schemaVersion: 1,
        createdBy: null,
        title: null,
        address: null,
        externalIds: [],
        deactivated: false,
      },
    }
    const named = { ...base, firstName: 'Word', lastName: 'Word', phones: ['Word'], emails: ['Word'] }
    const gone = (rev: string): StoredDoc =>
      erased({ ...named, _rev: rev, lastName: 'Word' }, '2026-11-23T10:00:00.000Z')
    for (const [first, second] of [
      [gone('3-b'), { ...named, _rev: '3-a' }],
      [{ ...named, _rev: '3-b' }, gone('3-a')],
    ] as [StoredDoc, StoredDoc][]) {
      const leaf = (doc: StoredDoc) => ({ doc, revisions: { start: 3, ids: [doc._rev.slice(2)] } })
      const { successor, kept, ends } = planOf([leaf(first), leaf(second)])
      expect(JSON.stringify([successor ?? first, kept])).not.to.include('Word')
      expect(ends).to.deep.equal([second._rev])
    }
  })
})
