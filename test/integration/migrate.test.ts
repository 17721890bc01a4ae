/** `npm run cli -- migrate`: the machinery, by steps of this test's own; releases have had no need of one yet. */
import { expect } from 'chai'
import { WorkProgress } from '../../server/cli/work-progress.ts'
import { migrateStore } from '../../server/migrate/migrate-tool.ts'
import type { Migration } from '../../server/migrate/migrate.ts'
import { StoreUnavailable, type Store } from '../../sync/store/port.ts'
import { dyingStore, embeddedPlace, type StorePlace } from '../support/filled-store.ts'

const steps: Migration[] = [
  {
    ...{ type: 'animal', from: 1, what: 'weights are in grams' },
    step: ({ weightKg, ...rest }) => ({ ...rest, weightGrams: Number(weightKg) * 1000 }),
  },
  { type: 'animal', from: 2, what: 'species are codes', step: (fields) => ({ ...fields, species: 'EQ' }) },
]

describe('A migration of stored documents', () => {
  let place: StorePlace
  let store: Store
  beforeEach(async () => {
    place = await embeddedPlace()
    store = await place.open()
    const db = await store.database('group-1')
    const animals = Array.from({ length: 1200 }, (_, n) => ({
      ...{ _id: `animal:${n}`, type: 'animal', schemaVersion: 1, name: `Secret ${n}`, weightKg: n },
    }))
    await db.write([...animals, { _id: 'client:1', type: 'client', schemaVersion: 1 }])
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  })
  const run = (target: Store, dryRun = false): Promise<string[]> =>
    migrateStore({
      ...{ store: target, migrations: steps, dryRun },
      progress: new WorkProgress({ write: () => undefined }, Date.now),
    })
  const expectAll = async (generation: number): Promise<void> => {
    const db = await store.database('group-1')
    const docs = await db.range({ from: 'animal:', to: 'animal:\uffff' })
    expect(docs).to.have.length(1200)
    for (const doc of docs) {
      expect(doc).to.include({
        schemaVersion: 3,
        species: 'EQ',
        weightGrams: Number(doc._id.slice(7)) * 1000,
      })
      expect(doc).not.to.have.property('weightKg')
      expect(Number.parseInt(doc._rev, 10)).to.equal(generation)
    }
    expect(await db.get('client:1')).to.include({ schemaVersion: 1 })
  }

  it('counts and names fields, and writes nothing, where only that is asked', async () => {
    const { updateSeq } = await (await store.database('group-1')).info()
    const lines = await run(store, true)
    expect(lines.filter((line) => line.startsWith('group-1'))).to.deep.equal([
      'group-1  1,200 animal of version 1 to be migrated: weights are in grams',
      'group-1  1,200 animal of version 2 to be migrated: species are codes',
    ])
    expect(lines.join()).to.include('weightKg').and.not.include('Secret')
    expect(await (await store.database('group-1')).info()).to.include({ updateSeq })
  })

  it('takes every document through each version once, and then finds nothing to do', async () => {
    await run(store)
    await expectAll(3)
    expect(await run(store)).to.deep.equal(['Every document is of this release’s version'])
    await expectAll(3)
  })

  it('goes on after it was killed, and two at once do not fight', async () => {
    await run(dyingStore(store, 2)).then(
      () => expect.fail('it did not die'),
      (error: unknown) => expect(error).to.be.instanceOf(StoreUnavailable),
    )
    await Promise.all([run(store), run(store)])
    await expectAll(3)
  })

  it('loses nothing that a server writes meanwhile', async () => {
    const db = await store.database('group-1')
    const rename = async (n: number): Promise<void> => {
      for (;;) {
        const doc = await db.get(`animal:${n}`)
        const [written] = await db.write([{ ...doc, _id: `animal:${n}`, name: 'Renamed' }])
        if (written?.ok) return
      }
    }
    await Promise.all([run(store), ...Array.from({ length: 200 }, (_, n) => rename(n * 6))])
    for (let n = 0; n < 1200; n += 6)
      expect(await db.get(`animal:${n}`)).to.include({
        name: 'Renamed',
        schemaVersion: 3,
        weightGrams: n * 1000,
      })
  })
})
