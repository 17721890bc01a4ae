/** `npm run cli -- move`: a store becomes another one, and whoever synced with it goes on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { WorkProgress } from '../../server/cli/work-progress.ts'
import { compareDatabases } from '../../server/move/compare.ts'
import { move } from '../../server/move/move.ts'
import { assertWhole, databasesOf } from '../../server/unfinished.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Store } from '../../sync/store/port.ts'
import { DeviceHere } from '../support/device-here.ts'
import {
  couchPlace,
  dyingStore,
  embeddedPlace,
  fill,
  filledDatabases,
  type StorePlace,
} from '../support/filled-store.ts'
import { openLocal, openRemote } from '../support/replicating-pouch.ts'
import { openSyncPractice, type SyncPractice } from '../support/sync-practice.ts'
import { freePort } from '../support/server-process.ts'

const quiet = (): WorkProgress => new WorkProgress({ write: () => undefined }, Date.now)
const moving = (source: Store, target: Store) =>
  move({ source, target, moveFiles: () => Promise.resolve(0), progress: quiet() })
const failure = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  )

const expectSame = async (source: Store, target: Store): Promise<void> => {
  expect(await target.list()).to.deep.equal(await databasesOf(source))
  for (const name of await databasesOf(source)) {
    await using from = await (await source.database(name)).reader()
    await using to = await (await target.database(name)).reader()
    const { differing } = await compareDatabases({ name, from, to, onCompared: () => undefined })
    expect(differing, name).to.equal(0)
  }
}

const url = process.env['COUCHDB_URL']
if (url === undefined) console.warn('SKIPPED: moves to and from a CouchDB (set COUCHDB_URL)')
const couch = (): StorePlace => couchPlace(url ?? '')
const ways: Record<string, [() => Promise<StorePlace> | StorePlace, () => Promise<StorePlace> | StorePlace]> =
  {
    'from one embedded store to another': [embeddedPlace, embeddedPlace],
    ...(url !== undefined && {
      'from an embedded store to CouchDB': [embeddedPlace, couch],
      'from CouchDB to an embedded store': [couch, embeddedPlace],
    }),
  }

for (const [way, [makeSource, makeTarget]] of Object.entries(ways))
  describe(`A move ${way}`, () => {
    let from: StorePlace
    let to: StorePlace
    let source: Store
    let target: Store
    beforeEach(async () => {
      from = await makeSource()
      to = await makeTarget()
      source = await from.open()
      target = await to.open()
      await fill(source)
    })
    afterEach(async () => {
      await source[Symbol.asyncDispose]()
      await target[Symbol.asyncDispose]()
      await from[Symbol.asyncDispose]()
      await to[Symbol.asyncDispose]()
    })

    it('brings every database with all leaves, ancestry, attachments and local documents', async () => {
      const { databases } = await moving(source, target)
      expect(databases.map(({ name, documents, locals }) => [name, documents, locals])).to.deep.equal(
        filledDatabases.map((name) => [name, name === 'group-1' ? 1 + 6 + 700 : 1, 1]),
      )
      await expectSame(source, target)
      const group = await target.database('group-1')
      expect((await group.leaves('animal:lost')).map(({ doc }) => doc['name'] ?? doc['why'])).to.deep.equal([
        ...['the winner', 'the other', 'merged'],
      ])
      const photo = await group.attachment('animal:photo', `2-${'2'.repeat(32)}`, 'a b ä.jpg')
      expect(photo?.data.byteLength).to.equal(70_000)
      const revs = await (await source.database('group-1')).ancestry('treatment:5', await revOf(source))
      expect(await group.ancestry('treatment:5', await revOf(target))).to.deep.equal(revs)
      expect(await group.identity()).not.to.equal(await (await source.database('group-1')).identity())
    })

    it('goes on after it was killed at any point, and until then no server opens the store', async () => {
      let killed = 0
      for (let calls = 0; ; calls += 2) {
        const said = await failure(moving(source, dyingStore(target, calls)))
        if (said === 'it did not fail') break
        expect(said).to.equal('killed')
        killed += 1
        if (calls > 0) expect(await failure(assertWhole(target))).to.include('half full')
      }
      expect(killed).to.be.greaterThan(3)
      await assertWhole(target)
      await expectSame(source, target)
    })

    it('is refused into a store that is not empty, or half full of something else', async () => {
      await target.database('group-9')
      expect(await failure(moving(source, target))).to.include('is not empty: group-9')
      await target.destroy('group-9')
      await failure(moving(source, dyingStore(target, 9)))
      await using other = await embeddedPlace()
      await using elsewhere = await other.open()
      await fill(elsewhere, 1)
      expect(await failure(moving(elsewhere, target))).to.include('half full of another move')
    })

    it('does not end while something writes to the source', async () => {
      const progress = quiet()
      let told = 0
      const begin = progress.begin.bind(progress)
      const db = await source.database('group-1')
      progress.begin = (label, total) => {
        begin(label, total)
        if (label === 'Comparing accounts') void db.write([{ _id: `late:${(told += 1)}` }])
      }
      const asked = move({ source, target, moveFiles: () => Promise.resolve(0), progress })
      expect(await failure(asked)).to.include('Stop every server')
      expect(await failure(assertWhole(target))).to.include('half full')
      await moving(source, target)
      expect(await (await target.database('group-1')).get('late:1')).to.be.an('object')
    })
  })

const revOf = async (store: Store): Promise<string> =>
  (await (await store.database('group-1')).get('treatment:5'))?._rev ?? ''

describe('After a move', () => {
  let directory: string
  let port: number
  let practice: SyncPractice | undefined
  const inStore = (name: string) => () => openLevelStore({ dataDir: path.join(directory, name) })
  const start = async (name: string): Promise<SyncPractice> => {
    const dataDir = path.join(directory, 'data')
    practice = await openSyncPractice({ dataDir, config: { port }, openStore: inStore(name) })
    return practice
  }
  const stop = async (): Promise<void> => {
    await practice?.[Symbol.asyncDispose]()
    practice = undefined
  }
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'vetspace-moved-'))
    port = await freePort()
  })
  after(async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('a device and a PouchDB that had synced go on: nothing is missing, nothing stands twice', async () => {
    const first = await start('old')
    const device = new DeviceHere(first.server.url)
    await using here = openLocal(path.join(directory, 'pouch'))
    try {
      await device.open()
      await device.client.sync.syncNow()
      const remote = first.urlOf('group-1')
      await here.db.replicate.from(openRemote(remote))
      const { animalId } = first
      await device.patch('animals', animalId, { weightGrams: 500_000 })
      await device.client.sync.syncNow()
      device.network.offline = true
      await device.patch('animals', animalId, { name: 'Offline Star' })
      const known = await here.db.get(`animal:${animalId}`)
      await here.db.put({ ...known, microchip: '900000000000001' })
      await stop()
      {
        await using source = await inStore('old')()
        await using target = await inStore('new')()
        await moving(source, target)
      }
      const second = await start('new')
      const removed = await second.create('uploadAnimalItems', {
        clientId: second.clientId,
        name: 'Since the move',
      })
      device.network.offline = false
      await device.client.sync.syncNow()
      await here.db.replicate.to(openRemote(remote))
      const pulled = await here.db.replicate.from(openRemote(remote))
      await device.client.sync.syncNow()
      expect(pulled).to.include({ ok: true, doc_write_failures: 0 })
      const record = await second.group.db.get(`animal:${animalId}`)
      expect(record).to.include({
        name: 'Offline Star',
        microchip: '900000000000001',
        weightGrams: 500_000,
      })
      expect(await device.get('animals', animalId)).to.include({
        revision: record?._rev,
        name: 'Offline Star',
      })
      expect(await device.get('animals', removed)).to.include({ name: 'Since the move' })
      expect(await here.db.get(`animal:${removed}`)).to.include({ name: 'Since the move' })
      const shown = await here.db.get(`animal:${animalId}`)
      expect(shown).to.include({ _rev: record?._rev, name: 'Offline Star' })
      // What it has already it does not fetch again, though everything is told.
      expect((pulled as { docs_read: number }).docs_read).to.be.lessThan(10)
    } finally {
      await device.close()
    }
  })
})
