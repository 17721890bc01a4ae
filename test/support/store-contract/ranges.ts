import { expect } from 'chai'
import type { Subject } from './subject.ts'

/** In the order of code points, which is not that of JavaScript: an emoji (U+1F408) stands behind U+FB01. */
const inOrder = [
  'A',
  'Z',
  'a',
  'ab',
  'cafe\u0301',
  'cafés',
  'z',
  'é',
  'я',
  'א',
  'ق',
  '漢',
  '\ufb01',
  '\uffff',
  '🐈',
  '🐈‍⬛',
  '\u{10ffff}',
]
const last = '\u{10ffff}\u{10ffff}'

/** Many documents at once: by their ids, and by a range of ids. */
export function describeRanges(subject: Subject): void {
  const idsOf = async (options: Parameters<typeof subject.db.range>[0]) =>
    (await subject.db.range(options)).map(({ _id }) => _id)

  describe('a range', () => {
    beforeEach(async () => {
      await subject.db.write([...inOrder].sort().map((_id) => ({ _id, of: _id })))
    })

    it('comes in the order of code points, whatever the language', async () => {
      expect(await idsOf({ from: 'A', to: last })).to.deep.equal(inOrder)
      expect(await idsOf({ from: 'A', to: last, descending: true })).to.deep.equal([...inOrder].reverse())
    })

    it('holds its first and its last id, and nothing beyond', async () => {
      expect(await idsOf({ from: 'a', to: 'z' })).to.deep.equal(['a', 'ab', 'cafe\u0301', 'cafés', 'z'])
      expect(await idsOf({ from: '\ufb01', to: '🐈' })).to.deep.equal(['\ufb01', '\uffff', '🐈'])
      expect(await idsOf({ from: 'aa', to: 'aa' })).to.deep.equal([])
      expect(await idsOf({ from: 'z', to: 'a' })).to.deep.equal([])
    })

    it('ends at its limit, from either side', async () => {
      expect(await idsOf({ from: 'a', to: last, limit: 2 })).to.deep.equal(['a', 'ab'])
      expect(await idsOf({ from: 'A', to: 'z', limit: 2, descending: true })).to.deep.equal(['z', 'cafés'])
      expect(await idsOf({ from: 'A', to: 'z', limit: 0 })).to.deep.equal([])
    })

    it('does not count deleted documents for its limit', async () => {
      const doc = await subject.db.get('a')
      await subject.db.write([{ _id: 'a', _rev: doc?._rev ?? '', _deleted: true }])
      expect(await idsOf({ from: 'Z', to: last, limit: 2 })).to.deep.equal(['Z', 'ab'])
    })

    it('brings whole documents', async () => {
      const [doc] = await subject.db.range({ from: '漢', to: '漢' })
      expect(doc).to.deep.equal(await subject.db.get('漢'))
    })
  })

  describe('many at once', () => {
    it('are read in the order asked for, with gaps, and twice where asked twice', async () => {
      await subject.db.write(['b', 'a', 'c'].map((_id) => ({ _id })))
      const found = await subject.db.getMany(['c', 'none', 'a', 'c', 'b'])
      expect(found.map((doc) => doc?._id)).to.deep.equal(['c', undefined, 'a', 'c', 'b'])
      expect(await subject.db.getMany([])).to.deep.equal([])
      expect(await subject.db.write([])).to.deep.equal([])
    })

    it('are written and read by the thousand', async () => {
      const ids = Array.from({ length: 3500 }, (_, n) => `n:${String(n).padStart(5, '0')}`)
      const results = await subject.db.write(ids.map((_id, n) => ({ _id, n })))
      expect(results.every(({ ok }) => ok)).to.equal(true)
      const found = await subject.db.getMany(ids)
      expect(found.map((doc) => doc?.['n'])).to.deep.equal(ids.map((_, n) => n))
      expect(await idsOf({ from: 'n:', to: 'n:~' })).to.deep.equal(ids)
      expect(await subject.db.info()).to.include({ docCount: 3500 })
    })
  })
}
