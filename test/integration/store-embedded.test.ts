/** What only the embedded store promises, or can be asked: it lives in this process and owns its directory. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { makeLevel } from '../../sync/store/level/level-handle.ts'
import { StoreLocked } from '../../sync/store/level/store-locked.ts'
import { StoreUnavailable, type Database } from '../../sync/store/port.ts'
import { audit, Disk, kill, startStoreProcess, writeAndKill } from '../support/store-embedded.ts'
import { allChanges, failure, leaf, put, revAt } from '../support/store-contract/helpers.ts'

describe('The embedded store', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vetspace-embedded-'))
  })
  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true })
  })

  async function holdsAll(db: Database, acknowledged: ReadonlyMap<string, string>): Promise<void> {
    const docs = await db.getMany([...acknowledged.keys()])
    for (const [at, [id, rev]] of [...acknowledged].entries()) {
      if (docs[at]?._rev !== rev) expect(await db.ancestry(id, rev), id).to.include(rev)
    }
  }

  it('killed while it writes at full rate has everything that it acknowledged, and nothing torn', async () => {
    const acknowledged = new Map<string, string>()
    for (const calls of [1, 150, 700, 1500]) {
      for (const [id, rev] of await writeAndKill(dataDir, calls)) acknowledged.set(id, rev)
      await using store = await openLevelStore({ dataDir })
      const db = await store.database('group-1')
      await holdsAll(db, acknowledged)
      await audit(db)
      await put(db, { _id: `after:${calls}` })
    }
    expect(acknowledged.size).to.be.greaterThan(5000)
  })

  it('in use by another process says so, and what to do', async () => {
    const { child } = await startStoreProcess(dataDir, 'hold')
    const error = await failure(openLevelStore({ dataDir }))
    expect(error).to.be.instanceOf(StoreLocked)
    expect(error.message).to.contain(dataDir).and.to.contain('stop the other').and.to.contain('COUCHDB_URL')
    await kill(child)
    await using store = await openLevelStore({ dataDir })
    await store.ping()
  })

  it('in use by this process is locked too', async () => {
    await using store = await openLevelStore({ dataDir })
    expect(await failure(openLevelStore({ dataDir }))).to.be.instanceOf(StoreLocked)
    await store.ping()
  })

  it('disposed of first finishes the writes under way', async () => {
    const store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    const writes = Array.from({ length: 500 }, (_, n) => db.write([{ _id: `d:${n}` }, { _id: `e:${n}` }]))
    const disposed = store[Symbol.asyncDispose]()
    expect(await failure(db.write([{ _id: 'late' }]))).to.be.instanceOf(StoreUnavailable)
    expect((await Promise.all(writes)).flat().every(({ ok }) => ok)).to.equal(true)
    await disposed
    await using again = await openLevelStore({ dataDir })
    expect(await (await again.database('group-1')).info()).to.include({ docCount: 1000 })
  })

  it('lists changes in the order of the writes', async () => {
    await using store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    const rev = await put(db, { _id: 'z' })
    await Promise.all(['b', 'a', 'c'].map((_id) => db.write([{ _id }])))
    await db.write([{ _id: 'e' }, { _id: 'd' }, { _id: 'z', _rev: rev, n: 1 }])
    expect((await allChanges(db)).map(({ id }) => id)).to.deep.equal(['b', 'a', 'c', 'e', 'd', 'z'])
  })

  it('gives the same write the same revision everywhere', async () => {
    await using store = await openLevelStore({ dataDir })
    const [one, two] = [await store.database('one'), await store.database('two')]
    const first = await put(one, { _id: 'a', x: 1, y: { p: [1], q: null } })
    expect(await put(two, { _id: 'a', x: 1, y: { p: [1], q: null } })).to.equal(first)
    const second = await put(one, { _id: 'a', _rev: first, x: 2 })
    expect(await put(two, { _id: 'a', _rev: first, x: 2 })).to.equal(second)
    expect(await put(one, { _id: 'b', x: 2 })).to.not.equal(first)
    expect(await put(one, { _id: 'c', x: 1, y: { p: [1], q: 'null' } })).to.not.equal(first)
  })

  it('tells everything again to one whose place is ahead of it', async () => {
    await using store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    await put(db, { _id: 'a' })
    expect((await db.changes({ since: 99, limit: 10 })).changes).to.have.length(1)
    expect(await failure(db.changes({ since: '1-abc', limit: 10 }))).to.be.instanceOf(RangeError)
  })

  it('takes no write that names a revision of a document that it never had', async () => {
    await using store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    const [result] = await db.write([{ _id: 'a', _rev: revAt('1'), n: 1 }])
    expect(result).to.deep.equal({ ok: false, id: 'a', reason: 'conflict' })
  })

  it('does not tell a revision again that it knew', async () => {
    await using store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    await db.writeRevisions([leaf('a', '123', { n: 1 })])
    await db.writeRevisions([leaf('a', '123', { n: 2 }), leaf('a', '12')])
    expect(await db.info()).to.deep.equal({ docCount: 1, updateSeq: 1 })
  })

  it('removes what an interrupted removal left', async () => {
    await mkdir(join(dataDir, 'store', '.removed-x'), { recursive: true })
    await using store = await openLevelStore({ dataDir })
    expect(await store.list()).to.deep.equal([])
    expect(await readdir(join(dataDir, 'store'))).to.deep.equal(['.lock'])
  })

  describe('on its disk', () => {
    it('keeps the bodies of leaves and of nothing else, and one place for each document', async () => {
      {
        await using store = await openLevelStore({ dataDir })
        const db = await store.database('group-1')
        await db.writeRevisions([leaf('a', '12'), leaf('a', '13'), leaf('a', '14'), leaf('b', '1')])
        const grown = await put(db, { _id: 'a', _rev: revAt('12'), n: 1 })
        await put(db, { _id: 'a', _rev: revAt('13'), _deleted: true })
        await put(db, { _id: 'a', _rev: grown, n: 2 })
      }
      await using level = makeLevel(join(dataDir, 'store', 'group-1'))
      const keys = await level.keys().all()
      expect(keys.filter((key) => key.startsWith('b'))).to.have.length(2)
      expect(keys.map((key) => key.charAt(0)).join('')).to.equal('bbddmss')
    })

    it('gathers concurrent writes into few batches, each of them synced', async () => {
      const disk = new Disk()
      await using store = await openLevelStore({ dataDir, make: disk.make })
      const db = await store.database('group-1')
      await Promise.all(Array.from({ length: 1000 }, (_, n) => db.write([{ _id: `d:${n}` }])))
      await Promise.all(Array.from({ length: 1000 }, (_, n) => db.putLocal(`l:${n}`, {})))
      expect(disk.batches).to.be.within(2, 8)
      expect(disk.unsynced).to.equal(0)
    })

    it('that fails, every write under way is refused as unavailable, and reading goes on', async () => {
      const disk = new Disk()
      await using store = await openLevelStore({ dataDir, make: disk.make })
      const db = await store.database('group-1')
      const rev = await put(db, { _id: 'a', n: 1 })
      const before = await db.info()
      disk.failing = true
      const calls = [
        db.write([{ _id: 'a', _rev: rev, n: 2 }]),
        db.write([{ _id: 'b' }, { _id: 'c' }]),
        db.writeRevisions([leaf('a', '12')]),
        db.putLocal('x', {}),
      ]
      for (const call of calls) {
        const error = await failure(call)
        expect(error).to.be.instanceOf(StoreUnavailable)
        expect(error.message).not.to.contain('ENOSPC')
        expect(error.cause).to.be.instanceOf(Error)
      }
      expect(await failure(store.ping())).to.be.instanceOf(StoreUnavailable)
      expect(await db.get('a')).to.include({ n: 1 })
      expect(await db.info()).to.deep.equal(before)
    })

    it('that takes writes again, goes on where it was', async () => {
      const disk = new Disk()
      await using store = await openLevelStore({ dataDir, make: disk.make })
      const db = await store.database('group-1')
      const rev = await put(db, { _id: 'a', n: 1 })
      disk.failing = true
      await failure(put(db, { _id: 'a', _rev: rev, n: 2 }))
      await failure(put(db, { _id: 'b' }))
      disk.failing = false
      await put(db, { _id: 'a', _rev: rev, n: 3 })
      await store.ping()
      await db.writeRevisions([leaf('c', '12'), leaf('c', '13')])
      await put(db, { _id: 'c', _rev: revAt('13'), _deleted: true })
      expect((await allChanges(db)).map(({ id }) => id)).to.deep.equal(['a', 'c'])
      await audit(db)
    })
  })
})
