/** Texts of a CSV cell read as amounts and days: exactly, or not at all. Pure. */
import { RowRefused } from './errors.ts'

/** How a date such as 03/04/2019 is meant: day or month first. */
export type DateOrder = 'dmy' | 'mdy'

const decimal = /^(-?)(\d{1,15})(?:\.(\d{0,12}))?$/
const grouped = /^-?\d{1,3}(,\d{3})+(\.\d*)?$/

/**
 * A decimal text as an integer of its `places`-th decimal: `('0.10', 2)` is 10. Done on the digits, because
 * `0.29 * 100` is 28.999999999999996. Throws RowRefused where the text is no number or has finer decimals.
 */
export const scaled = (field: string, text: string, places: number): number => {
  const plain = grouped.test(text) ? text.replaceAll(',', '') : text
  const match = decimal.exec(plain)
  if (!match) throw new RowRefused(`${field}: "${text}" is not a decimal number such as 12.50`)
  const [, sign = '', whole = '', written = ''] = match
  const fraction = written.replace(/0+$/, '')
  if (fraction.length > places)
    throw new RowRefused(
      `${field}: "${text}" has more than ${places} decimals, which would have to be rounded`,
    )
  const units = Number(whole + fraction.padEnd(places, '0'))
  if (!Number.isSafeInteger(units)) throw new RowRefused(`${field}: "${text}" is too large`)
  return sign && units ? -units : units
}

/** Decimals of a currency's minor unit: 2 for GBP, 0 for JPY. */
export const minorUnitPlaces = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** Money in minor units from `12.50`, `£12.50` or `1,234.50`. */
export const minorUnits = (field: string, text: string, places: number): number =>
  scaled(field, text.replace(/^(-?)\p{Sc}\s*/u, '$1'), places)

/** A percentage in basis points from `17.5` or `20 %`. */
export const percent = (field: string, text: string): number => {
  const points = scaled(field, text.replace(/\s*%$/, ''), 2)
  if (points > 10_000) throw new RowRefused(`${field}: "${text}" is more than 100 per cent`)
  return points
}

const said = new Map([
  ...['yes', 'y', 'true', '1'].map((word) => [word, true] as const),
  ...['no', 'n', 'false', '0'].map((word) => [word, false] as const),
])

/** `yes` or `no`, also as `true`, `1` and the like. */
export const yesOrNo = (field: string, text: string): boolean => {
  const answer = said.get(text.toLowerCase())
  if (answer === undefined) throw new RowRefused(`${field}: "${text}" is neither yes nor no`)
  return answer
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthNames = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' })
    .format(Date.UTC(2000, month, 1))
    .toLowerCase(),
)
const monthNumber = (name: string): number => {
  const lower = name.toLowerCase().replace(/\.$/, '')
  return Math.max(months.indexOf(lower), monthNames.indexOf(lower), lower === 'sept' ? 8 : -1) + 1
}

const dayOf = (year: string, month: number, day: number): string | undefined => {
  const date = new Date(Date.UTC(Number(year), month - 1, day))
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return real ? date.toISOString().slice(0, 10) : undefined
}

const worded = (text: string): string | undefined => {
  const match = /^(\p{L}+\.?)\s+(\d{1,2}),?\s+(\d{4})$/u.exec(text)
  const [, name = '', day = '', year = ''] = match ?? []
  if (match) return dayOf(year, monthNumber(name), Number(day))
  const other = /^(\d{1,2})[\s-](\p{L}+\.?)[\s-](\d{4})$/u.exec(text)
  const [, first = '', word = '', when = ''] = other ?? []
  return other ? dayOf(when, monthNumber(word), Number(first)) : undefined
}

const numbered = (field: string, text: string, order: DateOrder | undefined): string | undefined => {
  const match = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s.*)?$/.exec(text)
  if (!match) return undefined
  const [first, second] = [Number(match[1]), Number(match[2])]
  if (!order && first <= 12 && second <= 12 && first !== second)
    throw new RowRefused(`${field}: "${text}" could be two days; say --dates dmy or --dates mdy`)
  const dayFirst = order ? order === 'dmy' : first > 12
  return dayOf(match[3] ?? '', dayFirst ? second : first, dayFirst ? first : second)
}

/** A day as `YYYY-MM-DD` from ISO, `16 November 2018`, `November 16 2018`, or digits in the `order` given. */
export const dayFrom = (field: string, text: string, order: DateOrder | undefined): string => {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(text)
  const day = iso
    ? dayOf(iso[1] ?? '', Number(iso[2]), Number(iso[3]))
    : (numbered(field, text, order) ?? worded(text))
  if (day === undefined) throw new RowRefused(`${field}: "${text}" is not a day such as 2019-03-29`)
  return day
}
