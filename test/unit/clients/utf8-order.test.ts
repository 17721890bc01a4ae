/** The order of LevelDB's keys. */
import { expect } from 'chai'
import fc from 'fast-check'
import { utf8Order } from '../../../sync/clients/utf8-order.ts'

describe('the order of terms', () => {
  it('is that of their UTF-8', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 })
    const near = fc.tuple(text, text, text).map(([head, a, b]) => [head + a, head + b] as const)
    fc.assert(
      fc.property(near, ([a, b]) => {
        expect(Math.sign(utf8Order(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      {
        numRuns: 2000,
        examples: [[['\u{1f40e}', '\uff21'] as const], [['a\u{10ffff}', 'a\ue000'] as const]],
      },
    )
  })
})
