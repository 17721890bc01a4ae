/** Invoice lines from treatments: what can be invoiced, and for how much. Pure. */
import type { InvoiceLine } from '../contract/practice-records.ts'
import type { Treatment } from '../contract/records.ts'
import { conflictsOfDoc } from '../feed/entries.ts'
import { AmountTooLarge, millionths, priceLine, quantityText, sumOf, vatSummaryOf } from '../money/amounts.ts'
import type { StoredDoc } from '../store/port.ts'
import { bareId } from '../write/document.ts'

type Stored = StoredDoc & Omit<Treatment, 'id' | 'revision'>

const isSet = (value: unknown): boolean => value !== null && value !== undefined

export const invoiceOfTreatment = (doc: StoredDoc): string | null =>
  (doc['invoiceId'] as string | null | undefined) ?? null

/** The currency of a treatment's prices. */
export const currencyOf = (doc: StoredDoc, fallback: string): string =>
  (doc['currency'] as string | null | undefined) ?? fallback

/** Why a treatment cannot be put on an invoice; null where it can. */
export const notInvoiceable = (doc: StoredDoc): string | null => {
  const { voided, unitPrice, fixedPrice, vatRate } = doc as Stored
  if (isSet(invoiceOfTreatment(doc))) return 'is on an invoice already'
  if (isSet(voided)) return 'is voided'
  if (!isSet(unitPrice) && !isSet(fixedPrice)) return 'has no price yet'
  if (!isSet(vatRate)) return 'has no VAT rate yet'
  if (conflictsOfDoc(doc).some(({ field }) => field === 'line'))
    return 'was edited by two people at once; settle that conflict first'
  return isPriceable(doc) ? null : 'comes to an amount that is too large'
}

const isPriceable = (doc: StoredDoc): boolean => {
  try {
    lineOf(doc, '')
    return true
  } catch (error) {
    if (error instanceof AmountTooLarge) return false
    throw error
  }
}

/** @param name of the treatment's code */
export const lineOf = (doc: StoredDoc, name: string): InvoiceLine => {
  const { animalId, treatedAt, code, description, quantity, unitPrice, fixedPrice, vatRate } = doc as Stored
  const priced = {
    ...{ quantity: quantityText(millionths(quantity)), vatRate: vatRate ?? 0 },
    ...{ unitPrice: unitPrice ?? 0, fixedPrice: fixedPrice ?? 0 },
  }
  const said = { code: code ?? null, description: description ?? name }
  return { treatmentId: bareId(doc._id), animalId, treatedAt, ...said, ...priced, ...priceLine(priced) }
}

/** The line that takes another one back: its exact opposite. */
export const oppositeOf = (line: InvoiceLine): InvoiceLine => ({
  ...line,
  quantity: quantityText(-millionths(line.quantity)),
  fixedPrice: minus(line.fixedPrice),
  ...{ net: minus(line.net), vat: minus(line.vat), gross: minus(line.gross) },
})
/** Not -0, which JSON does not keep. */
const minus = (amount: number): number => 0 - amount

/** The lines of an invoice with their sums. */
export const totalsOf = (lines: readonly InvoiceLine[]) => ({
  lines,
  vatSummary: vatSummaryOf(lines).map(({ vatRate, net, vat, gross }) => ({ vatRate, net, vat, gross })),
  ...sumOf(lines),
})
