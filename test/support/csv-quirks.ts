/**
 * Files with the quirks of the real ones (shared/data): CRLF, a byte order mark, quoted commas and quotes, accents,
 * emoji, empty fields, licence numbers that repeat, whole rows that repeat, and rows that are broken. The same
 * request makes the same file.
 */

export interface QuirkyOptions {
  rows: number
  /** Every so many rows one is broken; none where it is 0. */
  brokenEvery?: number
}

export interface QuirkyFile {
  text: string
  /** Rows that can be taken. */
  good: number
  /** Line numbers of those that cannot. */
  brokenLines: number[]
}

const names = [
  'Wall-E',
  'Zoë',
  'Señor Bigotes',
  'Jimmy Chew ""Chewie""',
  'Bella, the second',
  'Łapka',
  'Mr 🐾 Paws',
  '',
  'Ñandú',
  "O'Malley",
]
const species = ['Dog', 'Cat', 'Goat', 'Pig']
const breeds = [
  'Domestic Shorthair',
  'Mixed Breed, Medium (up to 44 lbs fully grown)',
  'Terrier, Jack Russell',
]
const second = ['', 'Mix', 'Dachshund, Standard Wire Haired']
const postcodes = ['98108', '98117', '', '98115-2134']

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T
/** Every sixth animal has a licence number that another one has too. */
const licence = (row: number): string => `S${100_000 + (row % 6 === 5 ? row - 5 : row)}`
const quoted = (text: string): string => (/[",]/.test(text) ? `"${text}"` : text)

const goodRow = (row: number): string =>
  [
    'November 16 2018',
    licence(row),
    quoted(pick(names, row * 7)),
    pick(species, row),
    quoted(pick(breeds, row * 5)),
    quoted(pick(second, row * 11)),
    pick(postcodes, row * 3),
  ].join(',')

/** Each a single line that no row can be read from; the next line is good again. */
const broken = [
  'December 1 2018,S1,"Unclosed,Dog,Terrier,,98117',
  'December 1 2018,S2,Too few',
  'December 1 2018,S3,Too many,Dog,Terrier,,98117,and,more',
  'December 1 2018,S4,"Closed" too soon,Dog,Terrier,,98117',
]

/** The header of the real file of animals. */
export const animalsHeader =
  "License Issue Date,License Number,Animal's Name,Species,Primary Breed,Secondary Breed,ZIP Code"

/** A file of animals. */
export const quirkyAnimals = ({ rows, brokenEvery = 0 }: QuirkyOptions): QuirkyFile => {
  const lines = [animalsHeader]
  const brokenLines: number[] = []
  for (let row = 0; row < rows; row += 1) {
    if (brokenEvery > 0 && row % brokenEvery === brokenEvery - 1) {
      lines.push(pick(broken, brokenLines.length))
      brokenLines.push(lines.length)
    }
    lines.push(goodRow(row))
  }
  return { text: `\uFEFF${lines.join('\r\n')}\r\n`, good: rows, brokenLines }
}

/** The header of the real price list. */
export const pricesHeader =
  'code,name,kind,type,group,unitPrice,fixedPrice,sellingUnit,drugSchedule,activeIngredients'

const kinds = ['medication', 'service', 'merchandise']
const prices = ['0.10', '0.29', '25.00', '1.15', '0.00', '19.99']
const fixed = ['', '3.00', '', '30.00']

/** A price list. */
export const quirkyPrices = ({ rows }: Pick<QuirkyOptions, 'rows'>): QuirkyFile => {
  const lines = Array.from({ length: rows }, (_, row) => {
    const kind = pick(kinds, row)
    const unit = kind === 'service' ? '' : pick(['BOTTLE', 'TABLET', 'MLS'], row)
    const name = row % 4 === 0 ? `"Amoxicillin, ""Forte"" ${row}mg"` : `Vaccination à ${row}`
    const schedule = kind === 'medication' ? 'S4' : ''
    return `CODE${row}-${row % 7},${name},${kind},Group,MISC,${pick(prices, row)},${pick(fixed, row)},${unit},${schedule},`
  })
  return { text: `${[pricesHeader, ...lines].join('\r\n')}\r\n`, good: rows, brokenLines: [] }
}
