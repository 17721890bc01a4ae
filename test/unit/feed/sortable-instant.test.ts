import { expect } from 'chai'
import * as fc from 'fast-check'
import { sortableInstant } from '../../../sync/feed/entries.ts'

const two = (n: number): string => String(n).padStart(2, '0')

describe('The text by which instants are sorted', () => {
  it('is what the clock makes of an instant, also on days that are not in every month and in leap years', () => {
    const written = fc.record({
      year: fc.constantFrom('1900', '2000', '2024', '2026', '2100'),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.constantFrom(1, 9, 10, 28, 29, 30, 31),
      hour: fc.integer({ min: 0, max: 24 }),
      rest: fc.constantFrom(':00:00.000Z', ':59:59.999Z', ':30Z', ':07:30Z', ':07:30.5Z', ':00:00.000+01:00'),
    })
    fc.assert(
      fc.property(written, ({ year, month, day, hour, rest }) => {
        const text = `${year}-${two(month)}-${two(day)}T${two(hour)}${rest}`
        const ms = Date.parse(text)
        expect(sortableInstant(text), text).to.equal(Number.isNaN(ms) ? '' : new Date(ms).toISOString())
      }),
      { numRuns: 2000 },
    )
  })

  it('is empty where there is no instant', () => {
    expect(
      [undefined, null, 7, '', 'tomorrow', '2026-13-01T00:00:00.000Z'].map(sortableInstant),
    ).to.deep.equal(Array.from({ length: 6 }, () => ''))
  })
})
