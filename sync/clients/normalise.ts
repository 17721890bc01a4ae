/**
 * What people write in many ways, in one: so that a client is found, and recognised, however a name, an address or a
 * number was typed. Pure. Each gives '' where nothing is left that could tell two people apart.
 */

/** Letters that no decomposition turns into plain ones (Unicode 16, UAX #15 leaves them alone). */
const plainLetters: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i', ŧ: 't' },
}
const special = new RegExp(`[${Object.keys(plainLetters).join('')}]`, 'gu')

/** Accents; the vowel signs of Hebrew and Arabic, which are written or not. Those of Indic scripts are letters. */
const marks = /[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]/gu
/** What names are joined by and cut at. */
const notInWords = /[^\p{L}\p{N}\p{M}]+/u
/** A longer text is no name. */
const longest = 80

const ascii = /^[\x00-\x7f]*$/

const folded = (text: string): string =>
  // Most names have nothing to take apart, and an import folds hundreds of thousands.
  ascii.test(text) ? text.toLowerCase() : unaccented(text)

const unaccented = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(marks, '')
    .replace(special, (letter) => plainLetters[letter] ?? letter)
    .normalize('NFC')

/** The words of a text without case, accents and punctuation: `Ó Néill-Smith` → `o`, `neill`, `smith`. */
export const wordsOf = (text: string): string[] =>
  folded(text)
    .split(notInWords)
    .filter((word) => word !== '')

/** A name without case, accents, spaces, hyphens and apostrophes: `van der Bérg` → `vanderberg`. */
export const nameKey = (name: string): string => firstLetters(wordsOf(name).join(''))

/** Cut to what a name may hold, never in the middle of a letter. */
const firstLetters = (text: string): string =>
  text.length <= longest ? text : [...text].slice(0, longest).join('')

/** A postcode without case, spaces and hyphens: `hd4 7qx` → `hd47qx`. */
export const postcodeKey = (postcode: string): string => nameKey(postcode)

/** An e-mail address without case. What is before the @ is left as it is: only its host knows what it means. */
export const emailKey = (email: string): string => {
  const text = email.normalize('NFKC').trim().toLowerCase()
  return /^[^\s\p{C}]+@[^\s\p{C}]+$/u.test(text) ? text : ''
}

/** The country of a number written with a single 0: the United Kingdom's. */
const homeCountry = '44'
const fewestDigits = 4

/** Digits of a telephone number, its country first: `(01632) 960 123`, `+44 (0)1632 960123` → `441632960123`. */
export const phoneKey = (phone: string): string => {
  const { digits, abroad } = dialled(phone)
  if (abroad) return enough(digits.replace(new RegExp(`^${homeCountry}0`), homeCountry))
  return enough(digits.startsWith('0') ? homeCountry + digits.slice(1) : digits)
}

/** The last digits of a number as people search for it: without the 0 or the country that may stand before them. */
export const phoneEnding = (phone: string): string => {
  const { digits, abroad } = dialled(phone)
  return abroad ? phoneKey(phone) : enough(digits.replace(/^0/, ''))
}

const dialled = (phone: string): { digits: string; abroad: boolean } => {
  const text = phone.normalize('NFKC').replace(/\s*(?:ext|x|#).*$/i, '')
  const abroad = /^\D*(?:\+|00)/.test(text)
  const digits = (abroad ? text.replace(/\(0\)/g, '') : text).replace(/\D/g, '')
  return { digits: abroad ? digits.replace(/^00/, '') : digits, abroad }
}

/** A number of one digit over and over was typed to get past a field. */
const enough = (digits: string): string =>
  digits.length < fewestDigits || /^(\d)\1*$/.test(digits.replace(/^44/, '')) ? '' : digits

const streetWords: Readonly<Record<string, string>> = {
  ...{
    rd: 'road',
    st: 'street',
    ln: 'lane',
    la: 'lane',
    ave: 'avenue',
    av: 'avenue',
    cl: 'close',
    dr: 'drive',
  },
  ...{
    ct: 'court',
    cres: 'crescent',
    gdns: 'gardens',
    pl: 'place',
    sq: 'square',
    ter: 'terrace',
    tce: 'terrace',
  },
}

/** The first line of an address, its last word written out: `12, Orchard Ln.` → `12orchardlane`. */
export const firstLineKey = (line: string): string => {
  const words = wordsOf(line)
  const last = words.pop()
  return last === undefined ? '' : [...words, streetWords[last] ?? last].join('').slice(0, longest)
}

/** The number of a house: `Flat 2, 12 A Orchard Lane` → `12a`; '' for a house with a name only. */
export const houseNumber = (line: string): string => {
  const words = wordsOf(line)
  const numbered = words.flatMap((word, i) => (/^\d/.test(word) ? [i] : []))
  const at = numbered.filter((i) => i < words.length - 1).pop() ?? numbered[0]
  if (at === undefined) return ''
  const next = words[at + 1] ?? ''
  return (words[at] ?? '') + (/^[a-z]$/.test(next) && at + 2 < words.length ? next : '')
}
