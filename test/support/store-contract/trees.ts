import { expect } from 'chai'
import type { Leaf } from '../../../sync/store/port.ts'
import type { Subject } from './subject.ts'
import { allChanges, leaf, put, revAt } from './helpers.ts'

const deleted = { _deleted: true }

/** Leaves in the order in which CouchDB lets them win: alive before deleted, the longer line, the greater hash. */
const tournaments: Record<string, Leaf[]> = {
  'the longer line before the greater hash': [leaf('a', '1234'), leaf('a', '15f'), leaf('a', '16e')],
  'the greater hash of lines of one length': [leaf('a', '1f'), leaf('a', '1e'), leaf('a', '10')],
  'a living leaf before a longer deleted one': [
    leaf('a', '17'),
    leaf('a', '1fff', deleted),
    leaf('a', '1e', deleted),
  ],
  'of deleted ones the longer': [leaf('a', '122', deleted), leaf('a', '1f', deleted)],
  'generations as numbers, not as texts': [leaf('a', '1234567890'), leaf('a', '1f34567ef')],
  'roots of their own too': [leaf('a', 'f2'), leaf('a', 'e1'), leaf('a', '9')],
}

function arrivals(leaves: readonly Leaf[]): Leaf[][] {
  if (leaves.length < 2) return [[...leaves]]
  return leaves.flatMap((first) =>
    arrivals(leaves.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  )
}

/** Documents with several leaves. */
export function describeTrees(subject: Subject): void {
  describe('of several leaves', () => {
    for (const [rule, leaves] of Object.entries(tournaments)) {
      it(`the same wins whatever came first: ${rule}`, async () => {
        for (const [n, order] of arrivals(leaves).entries()) {
          const id = `a${n}`
          const named = (one: Leaf) => ({ ...one, doc: { ...one.doc, _id: id, of: one.doc._rev } })
          for (const one of order) await subject.db.writeRevisions([named(one)])
          expect(await subject.db.leaves(id)).to.deep.equal(leaves.map(named))
          const winner = named(leaves[0] ?? leaf('a', '1')).doc
          expect(await subject.db.get(id)).to.deep.equal(winner._deleted ? undefined : winner)
        }
        const changes = await allChanges(subject.db, { docs: true })
        const revs = leaves.map(({ doc }) => doc._rev)
        for (const change of changes) {
          expect(change).to.deep.include({ rev: revs[0], deleted: leaves[0]?.doc._deleted === true })
          expect(change.leaves[0]).to.equal(revs[0])
          expect(change.leaves).to.have.members(revs)
          expect(change.doc).to.include({ _rev: revs[0], of: revs[0] })
        }
      })
    }

    it('all may come in one call, with documents of other ids', async () => {
      await subject.db.writeRevisions([leaf('a', '12'), leaf('b', '1'), leaf('a', '13'), leaf('a', '1245')])
      expect((await subject.db.leaves('a')).map(({ doc }) => doc._rev)).to.deep.equal([
        revAt('1245'),
        revAt('13'),
      ])
      expect(await subject.db.leaves('b')).to.have.length(1)
      expect(await subject.db.info()).to.include({ docCount: 2 })
    })

    it('each can be replaced, and the longest wins', async () => {
      await subject.db.writeRevisions([leaf('a', '13', { of: '13' }), leaf('a', '12', { of: '12' })])
      expect(await subject.db.get('a')).to.include({ of: '13' })
      const rev = await put(subject.db, { _id: 'a', _rev: revAt('12'), of: 'loser, then winner' })
      expect(rev).to.match(/^3-/)
      expect(await subject.db.get('a')).to.include({ _rev: rev, of: 'loser, then winner' })
      const leaves = await subject.db.leaves('a')
      expect(leaves.map(({ doc }) => doc['of'])).to.deep.equal(['loser, then winner', '13'])
      expect(await subject.db.ancestry('a', rev)).to.deep.equal([rev, revAt('12'), revAt('1')])
    })

    it('a write that names none, or an ancestor, is refused', async () => {
      await subject.db.writeRevisions([leaf('a', '13'), leaf('a', '12')])
      const results = await subject.db.write([{ _id: 'a' }, { _id: 'a', _rev: revAt('1') }])
      expect(results.map(({ ok }) => ok)).to.deep.equal([false, false])
    })

    it('the next one wins with its body when the winner is deleted', async () => {
      await subject.db.writeRevisions([leaf('a', '13', { of: '13' }), leaf('a', '12', { of: '12' })])
      const tombstone = await put(subject.db, { _id: 'a', _rev: revAt('13'), _deleted: true })
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: revAt('12'), of: '12' })
      const [change] = await allChanges(subject.db, { docs: true })
      expect(change).to.deep.include({ rev: revAt('12'), deleted: false, leaves: [revAt('12'), tombstone] })
      expect(await subject.db.info()).to.include({ docCount: 1 })
    })

    it('a conflict is settled by deleting the losers, and survives opening again', async () => {
      await subject.db.writeRevisions([
        leaf('a', '13', { of: '13' }),
        leaf('a', '12'),
        leaf('a', '14', { of: '14' }),
      ])
      await subject.db.write([
        { _id: 'a', _rev: revAt('13'), _deleted: true },
        { _id: 'a', _rev: revAt('12'), _deleted: true },
        { _id: 'a', _rev: revAt('14'), of: 'settled' },
      ])
      await subject.reopen()
      const leaves = await subject.db.leaves('a')
      expect(leaves.map(({ doc }) => doc._deleted === true)).to.deep.equal([false, true, true])
      expect(await subject.db.get('a')).to.include({ of: 'settled' })
    })

    it('all deleted, the document can be made anew on the winner of them', async () => {
      await subject.db.writeRevisions([leaf('a', '13', deleted), leaf('a', '124', deleted)])
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      expect(rev).to.match(/^4-/)
      expect(await subject.db.ancestry('a', rev)).to.include(revAt('124'))
      expect((await subject.db.leaves('a')).map(({ doc }) => doc._rev)).to.deep.equal([rev, revAt('13')])
    })

    it('long lines with a late branch keep both, and their ancestry', async () => {
      const trunk = Array.from({ length: 900 }, (_, n) => n.toString(16).padStart(32, 'a'))
      const branch = (tip: string): Leaf => {
        const ids = [tip.repeat(32), ...[...trunk].reverse()]
        return { doc: { _id: 'a', _rev: `901-${ids[0] ?? ''}`, tip }, revisions: { start: 901, ids } }
      }
      await subject.db.writeRevisions([branch('1')])
      await subject.db.writeRevisions([branch('2')])
      expect(await subject.db.leaves('a')).to.deep.equal([branch('2'), branch('1')])
    })
  })
}
