import { expect } from 'chai'
import { InvalidDocument } from '../../../sync/store/prepared.ts'
import type { Subject } from './subject.ts'
import { failure, put, revOf } from './helpers.ts'

const awkwardIds = [
  'appointment:0b9d/../x?a=1&b=2#c',
  'ключ:Müßig',
  'حيوان:قطة',
  '🐈‍⬛:🐾',
  'with "quotes" and \\ and %2F and +',
  'line\nbreak\tand\u0000nothing',
  '_design/x_local',
  'a_local/b',
  'constructor',
]

/** Single documents: what is written is what is read, and only the revision that stands can be replaced. */
export function describeDocuments(subject: Subject): void {
  describe('a document', () => {
    it('is read back as it was written, with its revision', async () => {
      const doc = { _id: 'client:1', name: 'Ada', tags: ['a', 2, null, { deep: [true] }], empty: {}, zero: 0 }
      const rev = await put(subject.db, doc)
      expect(rev).to.match(/^1-./)
      expect(await subject.db.get('client:1')).to.deep.equal({ ...doc, _rev: rev })
    })

    it('that is missing is undefined', async () => {
      expect(await subject.db.get('client:none')).to.equal(undefined)
    })

    it('is not created twice', async () => {
      await put(subject.db, { _id: 'a', n: 1 })
      expect(await subject.db.write([{ _id: 'a', n: 2 }])).to.deep.equal([
        { ok: false, id: 'a', reason: 'conflict' },
      ])
      expect(await subject.db.get('a')).to.include({ n: 1 })
    })

    it('is replaced by a write that names its revision, and by no other', async () => {
      const first = await put(subject.db, { _id: 'a', n: 1 })
      const second = await put(subject.db, { _id: 'a', _rev: first, n: 2 })
      expect(second).to.match(/^2-./)
      const refused = { ok: false, id: 'a', reason: 'conflict' }
      expect(await subject.db.write([{ _id: 'a', _rev: first, n: 3 }])).to.deep.equal([refused])
      const unknown = `2-${'0'.repeat(32)}`
      expect(await subject.db.write([{ _id: 'a', _rev: unknown, n: 3 }])).to.deep.equal([refused])
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: second, n: 2 })
    })

    it('in conflict harms no other of its call', async () => {
      await put(subject.db, { _id: 'b', n: 1 })
      const results = await subject.db.write([{ _id: 'a' }, { _id: 'b' }, { _id: 'c' }])
      expect(results.map(({ id, ok }) => [id, ok])).to.deep.equal([
        ['a', true],
        ['b', false],
        ['c', true],
      ])
      expect(await subject.db.get('c')).to.include({ _rev: revOf(results[2]) })
    })

    it('that comes twice in one call is taken in order', async () => {
      const results = await subject.db.write([
        { _id: 'a', n: 1 },
        { _id: 'b' },
        { _id: 'a', n: 2 },
        { _id: 'a', n: 3 },
      ])
      expect(results.map(({ id, ok }) => [id, ok])).to.deep.equal([
        ['a', true],
        ['b', true],
        ['a', false],
        ['a', false],
      ])
      const rev = revOf(results[0])
      const again = await subject.db.write([
        { _id: 'a', _rev: rev, n: 4 },
        { _id: 'a', _rev: rev, n: 5 },
      ])
      expect(again.map(({ ok }) => ok)).to.deep.equal([true, false])
      expect(await subject.db.get('a')).to.include({ n: 4 })
    })

    it('is stored as it was when the call was made', async () => {
      const doc = { _id: 'a', list: [1] }
      const writing = subject.db.write([doc])
      doc.list.push(2)
      await writing
      expect(await subject.db.get('a')).to.deep.include({ list: [1] })
    })

    it('may have any Unicode in its id and in its values', async () => {
      const text = 'Ünï 漢字 🐕‍🦺 \u0000 \u2028 \uffff \u{10ffff} שלום "\\ud800"'
      const results = await subject.db.write(awkwardIds.map((_id) => ({ _id, text, [text]: _id })))
      expect(results.map(({ ok, id }) => [ok, id])).to.deep.equal(awkwardIds.map((id) => [true, id]))
      for (const id of awkwardIds)
        expect(await subject.db.get(id)).to.deep.include({ _id: id, text, [text]: id })
      const many = await subject.db.getMany(awkwardIds)
      expect(many.map((doc) => doc?._id)).to.deep.equal(awkwardIds)
    })

    it('keeps a field called __proto__ within as a field, and is refused with one at its top', async () => {
      await put(subject.db, JSON.parse('{"_id":"a","deep":{"__proto__":{"x":1}}}') as { _id: string })
      expect(JSON.stringify(await subject.db.get('a'))).to.contain('"__proto__":{"x":1}')
      const top = JSON.parse('{"_id":"b","__proto__":{"x":1}}') as { _id: string }
      expect(await failure(subject.db.write([top]))).to.be.instanceOf(InvalidDocument)
      expect(({} as { x?: number }).x).to.equal(undefined)
    })

    it('that holds half of a surrogate pair is refused, and nothing of its call is written', async () => {
      const refused = [{ _id: 'x\ud83d' }, { _id: 'b', text: 'half \ud83d' }, { _id: 'b', 'half \udc08': 1 }]
      for (const doc of refused) {
        expect(await failure(subject.db.write([{ _id: 'a' }, doc]))).to.be.instanceOf(InvalidDocument)
      }
      expect(await failure(subject.db.get('x\ud83d'))).to.be.instanceOf(InvalidDocument)
      expect(await subject.db.getMany(['a', 'b'])).to.deep.equal([undefined, undefined])
    })

    it('with an id or a field that is reserved is refused', async () => {
      const refused = [
        { _id: '' },
        { _id: '_x' },
        { _id: '_local/x' },
        { _id: 'a', _foo: 1 },
        { _id: 'a', _rev: 'x' },
      ]
      for (const doc of refused) {
        expect(await failure(subject.db.write([doc]))).to.be.instanceOf(InvalidDocument)
      }
      for (const id of ['', '.', '..', '_all_docs', '_local/x', '_design/..']) {
        expect(await subject.db.get(id), id).to.equal(undefined)
        expect(await subject.db.leaves(id), id).to.deep.equal([])
        expect(await subject.db.getLocal(id), id).to.equal(undefined)
      }
      expect(await subject.db.getMany(['', '..', '_all_docs'])).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ])
    })

    it('may be large, and one that is too large is refused before it meets others', async () => {
      await put(subject.db, { _id: 'large', text: 'x'.repeat(2_000_000) })
      expect((await subject.db.get('large'))?.['text']).to.have.length(2_000_000)
      const tooLarge = { _id: 'b', text: 'x'.repeat(8_000_000) }
      expect(await failure(subject.db.write([{ _id: 'a' }, tooLarge]))).to.be.instanceOf(InvalidDocument)
    })
  })

  describe('a deleted document', () => {
    it('is found neither alone nor among many', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      await put(subject.db, { _id: 'b' })
      const tombstone = await put(subject.db, { _id: 'a', _rev: rev, _deleted: true, reason: 'double' })
      expect(tombstone).to.match(/^2-./)
      expect(await subject.db.get('a')).to.equal(undefined)
      expect((await subject.db.getMany(['a', 'b'])).map((doc) => doc?._id)).to.deep.equal([undefined, 'b'])
      expect((await subject.db.range({ from: 'a', to: 'z' })).map((doc) => doc._id)).to.deep.equal(['b'])
      expect(await subject.db.info()).to.include({ docCount: 1 })
    })

    it('keeps the fields of its tombstone', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      const deleted = await put(subject.db, { _id: 'a', _rev: rev, _deleted: true, reason: 'double' })
      const [found] = await subject.db.leaves('a')
      expect(found?.doc).to.deep.equal({ _id: 'a', _rev: deleted, _deleted: true, reason: 'double' })
    })

    it('can be made anew without a revision, and goes on from its generation', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      await put(subject.db, { _id: 'a', _rev: rev, _deleted: true })
      const anew = await put(subject.db, { _id: 'a', n: 1 })
      expect(anew).to.match(/^3-./)
      expect(await subject.db.get('a')).to.deep.equal({ _id: 'a', _rev: anew, n: 1 })
      expect(await subject.db.leaves('a')).to.have.length(1)
      expect(await subject.db.info()).to.include({ docCount: 1 })
    })

    it('is neither changed nor deleted again', async () => {
      const rev = await put(subject.db, { _id: 'a', n: 1 })
      const tombstone = await put(subject.db, { _id: 'a', _rev: rev, _deleted: true })
      const results = await subject.db.write([
        { _id: 'a', _rev: tombstone, n: 2 },
        { _id: 'a', _rev: tombstone, _deleted: true },
        { _id: 'a', _rev: rev, n: 2 },
        { _id: 'a', _deleted: true },
      ])
      expect(results.map(({ ok }) => ok)).to.deep.equal([false, false, false, false])
    })
  })
}
