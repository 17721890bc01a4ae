/** Times, money and statuses as people read them. */
import { DateTime } from 'luxon'
import type { AppointmentDoc } from '../../src/index.ts'

export type Status = NonNullable<AppointmentDoc['status']>

export const statusWord: Record<Status, string> = {
  BOOKED: 'Booked',
  ARRIVED: 'Arrived',
  IN_TREATMENT: 'In treatment',
  TREATED: 'Treated',
  PAID: 'Paid',
  CANCELLED: 'Cancelled',
  FAILED_TO_SHOW: 'Did not come',
}

/** What a vet does next with an appointment. */
export const nextStep: Partial<Record<Status, { to: Status; word: string }>> = {
  BOOKED: { to: 'ARRIVED', word: 'Arrived' },
  ARRIVED: { to: 'IN_TREATMENT', word: 'Start treatment' },
  IN_TREATMENT: { to: 'TREATED', word: 'Treatment done' },
}

export const time = (instant: string | undefined, zone: string): string =>
  instant ? DateTime.fromISO(instant, { zone }).toFormat('HH:mm') : ''
export const dayAndTime = (instant: string | undefined, zone: string): string =>
  instant ? DateTime.fromISO(instant, { zone }).toFormat('ccc d LLL, HH:mm') : ''
export const dayName = (date: string): string => DateTime.fromISO(date).toFormat('cccc d LLLL')
export const shortDayName = (date: string): string => DateTime.fromISO(date).toFormat('ccc d LLL')
export const today = (zone: string): string => DateTime.now().setZone(zone).toISODate() ?? ''
export const daysFrom = (date: string, days: number): string =>
  DateTime.fromISO(date).plus({ days }).toISODate() ?? date

/** A day's first instant and the next day's, as UTC text. */
export const dayBounds = (date: string, zone: string): { from: string; to: string } => {
  const start = DateTime.fromISO(date, { zone }).startOf('day')
  const utc = (at: DateTime): string => at.toJSDate().toISOString()
  return { from: utc(start), to: utc(start.plus({ days: 1 })) }
}

/** @param amount minor units */
export const money = (amount: number, currency: string): string =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(amount / 100)

export interface Line {
  quantity?: string | number | undefined
  unitPrice?: number | null | undefined
  fixedPrice?: number | null | undefined
  vatRate?: number | null | undefined
}
/** What a line comes to with VAT, minor units; for show: what is owed is the practice's to say. */
export const lineTotal = ({ quantity, unitPrice, fixedPrice, vatRate }: Line): number => {
  const net = Math.round(Number(quantity ?? 1) * (unitPrice ?? 0)) + (fixedPrice ?? 0)
  return net + Math.round((net * (vatRate ?? 0)) / 10_000)
}

/** `12.50` → 1250; null where it is no amount. */
export const minorUnits = (text: string): number | null =>
  /^\d{1,7}([.,]\d{1,2})?$/.test(text.trim()) ? Math.round(Number(text.trim().replace(',', '.')) * 100) : null

export const weight = (grams: number | null | undefined): string =>
  grams ? `${(grams / 1000).toLocaleString('en-GB')} kg` : 'not weighed'
