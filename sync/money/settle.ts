/**
 * Which payment pays which invoice. Nothing of it is stored: payments come late from devices that were offline, and are
 * never changed, so allocations are computed from all that a client was charged and has paid. Pure; the same set gives
 * the same answer in whatever order it came.
 *
 * Amounts are minor units of one currency.
 */

/** An invoice as it counts for settling. */
export interface Charge {
  id: string
  issuedAt: string
  /** What it asks for; a negative one owes the client. */
  gross: number
  /** Of a credit note: the invoice that it takes from. */
  creditOf: string | null
}

export interface Paid {
  id: string
  takenAt: string
  amount: number
  reversalOf: string | null
  /** What the payer said it is for; null: oldest invoices first. */
  allocations: readonly Allocation[] | null
}

export interface Allocation {
  invoiceId: string
  amount: number
}

export interface SettledInvoice {
  id: string
  gross: number
  /** What credit notes took from it (0 or less). */
  credited: number
  paid: number
  /** What is still to pay: gross + credited − paid, never below zero. */
  outstanding: number
}

export interface SettledPayment {
  id: string
  allocations: Allocation[]
  /** What of it pays no invoice yet. */
  unallocated: number
  /** Taken back by a reversal, or a reversal itself: it pays nothing. */
  reversed: boolean
}

export interface Settlement {
  invoices: SettledInvoice[]
  payments: SettledPayment[]
  /** What stands to the client's credit: payments and credits that no invoice needs. */
  credit: number
  /** What the client owes, less their credit; below zero the practice owes them. */
  balance: number
}

const byTime = (a: { at: string; id: string }, b: { at: string; id: string }): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0

/** Money that can be put on invoices. */
interface Source {
  left: number
  allocations: Allocation[]
}

/**
 * Puts payments on invoices: first those that say what they are for, up to what is due there, then the others and
 * what invoices were credited beyond their amount, on the oldest invoices first. A payment that says what it is for
 * goes nowhere else; what of it is not due stays credit. A reversed payment and its reversal pay nothing.
 */
export const settle = (charges: readonly Charge[], paid: readonly Paid[]): Settlement => {
  const invoices = invoicesOf(charges)
  const byId = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  const undone = new Set(paid.flatMap(({ id, reversalOf }) => (reversalOf === null ? [] : [id, reversalOf])))
  const sources = new Map<string, Source>()
  const ordered = [...paid].sort((a, b) => byTime({ at: a.takenAt, id: a.id }, { at: b.takenAt, id: b.id }))
  for (const { id, amount, allocations } of ordered) {
    const source: Source = { left: undone.has(id) ? 0 : amount, allocations: [] }
    sources.set(id, source)
    for (const said of allocations ?? []) put(source, byId.get(said.invoiceId), said.amount)
  }
  const free = ordered.filter(({ allocations }) => allocations === null).map(({ id }) => sources.get(id))
  const overCredited: Source[] = invoices
    .filter((invoice) => due(invoice) < 0)
    .map((invoice) => ({ left: -due(invoice), allocations: [] }))
  for (const source of [...overCredited, ...free])
    if (source) for (const invoice of invoices) put(source, invoice, source.left)
  return answer(invoices, ordered, { sources, overCredited, undone })
}

interface Working extends SettledInvoice {
  issuedAt: string
}

const due = ({ gross, credited, paid }: Working): number => gross + credited - paid

/** Invoices in the order of their issue, with what credit notes took from them; other credit notes stand alone. */
const invoicesOf = (charges: readonly Charge[]): Working[] => {
  const known = new Set(charges.filter(({ creditOf }) => creditOf === null).map(({ id }) => id))
  const joined = (charge: Charge): boolean => charge.creditOf !== null && known.has(charge.creditOf)
  const credits = new Map<string, number>()
  for (const charge of charges)
    if (joined(charge))
      credits.set(charge.creditOf ?? '', (credits.get(charge.creditOf ?? '') ?? 0) + charge.gross)
  return charges
    .filter((charge) => !joined(charge))
    .map(({ id, issuedAt, gross }) => ({
      ...{ id, issuedAt, gross, credited: credits.get(id) ?? 0 },
      ...{ paid: 0, outstanding: 0 },
    }))
    .sort((a, b) => byTime({ at: a.issuedAt, id: a.id }, { at: b.issuedAt, id: b.id }))
}

/** Puts up to `amount` of a source on an invoice, and never more than is due there. */
const put = (source: Source, invoice: Working | undefined, amount: number): void => {
  if (!invoice) return
  const taken = Math.min(source.left, amount, due(invoice))
  if (taken <= 0) return
  source.left -= taken
  invoice.paid += taken
  source.allocations.push({ invoiceId: invoice.id, amount: taken })
}

interface Sources {
  sources: ReadonlyMap<string, Source>
  overCredited: readonly Source[]
  undone: ReadonlySet<string>
}

const answer = (
  invoices: readonly Working[],
  paid: readonly Paid[],
  { sources, overCredited, undone }: Sources,
): Settlement => {
  const payments = paid.map(({ id }): SettledPayment => {
    const { allocations, left } = sources.get(id) as Source
    return { id, allocations, unallocated: left, reversed: undone.has(id) }
  })
  const credit =
    payments.reduce((sum, { unallocated }) => sum + unallocated, 0) +
    overCredited.reduce((sum, { left }) => sum + left, 0)
  const settled = invoices.map(({ id, gross, credited, paid }) => {
    return { id, gross, credited, paid, outstanding: Math.max(0, gross + credited - paid) }
  })
  const outstanding = settled.reduce((sum, invoice) => sum + invoice.outstanding, 0)
  return { invoices: settled, payments, credit, balance: outstanding - credit }
}
