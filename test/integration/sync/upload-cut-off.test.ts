/** A server that ends between the write of a batch and what follows from it: the batch sent again does the rest. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { StoreUnavailable, type NewDoc } from '../../../sync/store/port.ts'
import { clashing } from '../../../sync/write/mend-clashes.ts'
import { amelia, ben, openTestGroup, type TestGroup } from '../../support/group.ts'

describe('An upload that is cut off after its write', () => {
  let t: TestGroup
  beforeEach(async () => void (t = await openTestGroup()))
  afterEach(async () => await t[Symbol.asyncDispose]())

  /** From the write behind that of a document of this type on, the store takes no more. */
  const cutOffBehind = (type: string): (() => void) => {
    const { db } = t.group
    const write = db.write.bind(db)
    let cut = false
    db.write = async (docs: readonly NewDoc[]) => {
      if (cut) throw new StoreUnavailable('The server has ended')
      cut = docs.some((doc) => doc['type'] === type)
      return await write(docs)
    }
    return () => void (db.write = write)
  }

  const sendCutOff = async (type: 'appointment' | 'animal' | 'document', items: unknown[]): Promise<void> => {
    const goOn = cutOffBehind(type)
    const sent = await t.send(type, ben, items).catch((error: unknown) => error)
    goOn()
    expect(sent).to.be.instanceOf(StoreUnavailable)
    await t.send(type, ben, items)
  }

  const practitioner = async (): Promise<string> => {
    const id = randomUUID()
    await t.group.db.write([
      { _id: `reference:practitioner:${id}`, type: 'reference', siteIds: [1], kind: 'practitioner' },
    ])
    return id
  }
  const booking = (people: object, from: string, to: string) =>
    t.creation({ ...people, startsAt: `2026-06-16T${from}:00Z`, endsAt: `2026-06-16T${to}:00Z` })
  const people = async () => {
    const { clientId, animalId } = await t.household([1])
    return { siteId: 1, practitionerId: await practitioner(), clientId, animalIds: [animalId] }
  }
  const clashesOf = async (id: unknown): Promise<string[]> =>
    clashing(await t.group.db.get(`appointment:${String(id)}`))

  it('shows a clash on both sides', async () => {
    const who = await people()
    const [standing] = await t.send('appointment', amelia, [booking(who, '09:00', '09:30')])
    const item = booking(who, '09:15', '09:45')
    await sendCutOff('appointment', [item])
    expect(await clashesOf(standing?.id)).to.deep.equal([item.clientItemId])
    expect(await clashesOf(item.clientItemId)).to.deep.equal([standing?.id])
  })

  it('shows the clash of two of its own on both sides', async () => {
    const who = await people()
    const [one, other] = [booking(who, '09:00', '09:30'), booking(who, '09:15', '09:45')]
    await sendCutOff('appointment', [one, other])
    expect(await clashesOf(one.clientItemId)).to.deep.equal([other.clientItemId])
    expect(await clashesOf(other.clientItemId)).to.deep.equal([one.clientItemId])
  })

  it('or comes beside another that has not seen it, shows the clash on both sides', async () => {
    const who = await people()
    const items = ['09:00', '09:05', '09:10', '09:15'].map((from) => booking(who, from, '09:45'))
    await Promise.all(items.map((item, i) => t.send('appointment', i % 2 === 0 ? amelia : ben, [item])))
    const ids = items.map(({ clientItemId }) => clientItemId).sort()
    for (const id of ids) expect(await clashesOf(id)).to.deep.equal(ids.filter((other) => other !== id))
  })

  it('shows no clash any more where the appointment was moved away', async () => {
    const who = await people()
    const [standing] = await t.send('appointment', amelia, [booking(who, '09:00', '09:30')])
    const [moved] = await t.send('appointment', ben, [booking(who, '09:15', '09:45')])
    expect(await clashesOf(standing?.id)).to.deep.equal([moved?.id])
    const [from, to] = [moved?.record?.['startsAt'], moved?.record?.['endsAt']]
    const changes = {
      startsAt: { from, to: '2026-06-16T11:00:00Z' },
      endsAt: { from: to, to: '2026-06-16T11:30:00Z' },
    }
    await sendCutOff('appointment', [t.edit(String(moved?.id), moved?.revision ?? null, changes)])
    expect(await clashesOf(standing?.id)).to.deep.equal([])
  })

  it('gives an animal the documents that waited for it', async () => {
    const { clientId } = await t.household([1])
    const animal = t.creation({ clientId, name: 'Bramble' })
    const photo = t.creation({
      ...{ animalId: animal.clientItemId, title: 'Wound', category: 'photo', fileName: 'a.jpg' },
      ...{ contentType: 'image/jpeg', size: 3, sha256: 'a'.repeat(64) },
    })
    const [added] = await t.send('document', ben, [photo])
    expect(added?.outcome).to.equal('CREATED')
    await sendCutOff('animal', [animal])
    const stored = await t.group.db.get(`document:${photo.clientItemId}`)
    expect(stored).to.include({ awaitsAnimal: false, clientId })
  })
})
