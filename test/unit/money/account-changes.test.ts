/** With which changes of an account its invoices are told. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { lastOf, type AccountChange } from '../../../server/services/clinical-portal/account-changes.ts'

const instant = (second: number): string => new Date(second * 1000).toISOString()

/** Changes in the order in which they were written, by servers whose clocks differ. */
const changes = fc
  .array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 12 })
  .map((seconds) =>
    seconds.map((second, i): AccountChange => ({ id: `${i}`, modifiedAt: instant(second), position: i + 1 })),
  )

describe('The invoices of an account', () => {
  it('are told to every reader for whom something of it changed, whatever clocks say', () => {
    fc.assert(
      fc.property(changes, fc.nat({ max: 8 }), fc.nat({ max: 12 }), (all, second, told) => {
        const isNews = ({ modifiedAt, position }: AccountChange): boolean =>
          modifiedAt >= instant(second) && position > told
        const last = lastOf([...all])
        expect(all.some((one) => isNews(one) && last.has(one.id))).to.equal(all.some(isNews))
      }),
    )
  })

  it('are told once where clocks agree', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (count) => {
        const inOrder = Array.from({ length: count }, (_, i) => ({
          ...{ id: `${i}`, modifiedAt: instant(Math.floor(i / 3)), position: i },
        }))
        expect([...lastOf(inOrder)]).to.deep.equal([`${count - 1}`])
      }),
    )
  })
})
