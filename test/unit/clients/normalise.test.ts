/** What people write in many ways, in one. */
import { expect } from 'chai'
import fc from 'fast-check'
import {
  emailKey,
  firstLineKey,
  houseNumber,
  nameKey,
  phoneEnding,
  phoneKey,
  postcodeKey,
} from '../../../sync/clients/normalise.ts'

describe('clients: normalising', () => {
  it('takes a name without accents, case, spaces, hyphens and apostrophes', () => {
    for (const name of ["O'Neill", 'ONEILL', 'Ó Néill', 'o’neill', 'O-Neill', '  O Neill '])
      expect(nameKey(name), name).to.equal('oneill')
    expect(nameKey('Müller')).to.equal('muller')
    expect(nameKey('Łukasz Straße')).to.equal('lukaszstrasse')
    expect(nameKey('İstanbul')).to.equal('istanbul')
  })

  it('keeps names of other scripts apart, and knows them with and without vowel signs', () => {
    expect(nameKey('राम')).to.not.equal(nameKey('रमा'))
    expect(nameKey('مُحَمَّد')).to.equal(nameKey('محمد'))
    expect(nameKey('יוֹסֵף')).to.equal(nameKey('יוסף'))
    expect(nameKey('𠮷田')).to.equal('𠮷田')
    expect(nameKey('— . —')).to.equal('')
  })

  it('takes a telephone number with +44, 0044, 0 and (0), however it is spaced', () => {
    const same = [
      '+44 1632 960123',
      '01632 960123',
      '(01632) 960-123',
      '0044 1632 960123',
      '+44 (0)1632 960123',
    ]
    for (const phone of [...same, '+44(0) 1632 960 123', '01632 960123 ext. 4', '01632 960123 (mother)'])
      expect(phoneKey(phone), phone).to.equal('441632960123')
    expect(phoneKey('+353 1632 960123')).to.equal('3531632960123')
    for (const none of ['', 'ask', '0000', '00000 000000', '12']) expect(phoneKey(none), none).to.equal('')
  })

  it('finds a number by its end', () => {
    for (const typed of ['960123', '01632 960123', '1632 960123', '+44 1632 960123'])
      expect(phoneKey('01632 960123').endsWith(phoneEnding(typed)), typed).to.equal(true)
    expect(phoneEnding('123')).to.equal('')
  })

  it('takes the number of a house from its line, and a street however it is shortened', () => {
    expect(houseNumber('12 Orchard Lane')).to.equal('12')
    expect(houseNumber('Flat 2, 12 A Orchard Lane')).to.equal('12a')
    expect(houseNumber('12a Orchard Lane')).to.equal('12a')
    expect(houseNumber('The Old Mill')).to.equal('')
    expect(houseNumber('Apartment 4')).to.equal('4')
    expect(firstLineKey('12, Orchard Ln.')).to.equal(firstLineKey('12 ORCHARD LANE'))
    expect(firstLineKey('St John St')).to.equal('stjohnstreet')
    expect(postcodeKey('hd4 7qx')).to.equal(postcodeKey('HD47QX'))
    expect(emailKey(' Carol@Example.COM')).to.equal('carol@example.com')
    expect(emailKey('nobody')).to.equal('')
  })

  it('gives the same again for what it gave, and nothing that a key of the index cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const normalise of [nameKey, postcodeKey, emailKey, firstLineKey]) {
          const once = normalise(text)
          expect(once).to.not.match(/[\0\s]/)
          if (normalise !== firstLineKey) expect(normalise(once)).to.equal(once)
        }
        expect(phoneKey(text)).to.match(/^\d*$/)
        expect(houseNumber(text)).to.not.match(/[\0\s]/)
      }),
    )
  })
})
