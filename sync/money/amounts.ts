/**
 * Amounts, exactly. Money is a whole number of minor units, VAT is in basis points, a quantity has six decimal places;
 * between them stands no float, because 0.1 + 0.2 of anything is somebody's money. Pure.
 *
 * A line is rounded twice, once for its net amount and once for its VAT, half away from zero, so that a line and the
 * line that takes it back are exact opposites. All sums are sums of rounded lines, so what is printed adds up.
 */

/** Millionths. */
const quantityScale = 1_000_000n
const basisPoints = 10_000n
/** As `money` in sync/contract/fields.ts. */
const largest = 1_000_000_000_000n

/** An amount that is beyond what a record holds. */
export class AmountTooLarge extends Error {
  override readonly name = 'AmountTooLarge'
}

/** a / b rounded half away from zero; `b` is positive. */
export const divideRounded = (a: bigint, b: bigint): bigint => {
  const half = (2n * (a < 0n ? -a : a) + b) / (2n * b)
  return a < 0n ? -half : half
}

const decimal = /^(-?)(\d{1,10})(?:\.(\d{1,6}))?$/

/** A quantity, a decimal text or a number of at most six places, in millionths. */
export const millionths = (quantity: string | number): bigint => {
  const text = typeof quantity === 'number' ? quantity.toFixed(6) : quantity
  const match = decimal.exec(text)
  if (!match) throw new RangeError(`Not a quantity: ${text}`)
  const [, sign, whole = '0', places = ''] = match
  const size = BigInt(whole) * quantityScale + BigInt(places.padEnd(6, '0'))
  return sign === '-' ? -size : size
}

/** Millionths as a decimal text without needless places. */
export const quantityText = (size: bigint): string => {
  const positive = size < 0n ? -size : size
  const places = String(positive % quantityScale)
    .padStart(6, '0')
    .replace(/0+$/, '')
  const whole = `${size < 0n ? '-' : ''}${positive / quantityScale}`
  return places === '' ? whole : `${whole}.${places}`
}

const minorUnits = (amount: bigint): number => {
  if (amount > largest || amount < -largest) throw new AmountTooLarge('An amount is too large')
  return Number(amount)
}

/** What is asked for a line, in minor units and basis points. */
export interface Priced {
  quantity: string | number
  unitPrice: number
  fixedPrice: number
  vatRate: number
}

/** Minor units. */
export interface Amounts {
  net: number
  vat: number
  gross: number
}

/** unitPrice × quantity + fixedPrice, and the VAT on it. @throws AmountTooLarge */
export const priceLine = ({ quantity, unitPrice, fixedPrice, vatRate }: Priced): Amounts => {
  const exact = BigInt(unitPrice) * millionths(quantity) + BigInt(fixedPrice) * quantityScale
  const net = divideRounded(exact, quantityScale)
  const vat = divideRounded(net * BigInt(vatRate), basisPoints)
  return { net: minorUnits(net), vat: minorUnits(vat), gross: minorUnits(net + vat) }
}

/** Sums of up to some thousand lines: each is at most 10¹², so a double holds the sum exactly. */
export const sumOf = (lines: readonly Amounts[]): Amounts => {
  const total = (pick: (line: Amounts) => number): number => lines.reduce((sum, line) => sum + pick(line), 0)
  return { net: total((l) => l.net), vat: total((l) => l.vat), gross: total((l) => l.gross) }
}

/** The sums by VAT rate, lowest rate first. */
export const vatSummaryOf = (
  lines: readonly (Amounts & { vatRate: number })[],
): (Amounts & { vatRate: number })[] => {
  const rates = [...new Set(lines.map(({ vatRate }) => vatRate))].sort((a, b) => a - b)
  return rates.map((vatRate) => ({ vatRate, ...sumOf(lines.filter((line) => line.vatRate === vatRate)) }))
}
