import { expect } from 'chai'
import { normalUsername } from '../../server/auth/account-docs.ts'
import { usernameFaults } from '../../server/auth/username-rules.ts'

const faultsOf = (name: string): string[] => usernameFaults(normalUsername(name))

describe('The name of a new user', () => {
  const good = {
    'is plain': 'amelia.vet',
    'is an e-mail address': 'Rita+Desk@hillside.example',
    'has accents': 'Zoë.Müller',
    'has accents that are written apart': 'Zoe\u0308',
    'is of digits': '40213',
    'is in Cyrillic letters': 'анна.петрова',
    'is in Hebrew letters': 'דנה.כהן',
    'is in Arabic letters with marks': 'مُحَمَّد',
    'is in Japanese, by its three scripts': '山田はなこカナ',
    'is in Devanagari, with its marks': 'प्रिया',
  }
  for (const [what, name] of Object.entries(good))
    it(`is taken when it ${what}`, () => expect(faultsOf(name)).to.deep.equal([]))

  const bad = {
    'has a Cyrillic letter among Latin ones': ['\u0430melia.vet', 'one alphabet'],
    'has a Greek letter among Latin ones': ['am\u03b5lia', 'one alphabet'],
    'has a character of no width': ['ame\u200blia', 'not seen'],
    'turns the direction of writing': ['amelia\u202etev', 'not seen'],
    'has a soft hyphen': ['ame\u00adlia', 'not seen'],
    'has a filler that is drawn as nothing': ['amelia\u3164', 'not seen'],
    'has a space': ['amelia vet', 'not seen'],
    'has a control character': ['amelia\u0007', 'not seen'],
    'piles marks on a letter': ['a\u0336\u0337\u0338melia', 'pile'],
    'has neither letter nor digit': ['...', 'letter or a digit'],
  } as const
  for (const [what, [name, fault]] of Object.entries(bad))
    it(`is refused when it ${what}`, () => expect(faultsOf(name).join()).to.include(fault))
})
