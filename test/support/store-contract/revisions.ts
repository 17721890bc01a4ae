import { expect } from 'chai'
import { InvalidDocument } from '../../../sync/store/prepared.ts'
import type { Subject } from './subject.ts'
import { allChanges, endOf, failure, hex, leaf, put, revAt } from './helpers.ts'

/** Revisions that come by replication, and their ancestry. */
export function describeRevisions(subject: Subject): void {
  describe('a revision that comes by replication', () => {
    it('is stored as it is, with its ancestry', async () => {
      await subject.db.writeRevisions([leaf('a', '123', { n: 1 })])
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: revAt('123'), n: 1 })
      expect(await subject.db.leaves('a')).to.deep.equal([leaf('a', '123', { n: 1 })])
      expect(await subject.db.info()).to.include({ docCount: 1 })
    })

    it('extends the line it belongs to', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      const ids = [hex('3'), hex('2'), rev.slice(2)]
      const doc = { _id: 'a', _rev: `3-${hex('3')}`, n: 3 }
      await subject.db.writeRevisions([{ doc, revisions: { start: 3, ids } }])
      expect(await subject.db.leaves('a')).to.deep.equal([{ doc, revisions: { start: 3, ids } }])
      const next = await put(subject.db, { _id: 'a', _rev: doc._rev, n: 4 })
      expect(await subject.db.ancestry('a', next)).to.deep.equal([next, doc._rev, `2-${hex('2')}`, rev])
    })

    it('that is known changes nothing, be it a leaf or an ancestor', async () => {
      await subject.db.writeRevisions([leaf('a', '123', { n: 1 })])
      const since = await endOf(subject.db)
      await subject.db.writeRevisions([leaf('a', '123', { n: 9 }), leaf('a', '12', { n: 9 })])
      expect(await subject.db.leaves('a')).to.deep.equal([leaf('a', '123', { n: 1 })])
      // CouchDB tells it again, with nothing new.
      for (const change of await allChanges(subject.db, { since })) {
        expect(change).to.deep.include({ id: 'a', rev: revAt('123'), leaves: [revAt('123')] })
      }
    })

    it('may be a deletion, of a document that was known or was not', async () => {
      await subject.db.writeRevisions([
        leaf('a', '12', { n: 1 }),
        leaf('b', '12', { _deleted: true, why: 'x' }),
      ])
      await subject.db.writeRevisions([leaf('a', '123', { _deleted: true })])
      expect(await subject.db.getMany(['a', 'b'])).to.deep.equal([undefined, undefined])
      expect(await subject.db.leaves('b')).to.deep.equal([leaf('b', '12', { _deleted: true, why: 'x' })])
      expect(await subject.db.info()).to.include({ docCount: 0 })
      expect(await put(subject.db, { _id: 'a' })).to.match(/^4-/)
    })

    it('whose ancestry does not lead to it is refused', async () => {
      const doc = { _id: 'a', _rev: `2-${hex('2')}` }
      for (const revisions of [
        { start: 2, ids: [] },
        { start: 3, ids: [hex('2'), hex('1')] },
        { start: 2, ids: [hex('1'), hex('2')] },
        { start: 1, ids: [hex('2'), hex('1')] },
      ]) {
        expect(await failure(subject.db.writeRevisions([{ doc, revisions }]))).to.be.instanceOf(
          InvalidDocument,
        )
      }
    })

    it('has at most its last thousand ancestors', async () => {
      const ids = Array.from({ length: 1200 }, (_, n) => (1200 - n).toString(16).padStart(32, '0'))
      const doc = { _id: 'a', _rev: `1200-${ids[0] ?? ''}` }
      await subject.db.writeRevisions([{ doc, revisions: { start: 1200, ids } }])
      const [only] = await subject.db.leaves('a')
      expect(only?.revisions).to.deep.equal({ start: 1200, ids: ids.slice(0, 1000) })
      const rev = await put(subject.db, { ...doc, n: 1 })
      expect(await subject.db.ancestry('a', rev)).to.have.length(1000)
    })
  })

  describe('the ancestry', () => {
    it('of a revision leads from it to the root, newest first', async () => {
      await subject.db.writeRevisions([leaf('a', '123'), leaf('a', '14')])
      expect(await subject.db.ancestry('a', revAt('123'))).to.deep.equal([
        revAt('123'),
        revAt('12'),
        revAt('1'),
      ])
      expect(await subject.db.ancestry('a', revAt('14'))).to.deep.equal([revAt('14'), revAt('1')])
      expect(await subject.db.ancestry('a', revAt('12'))).to.deep.equal([revAt('12'), revAt('1')])
    })

    it('of an unknown revision or document is undefined', async () => {
      await subject.db.writeRevisions([leaf('a', '12')])
      expect(await subject.db.ancestry('a', `3-${hex('2')}`)).to.equal(undefined)
      expect(await subject.db.ancestry('a', `2-${hex('7')}`)).to.equal(undefined)
      expect(await subject.db.ancestry('none', revAt('12'))).to.equal(undefined)
      expect(await subject.db.leaves('none')).to.deep.equal([])
    })
  })

  describe('of revisions asked for', () => {
    it('those are missing that are neither leaves nor ancestors here', async () => {
      await subject.db.writeRevisions([leaf('a', '123'), leaf('a', '14')])
      const missing = await subject.db.missingRevs({
        a: [revAt('123'), revAt('12'), revAt('14'), revAt('15'), `3-${hex('9')}`],
        b: [revAt('1')],
      })
      expect(missing).to.have.keys('a', 'b')
      expect(missing['a']).to.have.members([revAt('15'), `3-${hex('9')}`])
      expect(missing['b']).to.deep.equal([revAt('1')])
    })

    it('none are missing where all are known', async () => {
      await subject.db.writeRevisions([leaf('a', '12')])
      expect(await subject.db.missingRevs({ a: [revAt('1'), revAt('12')] })).to.deep.equal({})
      expect(await subject.db.missingRevs({})).to.deep.equal({})
    })

    it('those of a document called constructor are told too', async () => {
      const request = Object.fromEntries([['constructor', [revAt('1')]]])
      expect(await subject.db.missingRevs(request)).to.deep.equal(request)
    })
  })
}
