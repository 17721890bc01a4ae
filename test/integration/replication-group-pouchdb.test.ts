import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { openLocal, openRemote, until, type Pouch, type PouchDoc } from '../support/replicating-pouch.ts'
import { openSyncPractice, type SyncPractice } from '../support/sync-practice.ts'

describe('PouchDB replicates with a practice', () => {
  let practice: SyncPractice
  let directory = ''
  let count = 0
  const closing: AsyncDisposable[] = []
  const local = (): Pouch => {
    const opened = openLocal(join(directory, `pouch-${++count}`))
    closing.push(opened)
    return opened.db
  }
  const remote = (username?: string): Pouch => openRemote(practice.urlOf('group-1', username))
  const stored = (id: string) => practice.group.db.get(id)
  const animal = (more: object = {}): PouchDoc => ({
    _id: `animal:${randomUUID()}`,
    clientId: practice.clientId,
    name: 'Star',
    species: 'Horse',
    ...more,
  })

  before(async () => {
    practice = await openSyncPractice()
    directory = await mkdtemp(join(tmpdir(), 'vetspace-pouch-'))
  })
  after(async () => {
    await Promise.all(closing.map((one) => one[Symbol.asyncDispose]()))
    await practice[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  it('pulls all that the user may see, and nothing when asked again', async () => {
    const [here, bens] = [local(), local()]
    const pulled = await here.replicate.from(remote())
    expect(pulled).to.include({ ok: true, doc_write_failures: 0 })
    expect(pulled.docs_written).to.be.greaterThan(200)
    expect(await here.replicate.from(remote())).to.include({ docs_read: 0 })
    await bens.replicate.from(remote('ben.vet'))
    const ids = (await bens.allDocs()).rows.map(({ id }) => id)
    expect(ids).to.include(`animal:${practice.animalId}`).and.not.include(`animal:${practice.elsewhere}`)
  })

  it('pushes what was made and edited offline, and ends with what the server made of it', async () => {
    const [here, there] = [local(), remote()]
    const doc = animal()
    let { rev } = await here.put(doc)
    ;({ rev } = await here.put({ ...doc, _rev: rev, weightGrams: 500_000 }))
    ;({ rev } = await here.put({ ...doc, _rev: rev, weightGrams: 510_000 }))
    expect(await here.replicate.to(there)).to.include({ docs_written: 1, doc_write_failures: 0 })
    const record = await stored(doc._id)
    expect(record).to.deep.include({ weightGrams: 510_000, siteIds: [1, 2], groupId: 1 })
    expect(record?.['createdBy']).to.be.a('string')
    await here.replicate.from(there)
    const [mine, theirs] = [await here.get(doc._id), await there.get(doc._id)]
    expect(mine).to.deep.equal(theirs)
    expect(mine).to.include({ weightGrams: 510_000, groupId: 1 })
    expect(await here.replicate.to(there)).to.include({ docs_written: 0 })
  })

  it('edits a record that devices edit too: both changes stand, and the clocks live on', async () => {
    const [here, there] = [local(), remote()]
    const id = `animal:${practice.animalId}`
    await here.replicate.from(there)
    const before = await here.get(id)
    await practice.edit('uploadAnimalItems', {
      id: practice.animalId,
      changes: { weightGrams: { from: null, to: 480_000 }, name: { from: 'Bramble', to: 'Bram' } },
    })
    await here.put({ ...before, breed: 'Cob', name: 'Brambles' })
    await here.replicate.to(there)
    await here.replicate.from(there)
    const [mine, theirs] = [await here.get(id, { conflicts: true }), await there.get(id, { conflicts: true })]
    expect(mine).to.deep.equal(theirs)
    expect(mine).to.include({ breed: 'Cob', weightGrams: 480_000 }).and.not.have.property('_conflicts')
    const record = await stored(id)
    const names = (record?.['clocks'] as Record<string, { live: { value: string }[] }>)['name']?.live
    expect(names?.map(({ value }) => value)).to.have.members(['Bram', 'Brambles'])
    const { headers } = await practice.server.signIn('amelia.vet')
    const conflicts = await practice.server.request('/v2/mobile/conflicts', { headers })
    expect(JSON.stringify(conflicts.body)).to.include('Brambles')
  })

  it('goes on editing a revision that lost or was merged, without taking back what it never saw', async () => {
    const [here, there] = [local(), remote()]
    const doc = animal({ notes: null })
    await here.put(doc)
    await here.sync(there)
    const base = await here.get(doc._id)
    const bare = doc._id.slice(7)
    for (const to of [1, 2, 3])
      await practice.edit('uploadAnimalItems', {
        id: bare,
        changes: { weightGrams: { from: to === 1 ? null : to - 1, to } },
      })
    const { rev } = await here.put({ ...base, breed: 'Cob' })
    await here.replicate.to(there)
    await here.put({ ...base, _rev: rev, breed: 'Shire' })
    await here.replicate.to(there)
    const record = await stored(doc._id)
    expect(record).to.include({ breed: 'Shire', weightGrams: 3 })
    expect((record?.['clocks'] as Record<string, { live: unknown[] }>)['breed']?.live).to.have.length(1)
    await here.replicate.from(there)
    expect(await here.get(doc._id)).to.include({ breed: 'Shire', weightGrams: 3 })
    expect(await here.get(doc._id, { conflicts: true })).not.to.have.property('_conflicts')
  })

  it('two of them in conflict end the same, with both texts', async () => {
    const [one, two, there] = [local(), local(), remote()]
    const doc = animal({ notes: 'Kicks.' })
    await one.put(doc)
    await one.sync(there)
    await two.sync(there)
    await one.put({ ...(await one.get(doc._id)), notes: 'Kicks. Bites.' })
    await two.put({ ...(await two.get(doc._id)), notes: 'Kicks. Calm with a twitch.' })
    await one.sync(there)
    await two.sync(there)
    await one.sync(there)
    await two.sync(there)
    const seen = await Promise.all([one, two, there].map((db) => db.get(doc._id, { conflicts: true })))
    expect(seen[1]).to.deep.equal(seen[0])
    expect(seen[2]).to.deep.equal(seen[0])
    expect(seen[0]).not.to.have.property('_conflicts')
    expect(seen[0]?.['notes']).to.include('Bites').and.include('twitch')
  })

  it('is denied what the API refuses, row by row, and goes on', async () => {
    const [here, there] = [local(), remote()]
    await here.replicate.from(there)
    const good = animal()
    await here.bulkDocs([animal({ clientId: randomUUID() }), good, animal({ siteIds: [9] })])
    const victim = await here.get(`animal:${practice.elsewhere}`)
    await here.remove(victim._id, victim._rev ?? '')
    const denied: unknown[] = []
    const replicating = here.replicate.to(there)
    void replicating.on('denied', (error) => denied.push(error))
    expect(await replicating).to.include({ ok: true, docs_written: 1, doc_write_failures: 3 })
    expect(denied).to.have.length(3)
    expect(await stored(good._id)).to.include({ name: 'Star' })
    expect(await stored(victim._id)).to.include({ name: 'Tilly' })
  })

  it('live: a change on either side reaches the other, until it is cancelled', async () => {
    const [here, there] = [local(), remote()]
    await here.replicate.from(there)
    const running = here.sync(there, { live: true, retry: true, heartbeat: 1000 })
    const doc = animal()
    await here.put(doc)
    await until(here, async () => (await here.get(doc._id))['groupId'] === 1)
    await practice.edit('uploadAnimalItems', {
      id: doc._id.slice(7),
      changes: { breed: { from: null, to: 'Fell' } },
    })
    await until(here, async () => (await here.get(doc._id))['breed'] === 'Fell')
    const ended = new Promise((resolve) => void running.on('complete', resolve))
    running.cancel()
    await ended
  })

  it('is sent no more of what it may not see any longer, and keeps what it has', async () => {
    const [here, there] = [local(), remote('ben.vet')]
    const id = await practice.create('uploadAnimalItems', {
      clientId: practice.clientId,
      name: 'Moved',
      siteIds: [1, 2],
    })
    await here.replicate.from(there)
    await practice.edit('uploadAnimalItems', { id, changes: { siteIds: { from: [1, 2], to: [2] } } })
    await practice.edit('uploadAnimalItems', { id, changes: { name: { from: 'Moved', to: 'Gone' } } })
    expect(await here.replicate.from(there)).to.include({ docs_read: 0 })
    expect(await here.get(`animal:${id}`)).to.include({ name: 'Moved' })
  })
})
