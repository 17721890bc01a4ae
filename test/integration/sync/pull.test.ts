import { expect } from 'chai'
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import { readCheckpoint, writeCheckpoint } from '../../../sync/feed/checkpoint.ts'
import type { CheckpointState } from '../../../sync/feed/checkpoint-state.ts'
import { amelia, ben, nobody, openTestGroup, type TestGroup } from '../../support/group.ts'

const dayMs = 86_400_000

/** A checkpoint of group 1 with other content. */
const changed = (checkpoint: Checkpoint, collection: string, other: Partial<CheckpointState>): Checkpoint =>
  writeCheckpoint({ ...readCheckpoint(checkpoint, { group: 1, collection }), ...other })

describe('A pull', () => {
  let t: TestGroup
  beforeEach(async () => void (t = await openTestGroup()))
  afterEach(async () => await t[Symbol.asyncDispose]())

  const clients = async (names: string[], siteIds: number[]) =>
    await t.send(
      'client',
      amelia,
      names.map((lastName) => t.creation({ lastName, siteIds })),
    )
  const namesIn = (documents: Map<string, Record<string, unknown>>) =>
    [...documents.values()].map((d) => d['lastName']).sort()

  /** Makes appointments of ben's, so many days from now. */
  const bookings = async (clientId: string, animalId: string): Promise<(days: number) => object> => {
    const practitionerId = String(ben.practitionerId)
    const _id = `reference:practitioner:${practitionerId}`
    await t.group.db.write([{ _id, type: 'reference', siteIds: [1], kind: 'practitioner' }])
    return (days) => {
      const start = t.clock.now + days * dayMs
      const [startsAt, endsAt] = [start, start + 900_000].map((ms) => new Date(ms).toISOString())
      return t.creation({ siteId: 1, practitionerId, clientId, animalIds: [animalId], startsAt, endsAt })
    }
  }

  it('brings what the user may hold, ready for a device, and nothing else (I7)', async () => {
    const [mine] = await clients(['Marsh'], [1])
    await clients(['Elsewhere'], [2])
    const { documents } = await t.pullAll(ben, 'clients')
    expect(namesIn(documents)).to.deep.equal(['Marsh'])
    const record = documents.get(String(mine?.id))
    expect(record).to.include({ id: mine?.id, revision: mine?.revision, _deleted: false, groupId: 1 })
    expect(record).not.to.have.any.keys(
      '_id',
      '_rev',
      'clocks',
      'applied',
      'schemaVersion',
      'createdBy',
      'type',
      'sent',
    )
    expect((await t.pullAll(nobody, 'clients')).documents.size).to.equal(0)
  })

  it('comes in pages that together are everything, each record once', async () => {
    await clients(
      Array.from({ length: 95 }, (_, i) => `Client ${i}`),
      [1, 2],
    )
    const { documents, pages } = await t.pullAll(amelia, 'clients', null, 10)
    expect(documents.size).to.equal(95)
    expect(pages).to.be.at.least(10)
  })

  it('brings at first whom today’s appointments are about, however small the pages', async () => {
    const made = await clients(
      Array.from({ length: 60 }, (_, i) => `Client ${i}`),
      [1],
    )
    const clientId = String(
      made
        .map(({ id }) => String(id))
        .sort()
        .at(-1),
    )
    const [animal] = await t.send('animal', amelia, [t.creation({ clientId, name: 'Star', siteIds: [1] })])
    const visit = await bookings(clientId, String(animal?.id))
    const [earlier, today] = await t.send('appointment', amelia, [visit(-3), visit(0)])
    expect(earlier?.outcome).to.equal('CREATED')
    const first = async (collection: 'clients' | 'animals' | 'appointments'): Promise<unknown> =>
      (await t.group.pull(ben, { collection, checkpoint: null, limit: 1 })).documents[0]?.id
    expect(await first('appointments')).to.equal(today?.id)
    expect(await first('clients')).to.equal(clientId)
    expect(await first('animals')).to.equal(animal?.id)
    for (const collection of ['appointments', 'clients', 'animals'] as const)
      expect((await t.pullAll(ben, collection, null, 1)).documents.size, collection).to.equal(
        { appointments: 2, clients: 60, animals: 1 }[collection],
      )
  })

  it('brings only what changed since the checkpoint', async () => {
    const [first] = await clients(['Marsh', 'Holt'], [1])
    const before = await t.pullAll(ben, 'clients')
    expect((await t.pullAll(ben, 'clients', before.checkpoint)).documents.size).to.equal(0)
    await t.send('client', ben, [
      t.edit(String(first?.id), first?.revision ?? null, { firstName: { from: null, to: 'Ann' } }),
    ])
    const after = await t.pullAll(ben, 'clients', before.checkpoint)
    expect([...after.documents.keys()]).to.deep.equal([first?.id])
  })

  it('tells a device which of its edits a record holds already', async () => {
    const [client] = await clients(['Marsh'], [1])
    const edit = t.edit(String(client?.id), null, { firstName: { from: null, to: 'Ann' } }) as {
      clientItemId: string
    }
    await t.send('client', ben, [edit])
    const { documents } = await t.pullAll(ben, 'clients')
    expect(documents.get(String(client?.id))?.['recentEdits']).to.deep.equal([edit.clientItemId])
  })

  it('takes off a device what moved to another site', async () => {
    const [client] = await clients(['Marsh'], [1])
    const before = await t.pullAll(ben, 'clients')
    await t.send('client', amelia, [
      t.edit(String(client?.id), client?.revision ?? null, { siteIds: { from: [1], to: [2] } }),
    ])
    const after = await t.pullAll(ben, 'clients', before.checkpoint)
    expect([...after.documents.values()]).to.deep.equal([{ id: client?.id, _deleted: true }])
  })

  it('takes off a device what a user lost the right to, and brings what they gained', async () => {
    await clients(['One'], [1])
    await clients(['Two'], [2])
    await clients(['Both'], [1, 2])
    const before = await t.pullAll(ben, 'clients')
    const moved = { ...ben, siteIds: [2] }
    const after = await t.pullAll(moved, 'clients', before.checkpoint, 2)
    const one = [...before.documents.values()].find((d) => d['lastName'] === 'One')
    expect(after.documents.get(String(one?.['id']))).to.deep.equal({ id: one?.['id'], _deleted: true })
    expect(namesIn(after.documents).filter(Boolean)).to.include('Two')
    const both = [...before.documents.values()].find((d) => d['lastName'] === 'Both')
    expect(after.documents.get(String(both?.['id']))?.['_deleted']).not.to.equal(true)
  })

  it('fills its page, also where a gained site and the changes bring the same record', async () => {
    const animals = async (siteIds: number[]) => {
      const [client] = await clients(['Marsh'], siteIds)
      return await t.send('animal', amelia, [t.creation({ clientId: client?.id, name: 'Tilly', siteIds })])
    }
    const [both] = await animals([1, 2])
    const { checkpoint } = await t.pullAll(ben, 'animals')
    await t.send('animal', amelia, [
      t.edit(String(both?.id), both?.revision ?? null, { breed: { from: null, to: 'Cob' } }),
    ])
    const [later] = await animals([1])
    for (const limit of [1, 2, 3]) {
      const { documents } = await t.pullAll(amelia, 'animals', checkpoint, limit)
      expect([...documents.keys()], `limit ${limit}`).to.have.members([both?.id, later?.id])
    }
  })

  it('moves its window with the calendar: what comes near enters, what is long past leaves', async () => {
    const { clientId, animalId } = await t.household([1])
    const booking = await bookings(clientId, animalId)
    const [past, near, far] = await t.send('appointment', ben, [booking(-10), booking(5), booking(70)])
    const before = await t.pullAll(ben, 'appointments')
    expect([...before.documents.keys()].sort()).to.deep.equal([past?.id, near?.id].sort())
    t.clock.now += 12 * dayMs
    const after = await t.pullAll(ben, 'appointments', before.checkpoint)
    expect(after.documents.get(String(past?.id))).to.deep.equal({ id: past?.id, _deleted: true })
    expect(after.documents.get(String(far?.id))).to.include({ _deleted: false })
    expect(after.documents.size).to.equal(2)
  })

  it('misses nothing where the index was made anew meanwhile', async () => {
    await clients(['Before'], [1])
    const before = await t.pullAll(ben, 'clients')
    const foreign = changed(before.checkpoint, 'clients', { epoch: 'another' })
    await clients(['After', 'Later'], [1])
    const after = await t.pullAll(ben, 'clients', foreign, 1)
    expect(namesIn(after.documents)).to.include.members(['After', 'Later'])
    expect((await t.pullAll(ben, 'clients', after.checkpoint)).documents.size).to.equal(0)
  })

  it('refuses a checkpoint whose place in the store is none', async () => {
    const { checkpoint } = await t.pullAll(ben, 'clients')
    for (const since of ['zzz', '5-abc', -1, 0.5]) {
      const forged = changed(checkpoint, 'clients', { epoch: 'another', since })
      const failure: unknown = await t.pullAll(ben, 'clients', forged).catch((error: unknown) => error)
      expect(failure, String(since)).to.be.instanceOf(Error).with.property('name', 'InvalidCheckpoint')
    }
  })

  it('brings and takes conflicts also where the index was made anew meanwhile', async () => {
    const { animalId } = await t.household([1])
    const disagree = async (field: string, base: string | null) => {
      for (const [actor, to] of [
        [amelia, 'bay'],
        [ben, 'grey'],
      ] as const)
        await t.send('animal', actor, [t.edit(animalId, base, { [field]: { from: null, to } })])
    }
    await disagree('colour', null)
    const before = await t.pullAll(ben, 'conflicts')
    const [settled] = [...before.documents.keys()]
    const elsewhere = changed(before.checkpoint, 'conflicts', { epoch: 'another' })
    const record = await t.group.db.get(`animal:${animalId}`)
    const change = { colour: { from: record?.['colour'], to: 'black' } }
    await t.send('animal', ben, [t.edit(animalId, record?._rev ?? null, change)])
    await disagree('breed', record?._rev ?? null)
    const after = await t.pullAll(ben, 'conflicts', elsewhere)
    expect(after.documents.get(String(settled))).to.deep.equal({ id: settled, _deleted: true })
    const open = [...after.documents.values()].filter((row) => row['_deleted'] === false)
    expect(open.map((row) => row['field'])).to.deep.equal(['breed'])
  })

  it('brings and takes all conflicts of one record, however small the pages are', async () => {
    const { animalId } = await t.household([1])
    const before = await t.pullAll(ben, 'conflicts')
    const fields = ['breed', 'colour', 'species']
    const to = (value: string) =>
      Object.fromEntries(fields.map((field) => [field, { from: null, to: value }]))
    for (const [actor, value] of [
      [amelia, 'one'],
      [ben, 'two'],
    ] as const)
      await t.send('animal', actor, [t.edit(animalId, null, to(value))])
    const open = await Promise.all(
      [1, 2, 3].map(async (limit) => await t.pullAll(ben, 'conflicts', before.checkpoint, limit)),
    )
    for (const { documents } of open)
      expect([...documents.values()].map((row) => String(row['field'])).sort()).to.deep.equal(fields)
    const record = await t.group.db.get(`animal:${animalId}`)
    await t.send('animal', ben, [t.edit(animalId, record?._rev ?? null, to('three'))])
    for (const [i, { documents, checkpoint }] of open.entries()) {
      const after = await t.pullAll(ben, 'conflicts', checkpoint, i + 1)
      const gone = [...after.documents.values()].filter((row) => row['_deleted'] === true)
      expect(gone.map(({ id }) => id)).to.have.members([...documents.keys()])
    }
  })

  it('tells subscribers which collection changed, and only those whose sites it touches', async () => {
    const heard: string[] = []
    const stops = [
      t.group.subscribe(ben, (collection) => heard.push(`ben ${collection}`)),
      t.group.subscribe(nobody, (collection) => heard.push(`nobody ${collection}`)),
    ]
    await clients(['Marsh'], [1])
    await t.group.index.catchUp()
    for (const stop of stops) stop()
    expect(heard).to.deep.equal(['ben clients'])
  })
})
