import { expect } from 'chai'
import type { Subject } from './subject.ts'
import { allChanges, endOf, listening, put } from './helpers.ts'

/** The order of changes, and hearing of them. */
export function describeChanges(subject: Subject): void {
  describe('the changes', () => {
    it('of an empty database are none', async () => {
      expect((await subject.db.changes({ limit: 10 })).changes).to.deep.equal([])
    })

    it('list each document once, at its latest revision', async () => {
      const first = await put(subject.db, { _id: 'a', n: 1 })
      await put(subject.db, { _id: 'b' })
      const second = await put(subject.db, { _id: 'a', _rev: first, n: 2 })
      const changes = await allChanges(subject.db)
      expect(changes.map(({ id }) => id).sort()).to.deep.equal(['a', 'b'])
      const { seq: _, ...change } = changes.find(({ id }) => id === 'a') ?? { seq: 0 }
      expect(change).to.deep.equal({ id: 'a', rev: second, deleted: false, leaves: [second] })
    })

    it('come with the winning document where it is asked for', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      const gone = await put(subject.db, { _id: 'b', n: 1 })
      const tombstone = await put(subject.db, { _id: 'b', _rev: gone, _deleted: true, why: 'x' })
      const docs = (await allChanges(subject.db, { docs: true })).map(({ doc }) => doc)
      expect(docs).to.have.deep.members([
        { _id: 'a', _rev: rev, n: 1 },
        { _id: 'b', _rev: tombstone, _deleted: true, why: 'x' },
      ])
      expect((await allChanges(subject.db)).every((change) => !('doc' in change))).to.equal(true)
    })

    it('tell of deletions', async () => {
      const rev = await put(subject.db, { _id: 'a' })
      const tombstone = await put(subject.db, { _id: 'a', _rev: rev, _deleted: true })
      const [change] = await allChanges(subject.db)
      expect(change).to.deep.include({ id: 'a', rev: tombstone, deleted: true, leaves: [tombstone] })
    })

    it('after a place are those that came later', async () => {
      const first = await put(subject.db, { _id: 'a', n: 1 })
      await put(subject.db, { _id: 'b' })
      const since = await endOf(subject.db)
      expect((await subject.db.changes({ since, limit: 10 })).changes).to.deep.equal([])
      await put(subject.db, { _id: 'c' })
      await put(subject.db, { _id: 'a', _rev: first, n: 2 })
      const later = await allChanges(subject.db, { since })
      expect(later.map(({ id }) => id).sort()).to.deep.equal(['a', 'c'])
    })

    it('come in pages that leave nothing out and repeat nothing', async () => {
      const ids = Array.from({ length: 100 }, (_, n) => `p:${n}`)
      await subject.db.write(ids.map((_id) => ({ _id })))
      const paged = await allChanges(subject.db, { page: 7, docs: true })
      expect(paged.map(({ id }) => id).sort()).to.deep.equal([...ids].sort())
      expect(paged.every(({ id, doc }) => doc?._id === id)).to.equal(true)
      const { changes, lastSeq } = await subject.db.changes({ limit: 40 })
      expect(changes).to.have.length(40)
      expect(await allChanges(subject.db, { since: lastSeq })).to.have.length(60)
      const at = changes.at(-1)?.seq ?? 0
      expect(await allChanges(subject.db, { since: at })).to.have.length(60)
    })

    it('after a place that is none are refused', async () => {
      await put(subject.db, { _id: 'a' })
      for (const since of ['none', '5-abc', -1]) {
        const failure: unknown = await subject.db
          .changes({ since, limit: 1 })
          .catch((error: unknown) => error)
        expect(failure, String(since)).to.be.instanceOf(RangeError)
      }
    })

    it('keep their places when the store is opened again', async () => {
      await put(subject.db, { _id: 'a' })
      const since = await endOf(subject.db)
      await put(subject.db, { _id: 'b' })
      await subject.reopen()
      await put(subject.db, { _id: 'c' })
      const ids = (await allChanges(subject.db, { since })).map(({ id }) => id)
      expect(ids.sort()).to.deep.equal(['b', 'c'])
    })

    it('read page by page while others write miss nothing', async () => {
      const seen = new Map<string, string>()
      const writing = (async () => {
        for (let n = 0; n < 60; n++) await subject.db.write([{ _id: `w:${n}` }, { _id: `x:${n}` }])
      })()
      let since: string | number = 0
      const read = async () => {
        const { changes, lastSeq } = await subject.db.changes({ since, limit: 5 })
        for (const { id, rev } of changes) seen.set(id, rev)
        since = lastSeq
        return changes.length
      }
      for (let n = 0; n < 20; n++) await read()
      await writing
      while ((await read()) > 0);
      expect(seen.size).to.equal(120)
    })
  })

  describe('a listener', () => {
    it('hears of writes, of revisions that came by replication, and with the others', async () => {
      const one = listening()
      const two = listening()
      const stops = [subject.db.subscribe(one.listener), subject.db.subscribe(two.listener)]
      await put(subject.db, { _id: 'a' })
      await Promise.all([one.heard, two.heard])
      const three = listening()
      stops.push(subject.db.subscribe(three.listener))
      const revisions = { start: 1, ids: ['f'.repeat(32)] }
      await subject.db.writeRevisions([{ doc: { _id: 'b', _rev: `1-${'f'.repeat(32)}` }, revisions }])
      await three.heard
      for (const stop of stops) stop()
    })

    it('that stopped hears nothing any more', async () => {
      const stopped = listening()
      const stop = subject.db.subscribe(stopped.listener)
      await put(subject.db, { _id: 'a' })
      await stopped.heard
      stop()
      stop()
      const calls = stopped.count()
      const other = listening()
      const stopOther = subject.db.subscribe(other.listener)
      await put(subject.db, { _id: 'b' })
      await other.heard
      stopOther()
      expect(stopped.count()).to.equal(calls)
    })

    it('that throws does not silence the others', async () => {
      const warned = new Promise((resolve) => process.once('warning', resolve))
      const other = listening()
      const stops = [
        subject.db.subscribe(() => {
          throw new Error('A listener of the contract test that throws')
        }),
        subject.db.subscribe(other.listener),
      ]
      await put(subject.db, { _id: 'a' })
      await other.heard
      await warned
      for (const stop of stops) stop()
    })
  })
}
