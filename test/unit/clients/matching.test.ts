/** Whether somebody who registers is a client already. */
import { expect } from 'chai'
import fc from 'fast-check'
import { matchLevel, matchTerms, type Person } from '../../../sync/clients/matching.ts'

const letters = 'abcdefghijklmnoprstuvwyz'
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 3, maxLength: 12 })
const digits = (n: number) => fc.string({ unit: fc.constantFrom(...'123456789'), minLength: n, maxLength: n })

const person: fc.Arbitrary<Person> = fc
  .record({
    lastName: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
    house: fc.integer({ min: 1, max: 999 }),
    street: word,
    postcode: fc.tuple(word, digits(6)).map(([a, n]) => `${a.slice(0, 2)}${n}`),
    phone: digits(9).map((n) => `01${n}`),
    email: fc.tuple(word, word, digits(5)).map(([a, b, n]) => `${a}${n}@${b}.example`),
  })
  .map(({ lastName, house, street, postcode, phone, email }) => ({
    ...{ lastName, phones: [phone], emails: [email] },
    address: { line1: `${house} ${street} lane`, postcode },
  }))

const accents: Record<string, string> = { a: 'á', e: 'ê', i: 'ï', o: 'ö', u: 'ù', c: 'ç', n: 'ñ', s: 'š' }

/** The same person as another receptionist would have typed them. */
const retyped = fc
  .tuple(person, fc.array(fc.nat(5), { minLength: 60, maxLength: 60 }))
  .map(([original, choices]) => {
    let at = 0
    const choice = (): number => choices[at++ % choices.length] ?? 0
    const restyle = (text: string): string =>
      [...text]
        .map((letter) => {
          const style = choice()
          if (letter === ' ') return ['  ', '-', ' - ', "'", ' '][style % 5]
          return style === 0 ? letter.toUpperCase() : style === 1 ? (accents[letter] ?? letter) : letter
        })
        .join('')
    const phone = (original.phones[0] ?? '').slice(1)
    const prefix = ['+44 ', '0', '0044', '+44 (0)', '(0) ', '+44'][choice() % 6] ?? '0'
    const other: Person = {
      lastName: restyle(original.lastName),
      phones: [prefix + phone.replace(/(\d{4})(\d+)/, '$1 $2')],
      emails: original.emails.map((email) => ` ${email.toUpperCase()}`),
      address: {
        line1: restyle(original.address?.line1 ?? '').replace(/lane$/i, choice() > 2 ? 'Ln.' : 'lane'),
        postcode: (original.address?.postcode ?? '').toUpperCase().replace(/(.{3})$/, ' $1'),
      },
    }
    return { original, other, choice }
  })

const none: Pick<Person, 'phones' | 'emails' | 'address'> = { phones: [], emails: [], address: null }

describe('clients: matching', () => {
  it('knows the same person with other accents, case, spacing and telephone prefix', () => {
    fc.assert(
      fc.property(retyped, ({ original, other }) => {
        expect(matchLevel(original, other)).to.equal('MATCHED')
        expect(new Set(matchTerms(other))).to.deep.equal(new Set(matchTerms(original)))
      }),
    )
  })

  it('needs only one of e-mail, telephone and home besides the surname', () => {
    fc.assert(
      fc.property(retyped, fc.nat(2), ({ original, other }, kept) => {
        const part = [{ phones: other.phones }, { emails: other.emails }, { address: other.address }][kept]
        expect(matchLevel(original, { ...none, lastName: other.lastName, ...part })).to.equal('MATCHED')
      }),
    )
  })

  it('knows half of a person where something else is shared', () => {
    fc.assert(
      fc.property(retyped, person, fc.nat(3), ({ original, other }, stranger, kept) => {
        fc.pre(matchLevel(original, stranger) === 'UNMATCHED')
        const { postcode } = other.address ?? {}
        const shared = [
          { phones: other.phones },
          { emails: other.emails },
          { address: other.address },
          { lastName: other.lastName, address: { line1: 'Elsewhere', postcode } },
        ][kept]
        expect(matchLevel(original, { ...stranger, ...shared })).to.equal('PARTIALLY_MATCHED')
      }),
    )
  })

  it('does not know a stranger, and judges both ways alike', () => {
    fc.assert(
      fc.property(person, person, (one, two) => {
        const stranger = { ...two, lastName: `${two.lastName}x`, emails: ['x@y.example'] }
        const shared = matchTerms(one).filter((term) => matchTerms(stranger).includes(term))
        if (shared.length === 0) expect(matchLevel(one, stranger)).to.equal('UNMATCHED')
        expect(matchLevel(one, stranger)).to.equal(matchLevel(stranger, one))
      }),
    )
    const carol: Person = {
      ...{ lastName: 'Marsh', phones: ['01632 960100'], emails: ['carol@example.com'] },
      address: { line1: '12 Orchard Lane', postcode: 'HD4 7QX' },
    }
    const edwin: Person = {
      ...{ lastName: 'Pengelly', phones: ['01632 960101'], emails: ['edwin@example.com'] },
      address: { line1: '14 Orchard Lane', postcode: 'HD4 7QX' },
    }
    expect(matchLevel(carol, edwin)).to.equal('UNMATCHED')
    expect(matchLevel(carol, { ...none, lastName: 'Marsh' })).to.equal('UNMATCHED')
  })

  it('takes nothing for something: empty fields match nobody', () => {
    const empty: Person = { lastName: '', phones: [''], emails: [''], address: { line1: '', postcode: '' } }
    expect(matchTerms(empty)).to.deep.equal([])
    expect(matchLevel(empty, empty)).to.equal('UNMATCHED')
  })
})
