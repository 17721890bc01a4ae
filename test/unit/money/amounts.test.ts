/** Amounts: rounding, quantities and sums. */
import { expect } from 'chai'
import fc from 'fast-check'
import {
  AmountTooLarge,
  divideRounded,
  millionths,
  priceLine,
  quantityText,
  sumOf,
  vatSummaryOf,
} from '../../../sync/money/amounts.ts'

const price = fc.integer({ min: -1_000_000, max: 1_000_000 })
const vatRate = fc.integer({ min: 0, max: 10_000 })
const quantity = fc
  .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([whole, places]) => `${whole}.${String(places).padStart(6, '0')}`)
const priced = fc.record({ quantity, unitPrice: price, fixedPrice: price, vatRate })

describe('amounts', () => {
  it('are rounded half away from zero', () => {
    const halves = [-25n, -15n, -14n, -5n, 0n, 4n, 5n, 14n, 15n, 25n].map((a) =>
      Number(divideRounded(a, 10n)),
    )
    expect(halves).to.deep.equal([-3, -2, -1, -1, 0, 0, 1, 1, 2, 3])
  })

  it('of what a float gets wrong are right', () => {
    const net = (unitPrice: number, quantity: string | number) =>
      priceLine({ unitPrice, quantity, fixedPrice: 0, vatRate: 0 }).net
    expect(net(115, '1.1')).to.equal(127)
    expect(net(100, '1.005')).to.equal(101)
    expect(net(100, 1.005)).to.equal(101)
    expect(net(3, '0.1')).to.equal(0)
    expect(net(62, '0.000001')).to.equal(0)
    expect(net(1_000_000, '0.000001')).to.equal(1)
  })

  it('of a line are its net, the VAT on it, and both together', () => {
    const line = priceLine({ unitPrice: 420, quantity: '12', fixedPrice: 3000, vatRate: 2000 })
    expect(line).to.deep.equal({ net: 8040, vat: 1608, gross: 9648 })
    expect(priceLine({ unitPrice: 333, quantity: 1, fixedPrice: 0, vatRate: 1750 })).to.deep.equal({
      ...{ net: 333, vat: 58, gross: 391 },
    })
  })

  it('keep a quantity to the last of its six places', () => {
    for (const [given, text] of [
      ['2.50', '2.5'],
      ['-0.000001', '-0.000001'],
      [0.1, '0.1'],
      ['007', '7'],
      [1e9, '1000000000'],
      ['999999999.999999', '999999999.999999'],
      [-3, '-3'],
    ] as const)
      expect(quantityText(millionths(given))).to.equal(text)
    for (const bad of ['1.0000001', '', '1,5', '1e3', 'NaN'])
      expect(() => millionths(bad)).to.throw(RangeError)
  })

  it('that are too large are refused, not rounded', () => {
    expect(() => priceLine({ unitPrice: 1e12, quantity: '2', fixedPrice: 0, vatRate: 0 })).to.throw(
      AmountTooLarge,
    )
    expect(() => priceLine({ unitPrice: 1e12, quantity: '1', fixedPrice: 0, vatRate: 1 })).to.throw(
      AmountTooLarge,
    )
  })

  it('are within half a minor unit of the exact one, and of a line taken back the exact opposite', () => {
    fc.assert(
      fc.property(priced, (line) => {
        const { net, vat, gross } = priceLine(line)
        const exact =
          BigInt(line.unitPrice) * millionths(line.quantity) + BigInt(line.fixedPrice) * 1_000_000n
        const off = BigInt(net) * 1_000_000n - exact
        const vatOff = BigInt(vat) * 10_000n - BigInt(net) * BigInt(line.vatRate)
        const back = priceLine({
          ...line,
          quantity: quantityText(-millionths(line.quantity)),
          fixedPrice: -line.fixedPrice,
        })
        expect(off <= 500_000n && off >= -500_000n).to.equal(true)
        expect(vatOff <= 5_000n && vatOff >= -5_000n).to.equal(true)
        expect([gross - net - vat, back.net + net, back.vat + vat]).to.deep.equal([0, 0, 0])
      }),
    )
  })

  it('are summed without a minor unit lost or made, in all and by rate', () => {
    fc.assert(
      fc.property(fc.array(priced, { maxLength: 30 }), (lines) => {
        const amounts = lines.map((line) => ({ ...priceLine(line), vatRate: line.vatRate }))
        const all = sumOf(amounts)
        const summary = vatSummaryOf(amounts)
        expect(sumOf(summary)).to.deep.equal(all)
        expect(all.gross).to.equal(all.net + all.vat)
        expect(summary.map((row) => row.vatRate)).to.deep.equal(
          [...new Set(lines.map((line) => line.vatRate))].sort((a, b) => a - b),
        )
      }),
    )
  })
})
