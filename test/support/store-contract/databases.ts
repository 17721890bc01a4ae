import { expect } from 'chai'
import { StoreUnavailable } from '../../../sync/store/port.ts'
import { InvalidDocument } from '../../../sync/store/prepared.ts'
import type { Subject } from './subject.ts'
import { failure, hex, leaf, put } from './helpers.ts'

/** Local documents, databases as a whole, and what outlives the process. */
export function describeDatabases(subject: Subject): void {
  describe('a local document', () => {
    it('is kept apart from the others and replaced by the last write', async () => {
      const id = 'checkpoint/ü 🐈?#%'
      await put(subject.db, { _id: 'checkpoint' })
      expect(await subject.db.getLocal(id)).to.equal(undefined)
      await subject.db.putLocal(id, { seq: 1, text: 'Größe' })
      await subject.db.putLocal(id, { seq: 2 })
      expect(await subject.db.getLocal(id)).to.deep.equal({ seq: 2 })
      expect(await subject.db.getLocal('checkpoint')).to.equal(undefined)
      expect(await subject.db.get(id)).to.equal(undefined)
      expect((await subject.db.changes({ limit: 10 })).changes).to.have.length(1)
      expect(await subject.db.info()).to.include({ docCount: 1 })
    })

    it('goes when null is put', async () => {
      await subject.db.putLocal('x', { seq: 1 })
      await subject.db.putLocal('x', null)
      await subject.db.putLocal('never', null)
      expect(await subject.db.getLocal('x')).to.equal(undefined)
    })

    it('with an id or a field that is reserved is refused', async () => {
      for (const id of ['', '.', '..', '_']) {
        expect(await failure(subject.db.putLocal(id, { n: 1 }))).to.be.instanceOf(InvalidDocument)
        expect(await failure(subject.db.putLocal(id, null))).to.be.instanceOf(InvalidDocument)
      }
      expect(await failure(subject.db.putLocal('x', { _rev: '1-1' }))).to.be.instanceOf(InvalidDocument)
    })

    it('is written by several at one time without fault', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => subject.db.putLocal('x', { n })))
      expect((await subject.db.getLocal('x'))?.['n']).to.be.within(0, 19)
    })
  })

  describe('a database', () => {
    const names = ['group-1', 'accounts', 'Group 1/ü.🐈', 'group%2d1', '_users', '..', '9']

    it('may have any name and stands apart from the others', async () => {
      for (const name of names) {
        const db = await subject.store.database(name)
        expect(db.name).to.equal(name)
        await put(db, { _id: 'name', name })
      }
      expect(await subject.store.list()).to.include.members(names)
      for (const name of names) {
        const db = await subject.store.database(name)
        expect(await db.get('name')).to.include({ name })
        expect(await db.info()).to.include({ docCount: 1 })
        await subject.store.destroy(name)
      }
      expect(await subject.store.list()).not.to.include.members(names)
    })

    it('without a name is refused', async () => {
      expect(await failure(subject.store.database(''))).to.be.instanceOf(InvalidDocument)
    })

    it('is one object for one name', async () => {
      const [one, two] = await Promise.all([subject.store.database('same'), subject.store.database('same')])
      expect(one).to.equal(two)
      expect(await subject.store.database('same')).to.equal(one)
      await subject.store.destroy('same')
    })

    it('that was destroyed is empty when it is made anew', async () => {
      const before = await subject.store.database('again')
      await put(before, { _id: 'a' })
      await subject.store.destroy('again')
      expect(await failure(before.get('a'))).to.be.instanceOf(StoreUnavailable)
      const db = await subject.store.database('again')
      expect(await db.get('a')).to.equal(undefined)
      expect(await db.info()).to.include({ docCount: 0 })
      await subject.store.destroy('again')
      await subject.store.destroy('again')
    })
  })

  describe('opened again, the store', () => {
    it('has everything that it had', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      const gone = await put(subject.db, { _id: 'b' })
      await put(subject.db, { _id: 'b', _rev: gone, _deleted: true })
      await subject.db.writeRevisions([leaf('c', '12', { of: 2 }), leaf('c', '13', { of: 3 })])
      await subject.db.putLocal('x', { seq: 1 })
      // Two reads of a sharded CouchDB's feed may come in different orders, with other sequences.
      const everything = async () => [
        (await subject.db.changes({ limit: 9, docs: true })).changes
          .map(({ seq: _, ...change }) => change)
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
        await subject.db.leaves('c'),
      ]
      const before = await everything()
      await subject.reopen()
      expect(await everything()).to.deep.equal(before)
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: rev, n: 1 })
      expect(await subject.db.getLocal('x')).to.deep.equal({ seq: 1 })
      expect(await subject.db.info()).to.include({ docCount: 2 })
      expect(await put(subject.db, { _id: 'a', _rev: rev, n: 2 })).to.match(/^2-/)
      expect(await put(subject.db, { _id: 'b' })).to.match(/^3-/)
    })

    it('answers a ping', async () => {
      await subject.store.ping()
    })
  })

  describe('disposed of, the store', () => {
    it('refuses every call as unavailable, and may be disposed of twice', async () => {
      const { store, db } = subject
      await put(db, { _id: 'a' })
      const stop = db.subscribe(() => undefined)
      await subject.reopen()
      await store[Symbol.asyncDispose]()
      stop()
      const calls = [
        () => db.get('a'),
        () => db.getMany(['a']),
        () => db.range({ from: 'a', to: 'b' }),
        () => db.write([{ _id: 'b' }]),
        () => db.changes({ limit: 1 }),
        () => db.leaves('a'),
        () => db.ancestry('a', `1-${hex('1')}`),
        () => db.missingRevs({ a: [`1-${hex('1')}`] }),
        () => db.writeRevisions([leaf('b', '1')]),
        () => db.getLocal('x'),
        () => db.putLocal('x', {}),
        () => db.info(),
        () => store.ping(),
        () => store.list(),
        () => store.database('x'),
        () => store.destroy('x'),
      ]
      for (const call of calls) expect(await failure(call())).to.be.instanceOf(StoreUnavailable)
      expect((await subject.db.get('a'))?._id).to.equal('a')
    })
  })
}
