/** A group's accounting settings, which every device holds too: up to when the books are closed. */
import type { Database } from '../store/port.ts'

/** The stored id's second part: the settings are among the reference documents. */
export const accountingId = 'accounting'

export interface Accounting {
  /** `YYYY-MM-DD`: the first day that is open; null while nothing is closed. */
  closedBefore: string | null
  /** The first instant of that day in the practice's time zone, ms since the epoch; -Infinity while nothing is closed. */
  openFrom: number
  /** Of amounts that name none. */
  currency: string
}

const defaultCurrency = 'GBP'

export const nothingClosed: Accounting = {
  closedBefore: null,
  openFrom: -Infinity,
  currency: defaultCurrency,
}

export const accountingOf = async (db: Database): Promise<Accounting> => {
  const doc = (await db.get(`reference:${accountingId}`)) ?? {}
  const { closedBefore, openFrom, currency } = doc as Record<string, string | null | undefined>
  return {
    closedBefore: closedBefore ?? null,
    openFrom: typeof openFrom === 'string' ? Date.parse(openFrom) : -Infinity,
    currency: currency ?? defaultCurrency,
  }
}
