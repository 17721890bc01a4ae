import { expect } from 'chai'
import fc from 'fast-check'
import { jsonContent } from '../../../sync/encoding/json-content.ts'

const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constant(undefined),
  fc.date({ noInvalidDate: true }),
)
/** An answer: short and long lists among other fields, nothing and nulls in any of them. */
const answers = fc.dictionary(
  fc.string(),
  fc.oneof(anything, fc.array(anything, { minLength: 30, maxLength: 70 })),
)

describe('JSON to send', () => {
  it('is what JSON.stringify gives, in UTF-8, for any answer with long lists in it', () => {
    fc.assert(
      fc.property(answers, (value) => {
        expect(jsonContent(value).toString()).to.equal(JSON.stringify(value))
      }),
    )
  })

  it('is the same for what has no fields: lists, texts, numbers, nothing', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(anything, { minLength: 40 })), (value) => {
        expect(jsonContent(value).toString()).to.equal(JSON.stringify(value) ?? 'null')
      }),
    )
  })

  it('gives one answer bytes that the next does not change, also after one that is very large', () => {
    const items = (text: string, count: number) => ({ items: Array.from({ length: count }, () => text) })
    const first = jsonContent(items('€ 12', 100))
    const large = jsonContent(items('ż'.repeat(50_000), 40))
    const last = jsonContent(items('last', 100))
    expect(JSON.parse(first.toString())).to.deep.equal(items('€ 12', 100))
    expect(JSON.parse(large.toString())).to.deep.equal(items('ż'.repeat(50_000), 40))
    expect(JSON.parse(last.toString())).to.deep.equal(items('last', 100))
  })

  it('leaves a value that says itself what it is as JSON to do so', () => {
    const list = Array.from({ length: 50 }, (_, i) => i)
    expect(jsonContent({ list, toJSON: () => ({ short: true }) }).toString()).to.equal('{"short":true}')
  })
})
