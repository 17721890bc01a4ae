/** What `npm run couchdb:apply` gives a CouchDB. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import nano from 'nano'
import { apply } from '../../couchdb-config/apply.ts'
import { stepsTo, told, type Found } from '../../couchdb-config/diff.ts'
import { wantedFor } from '../../couchdb-config/wanted.ts'
import { openGroups } from '../../sync/group.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { amelia } from '../support/group.ts'

describe('what a database of CouchDB is to have', () => {
  const wanted = wantedFor('group-1')
  const complete: Found = {
    security: wanted.security,
    designs: wanted.designs.map((design) => ({ ...design, _rev: '1-a' })),
    indexes: wanted.indexes,
  }

  it('is security for every database, and design documents and indexes for a group’s', () => {
    const bare: Found = { security: {}, designs: [], indexes: [] }
    expect(stepsTo(wanted, bare).map((step) => told('group-1', step).split(':')[0])).to.deep.equal([
      '~ group-1 _security',
      '+ group-1 _design/vetspace',
      '+ group-1 index type-and-time (type, modifiedAt)',
    ])
    expect(stepsTo(wantedFor('accounts'), bare).map(({ kind }) => kind)).to.deep.equal(['security'])
    for (const audit of ['audit', 'audit-1'])
      expect(stepsTo(wantedFor(audit), bare).map(({ kind }) => kind)).to.deep.equal(['security', 'design'])
  })

  it('asks for nothing where all is there', () => {
    expect(stepsTo(wanted, complete)).to.deep.equal([])
  })

  it('is told by the fields that differ', () => {
    const [design] = complete.designs
    const designs = design ? [{ ...design, language: 'erlang' as string, more: 1 }] : []
    const steps = stepsTo(wanted, { ...complete, designs })
    expect(steps.map((step) => told('group-1', step))).to.deep.equal([
      '~ group-1 _design/vetspace: language, more',
    ])
  })
})

const url = process.env['COUCHDB_URL']
if (url === undefined) console.warn('SKIPPED: couchdb:apply on a CouchDB (set COUCHDB_URL)')

describe('couchdb:apply', () => {
  const prefix = `config-${randomUUID()}-`
  const db = `${prefix}group-1`
  const person = { name: `clerk-${randomUUID()}`, password: randomUUID() }
  const lines: string[] = []
  const run = async (dryRun = false): Promise<number> => {
    lines.length = 0
    return await apply({ url: url ?? '', prefix, dryRun, print: (line) => lines.push(line) })
  }
  const admin = () => nano({ url: url ?? '' })

  before(async function () {
    if (url === undefined) return this.skip()
    await using store = await openCouchStore({ url, prefix })
    for (const name of ['group-1', 'ledger-1', 'accounts']) await store.database(name)
    const group = await store.database('group-1')
    await group.write([
      {
        _id: 'payment:1',
        type: 'payment',
        modifiedAt: '2026-11-24T09:00:00Z',
        createdAt: '2026-11-24T09:00:00Z',
      },
    ])
  })
  after(async () => {
    if (url === undefined) return
    await using store = await openCouchStore({ url, prefix })
    for (const name of await store.list()) await store.destroy(name)
    const users = admin().use('_users')
    const user = await users.get(`org.couchdb.user:${person.name}`).catch(() => undefined)
    if (user) await users.destroy(user._id, user._rev)
  })

  it('shows what it would change and changes nothing, where only that is asked', async () => {
    const changes = await run(true)
    expect(changes).to.be.above(0)
    expect(lines).to.include(`+ ${db} _design/vetspace`)
    expect(await run(true)).to.equal(changes)
  })

  it('makes the changes once, and then finds nothing to do', async () => {
    expect(await run()).to.be.above(0)
    expect(await run()).to.equal(0)
    expect(lines).to.deep.equal(['3 databases; 0 changes made, indexes are built.'])
  })

  it('mends what somebody changed by hand', async () => {
    const group = admin().use(db)
    const design = await group.get('_design/vetspace')
    await group.insert({ ...design, validate_doc_update: 'function () {}' } as nano.MaybeDocument)
    expect(await run()).to.equal(1)
    expect(lines[0]).to.equal(`~ ${db} _design/vetspace: validate_doc_update`)
  })

  it('has built what operators ask: records by type, and what is not merged yet', async () => {
    const group = admin().use(db)
    const byType = await group.view('vetspace', 'byType', { group: true })
    expect(byType.rows).to.deep.equal([{ key: 'payment', value: 1 }])
    expect((await group.view('vetspace', 'conflicts')).rows).to.deep.equal([])
    const found = await group.find({
      selector: { type: 'payment', modifiedAt: { $gt: null } },
      use_index: 'vetspace-indexes',
    })
    expect(found.docs.map(({ _id }) => _id)).to.deep.equal(['payment:1'])
  })

  it('leaves the server’s own work as it was: uploads, pulls, and what devices are sent', async () => {
    await using store = await openCouchStore({ url: url ?? '', prefix })
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-config-'))
    const log = { error: (_: object, message: string) => expect.fail(message) }
    try {
      await using groups = openGroups({ store, dataDir, now: Date.now, log })
      const group = await groups.get(1)
      const now = Date.now()
      const item = { clientItemId: randomUUID(), editedAt: new Date(now).toISOString() }
      const [result] = await group.upload({
        ...{ type: 'client', actor: amelia, deviceId: 'phone', sentAt: now, receivedAt: now },
        items: [{ ...item, data: { lastName: 'Marsh', siteIds: [1] } }],
      })
      expect(result).to.include({ outcome: 'CREATED' })
      const pulled = await group.pull(amelia, { collection: 'clients', checkpoint: null, limit: 100 })
      expect(pulled.documents.map(({ id }) => id)).to.deep.equal([item.clientItemId])
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('lets nobody but an administrator in, and stops who was let in by mistake from removing a payment', async () => {
    const server = admin()
    const user = { _id: `org.couchdb.user:${person.name}`, type: 'user', roles: [], ...person }
    await server.use('_users').insert(user)
    const { protocol, host } = new URL(url ?? '')
    const clerk = nano(`${protocol}//${person.name}:${person.password}@${host}`).use(db)
    const refused = async (asked: Promise<unknown>): Promise<number | undefined> =>
      await asked.then(
        () => undefined,
        (error: { statusCode?: number }) => error.statusCode,
      )
    expect(await refused(clerk.get('payment:1'))).to.equal(403)
    const open = { admins: { names: [], roles: ['_admin'] }, members: { names: [person.name], roles: [] } }
    await server.request({ method: 'put', db, path: '_security', body: open })
    const payment = await clerk.get('payment:1')
    expect(await refused(clerk.destroy(payment._id, payment._rev))).to.equal(403)
    expect(await refused(clerk.insert({ _id: 'animal:1', type: 'client' } as nano.MaybeDocument))).to.equal(
      403,
    )
    expect(await refused(clerk.insert({ ...payment, createdAt: 'never' } as nano.MaybeDocument))).to.equal(
      403,
    )
    expect(await refused(clerk.insert({ ...payment, note: 'x' } as nano.MaybeDocument))).to.equal(undefined)
    expect(await run()).to.equal(1)
    expect(await refused(clerk.get('payment:1'))).to.equal(403)
  })
})
