import { expect } from 'chai'
import type { Subject } from './subject.ts'
import { leaf, put, revAt } from './helpers.ts'

/** A database read whole, for copies of it. */
export function describeWhole(subject: Subject): void {
  describe('read whole', () => {
    it('tells every leaf of many documents, in the order asked for', async () => {
      const { db } = subject
      await db.writeRevisions([leaf('ü 🐈', '12', { n: 1 }), leaf('ü 🐈', '13', { n: 2 }), leaf('b', '1')])
      const rev = await put(db, { _id: 'gone' })
      await put(db, { _id: 'gone', _rev: rev, _deleted: true })
      await using reader = await db.reader()
      const found = await reader.leavesOf(['gone', 'never', 'ü 🐈', 'b'])
      const alone = await Promise.all(['gone', 'never', 'ü 🐈', 'b'].map((id) => db.leaves(id)))
      expect(found).to.deep.equal(alone)
      expect(found.map((leaves) => leaves.length)).to.deep.equal([1, 0, 2, 1])
      expect((await reader.changes({ limit: 10 })).changes.map(({ id }) => id)).to.have.members([
        ...['ü 🐈', 'b', 'gone'],
      ])
    })

    it('gives the bytes of attachments, of leaves that lost too', async () => {
      const data = Buffer.from('bytes')
      const attached = { _attachments: { 'a.bin': { content_type: 'a/b', data, revpos: 2 } } }
      const one = leaf('a', '12')
      await subject.db.writeRevisions([
        { ...one, doc: { _id: 'a', _rev: revAt('12'), ...attached } },
        leaf('a', '13'),
      ])
      await using reader = await subject.db.reader()
      const found = await reader.attachment('a', revAt('12'), 'a.bin')
      expect(Buffer.from(found?.data ?? []).toString()).to.equal('bytes')
      expect(found?.stub).to.include({ content_type: 'a/b', revpos: 2 })
      expect(await reader.attachment('a', revAt('13'), 'a.bin')).to.equal(undefined)
    })

    it('lists local documents a page at a time, and nothing that is only this database’s', async () => {
      await subject.db.identity()
      const ids = Array.from({ length: 7 }, (_, n) => `c/${n} ü`)
      for (const id of ids) await subject.db.putLocal(id, { id })
      await using reader = await subject.db.reader()
      const found: string[] = []
      for (let after: string | undefined; ;) {
        const page = await reader.locals({ limit: 3, ...(after === undefined ? {} : { after }) })
        found.push(...page.map(({ id }) => id))
        for (const { id, body } of page) expect(body).to.deep.equal({ id })
        if (page.length < 3) break
        after = page.at(-1)?.id
      }
      expect(found).to.deep.equal(ids)
    })

    it('stands still where it says so', async () => {
      await put(subject.db, { _id: 'a' })
      await using reader = await subject.db.reader()
      if (!reader.frozen) {
        const { lastSeq } = await reader.changes({ limit: 10 })
        await put(subject.db, { _id: 'b' })
        expect((await reader.changes({ since: lastSeq, limit: 10 })).changes).to.have.length(1)
        return
      }
      await put(subject.db, { _id: 'b' })
      await subject.db.putLocal('x', {})
      expect((await reader.changes({ limit: 10 })).changes.map(({ id }) => id)).to.deep.equal(['a'])
      expect(await reader.leavesOf(['b'])).to.deep.equal([[]])
      expect(await reader.locals({ limit: 10 })).to.deep.equal([])
    })

    it('has an identity of its own, for as long as it stands', async () => {
      const identity = await subject.db.identity()
      await subject.reopen()
      expect(await subject.db.identity()).to.equal(identity)
      const other = await subject.store.database('other')
      expect(await other.identity()).not.to.equal(identity)
      const before = await other.identity()
      await subject.store.destroy('other')
      const again = await subject.store.database('other')
      expect(await again.identity()).not.to.equal(before)
      await subject.store.destroy('other')
    })
  })
}
