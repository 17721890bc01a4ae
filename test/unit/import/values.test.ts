import { expect } from 'chai'
import { RowRefused } from '../../../server/import/errors.ts'
import { dayFrom, minorUnitPlaces, minorUnits, scaled } from '../../../server/import/values.ts'

describe('import: amounts', () => {
  it('reads prices exactly, also those that floating point gets wrong', () => {
    for (const [text, units] of [
      ['0.10', 10],
      ['0.29', 29],
      ['1.15', 115],
      ['19.99', 1999],
      ['4.35', 435],
      ['25', 2500],
      ['.5', undefined],
      ['0.', 0],
      ['-3.00', -300],
      ['£1,234.50', 123_450],
      ['-£2.5', -250],
      ['8.500', 850],
      ['-0.00', 0],
    ] as const)
      if (units === undefined) expect(() => minorUnits('unitPrice', text, 2), text).to.throw(RowRefused)
      else expect(minorUnits('unitPrice', text, 2), text).to.equal(units)
  })

  it('refuses what would have to be rounded or guessed', () => {
    for (const text of ['0.105', '0,10', '1,23.00', '1e3', 'NaN', 'free', '999999999999999', '0x10', ''])
      expect(() => minorUnits('unitPrice', text, 2), text).to.throw(RowRefused, 'unitPrice')
  })

  it('knows how many decimals a currency has', () => {
    expect(['GBP', 'JPY', 'KWD'].map(minorUnitPlaces)).to.deep.equal([2, 0, 3])
  })

  it('reads weights in grams from kilograms', () => {
    expect(scaled('weightKg', '4.205', 3)).to.equal(4205)
  })
})

describe('import: days', () => {
  it('reads ISO, worded and unmistakable days', () => {
    for (const text of [
      '2018-11-16',
      '2018-11-16 00:00:00',
      'November 16 2018',
      'Nov 16, 2018',
      '16 November 2018',
      '16-Nov-2018',
      '16/11/2018',
      '11/16/2018',
    ])
      expect(dayFrom('dateOfBirth', text, undefined), text).to.equal('2018-11-16')
  })

  it('asks for the order where a day could be two', () => {
    expect(() => dayFrom('dateOfBirth', '03/04/2019', undefined)).to.throw(RowRefused, '--dates')
    expect(dayFrom('dateOfBirth', '03/04/2019', 'dmy')).to.equal('2019-04-03')
    expect(dayFrom('dateOfBirth', '03/04/2019', 'mdy')).to.equal('2019-03-04')
  })

  it('refuses days that there never were', () => {
    for (const text of ['2019-02-29', '31/04/2019', 'Smarch 3 2019', '3/4/19', 'soon', '29/29/2019'])
      expect(() => dayFrom('dateOfBirth', text, 'dmy'), text).to.throw(RowRefused)
  })
})
