/** What a treatment code costs, and its VAT, at a time: a treatment that comes late is charged as on its day. Pure. */
import { sortableInstant } from '../feed/entries.ts'
import type { StoredDoc } from '../store/port.ts'
import type { FormerRates } from './document.ts'

export const rateFields = ['unitPrice', 'fixedPrice', 'currency', 'vatRate'] as const
type Rates = Omit<FormerRates, 'until'>

/** Changes of a code's rates that are remembered. */
const mostFormer = 100

const ratesOf = ({
  unitPrice = null,
  fixedPrice = null,
  currency = null,
  vatRate = null,
}: StoredDoc): Rates => ({
  ...{ unitPrice, fixedPrice, currency, vatRate },
})

const formerOf = (code: StoredDoc): FormerRates[] => (code['formerRates'] as FormerRates[] | undefined) ?? []

/** The former rates of a code whose rates are changed at `until`, a UTC instant. */
export const formerWith = (code: StoredDoc, until: string): FormerRates[] =>
  [...formerOf(code), { until, ...ratesOf(code) }].slice(-mostFormer)

/** The rates of a code at an instant. */
export const ratesAt = (code: StoredDoc, at: unknown): Rates => {
  const former = formerOf(code)
  // Most codes have cost the same ever since.
  if (former.length === 0) return ratesOf(code)
  const then = sortableInstant(at)
  return former.find(({ until }) => then < until) ?? ratesOf(code)
}
