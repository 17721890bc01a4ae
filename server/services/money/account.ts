/** A client's account: what was charged, what was paid, and what pays what (sync/money/settle.ts). */
import type { Invoice } from '../../../sync/contract/practice-records.ts'
import type { Payment } from '../../../sync/contract/records.ts'
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import type { Group } from '../../../sync/group.ts'
import { settle, type SettledInvoice, type SettledPayment } from '../../../sync/money/settle.ts'
import { apiRecord, docId } from '../../../sync/write/document.ts'
import { invoiceOf } from './invoices.ts'

/** An invoice with what credit notes and payments left of it; of a credit note they say nothing. */
export type AccountInvoice = Invoice & Pick<SettledInvoice, 'credited' | 'paid' | 'outstanding'>
export type AccountPayment = Omit<Payment, 'allocations'> &
  Pick<SettledPayment, 'allocations' | 'unallocated' | 'reversed'>

/** Minor units. */
export interface Balance {
  currency: string
  /** What the client owes less their credit; below zero the practice owes them. */
  balance: number
  outstanding: number
  credit: number
}

export interface Account {
  clientId: string
  /** By currency; none for a client who was never charged and never paid. */
  balances: Balance[]
  /** Invoices and credit notes, newest first. */
  invoices: AccountInvoice[]
  /** Newest first. */
  payments: AccountPayment[]
}

/**
 * Reads a client's account; what a crash left half issued is finished first.
 * @param at ms since the epoch
 */
export const accountOf = async (group: Group, clientId: string, at: number): Promise<Account> => {
  await finishBilling(group, at)
  return await readAccount(group, clientId)
}

/** As `accountOf`, for a caller that has finished what was half issued. */
export const readAccount = async (group: Group, clientId: string): Promise<Account> => {
  const [invoiceKeys, paymentKeys] = await Promise.all([
    group.index.lookup(['invoice.client', clientId], { reverse: true }),
    group.index.lookup(['client.payments', clientId], { reverse: true }),
  ])
  const [invoiceDocs, paymentDocs] = await Promise.all([
    group.db.getMany(invoiceKeys.map((parts) => docId('invoice', parts[1] ?? ''))),
    group.db.getMany(paymentKeys.map((parts) => docId('payment', parts[1] ?? ''))),
  ])
  const invoices = invoiceDocs.flatMap((doc) => (doc ? [invoiceOf(doc)] : []))
  const payments = paymentDocs.flatMap((doc) => (doc ? [apiRecord(doc) as unknown as Payment] : []))
  const currencies = [...new Set([...invoices, ...payments].map(({ currency }) => currency))].sort()
  const parts = currencies.map((currency) => settledIn(currency, invoices, payments))
  const settledInvoices = new Map(
    parts.flatMap(({ settled }) => settled.invoices.map((one) => [one.id, one])),
  )
  const settledPayments = new Map(
    parts.flatMap(({ settled }) => settled.payments.map((one) => [one.id, one])),
  )
  return {
    clientId,
    balances: parts.map(({ balance }) => balance),
    invoices: invoices.map((invoice) => ({ ...invoice, ...stateOf(settledInvoices.get(invoice.id)) })),
    payments: payments.map((payment) => ({ ...payment, ...partsOf(settledPayments.get(payment.id)) })),
  }
}

const settledIn = (currency: string, invoices: readonly Invoice[], payments: readonly Payment[]) => {
  const settled = settle(
    invoices.filter((invoice) => invoice.currency === currency),
    payments.filter((payment) => payment.currency === currency).map(asPaid),
  )
  const outstanding = settled.invoices.reduce((sum, invoice) => sum + invoice.outstanding, 0)
  return { settled, balance: { currency, balance: settled.balance, outstanding, credit: settled.credit } }
}

/** In UTC, whatever offset the device wrote. */
const asPaid = ({ id, amount, takenAt, reversalOf, allocations }: Payment) => ({
  ...{ id, amount, takenAt: new Date(takenAt).toISOString() },
  ...{ reversalOf: reversalOf ?? null, allocations: allocations ?? null },
})

const stateOf = (settled: SettledInvoice | undefined) => ({
  ...{ credited: settled?.credited ?? 0, paid: settled?.paid ?? 0 },
  outstanding: settled?.outstanding ?? 0,
})
const partsOf = (settled: SettledPayment | undefined) => ({
  ...{ allocations: settled?.allocations ?? [], unallocated: settled?.unallocated ?? 0 },
  reversed: settled?.reversed ?? false,
})
