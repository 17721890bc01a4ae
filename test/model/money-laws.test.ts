/**
 * Laws of money (I5): over random treatments, invoices, voids, payments and reversals, nothing is lost or made by
 * rounding or by allocation, and no order of arrival makes a difference.
 */
import { expect } from 'chai'
import fc from 'fast-check'
import { lineOf, oppositeOf, totalsOf } from '../../sync/billing/lines.ts'
import { settle, type Charge, type Paid } from '../../sync/money/settle.ts'
import type { StoredDoc } from '../../sync/store/port.ts'

/** One thing that happens at a practice; numbers choose among what is there. */
type Event =
  | { kind: 'treat'; quantity: string; unitPrice: number; fixedPrice: number; vatRate: number }
  | { kind: 'invoice'; upTo: number }
  | { kind: 'void'; which: number }
  | { kind: 'pay'; amount: number; share: number; on: number | null }
  | { kind: 'reverse'; which: number }

const index = fc.nat(1000)
const quantity = fc
  .tuple(fc.integer({ min: -20, max: 200 }), fc.nat(999_999))
  .map(([whole, places]) => `${whole}.${String(places).padStart(6, '0')}`)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('treat' as const),
      quantity,
      unitPrice: fc.integer({ min: 0, max: 50_000 }),
      fixedPrice: fc.integer({ min: 0, max: 5_000 }),
      vatRate: fc.constantFrom(0, 500, 1750, 2000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('invoice' as const), upTo: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('void' as const), which: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      amount: fc.integer({ min: 1, max: 2_000_000 }),
      share: fc.nat(100),
      on: fc.option(index),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverse' as const), which: index }) },
)

interface Books {
  open: StoredDoc[]
  lines: { invoiceId: string; line: ReturnType<typeof lineOf>; credited: boolean }[]
  charges: Charge[]
  paid: Paid[]
}

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]
const time = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()

/** What stands in the books after these events. */
const booksAfter = (events: readonly Event[]): Books => {
  const books: Books = { open: [], lines: [], charges: [], paid: [] }
  for (const [n, event] of events.entries()) happen(books, event, n)
  return books
}

const happen = (books: Books, event: Event, n: number): void => {
  const id = String(n).padStart(4, '0')
  switch (event.kind) {
    case 'treat': {
      const { kind: _, ...priced } = event
      const rest = { animalId: '', treatedAt: time(n), code: null, description: 'x' }
      books.open.push({ _id: `treatment:${id}`, _rev: '1-a', ...rest, ...priced })
      return
    }
    case 'invoice': {
      const taken = books.open.splice(0, 1 + (event.upTo % 4))
      const lines = taken.map((doc) => lineOf(doc, ''))
      if (lines.length === 0) return
      books.charges.push({ id, issuedAt: time(n), gross: totalsOf(lines).gross, creditOf: null })
      books.lines.push(...lines.map((line) => ({ invoiceId: id, line, credited: false })))
      return
    }
    case 'void': {
      const entry = pick(
        books.lines.filter((line) => !line.credited),
        event.which,
      )
      if (!entry) return
      entry.credited = true
      const { gross } = totalsOf([oppositeOf(entry.line)])
      books.charges.push({ id, issuedAt: time(n), gross, creditOf: entry.invoiceId })
      return
    }
    case 'pay': {
      const on =
        event.on === null
          ? undefined
          : pick(
              books.charges.filter((c) => c.creditOf === null),
              event.on,
            )
      const amount = Math.floor((event.amount * event.share) / 100)
      const allocations = on && amount > 0 ? [{ invoiceId: on.id, amount }] : null
      books.paid.push({ id, takenAt: time(n), amount: event.amount, reversalOf: null, allocations })
      return
    }
    case 'reverse': {
      const undone = new Set(books.paid.map(({ reversalOf }) => reversalOf))
      const whole = books.paid.filter((payment) => payment.reversalOf === null && !undone.has(payment.id))
      const original = pick(whole, event.which)
      if (!original) return
      const { amount } = original
      books.paid.push({ id, takenAt: time(n), amount: -amount, reversalOf: original.id, allocations: null })
    }
  }
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)
const events = fc.array(event, { maxLength: 40 })

describe('money laws', () => {
  it('the balance is what was charged less what was paid, to the minor unit', () => {
    fc.assert(
      fc.property(events, (history) => {
        const { charges, paid, lines } = booksAfter(history)
        const standing = lines.filter((entry) => !entry.credited).map((entry) => entry.line.gross)
        const { balance } = settle(charges, paid)
        expect(balance).to.equal(sum(standing) - sum(paid.map(({ amount }) => amount)))
      }),
      { numRuns: 400 },
    )
  })

  it('every payment is allocated or credit, whole, and no invoice gets more than is due', () => {
    fc.assert(
      fc.property(events, (history) => {
        const { charges, paid } = booksAfter(history)
        const { invoices, payments, credit } = settle(charges, paid)
        for (const [i, payment] of payments.entries()) {
          const { amount, reversalOf, allocations } = paid.find(({ id }) => id === payment.id) as Paid
          const put = sum(payment.allocations.map((one) => one.amount))
          const undone = reversalOf !== null || paid.some((other) => other.reversalOf === payment.id)
          expect(payment.reversed, String(i)).to.equal(undone)
          expect(put + payment.unallocated).to.equal(undone ? 0 : amount)
          for (const one of payment.allocations) {
            expect(one.amount).to.be.greaterThan(0)
            const said = allocations?.find(({ invoiceId }) => invoiceId === one.invoiceId)
            if (allocations) expect(one.amount).to.be.at.most(said?.amount ?? 0)
          }
        }
        for (const { gross, credited, paid: got, outstanding } of invoices) {
          const asked = gross + credited
          expect(got).to.be.within(0, Math.max(0, asked))
          expect(outstanding).to.equal(Math.max(0, asked) - got)
        }
        expect(credit).to.be.at.least(0)
      }),
      { numRuns: 400 },
    )
  })

  it('the oldest invoice is paid before a later one, by payments that do not say what they are for', () => {
    fc.assert(
      fc.property(events, (history) => {
        const { charges, paid } = booksAfter(history)
        const untold = paid.map((payment) => ({ ...payment, allocations: null }))
        const { invoices, credit } = settle(charges, untold)
        const waiting = invoices.findIndex(({ outstanding }) => outstanding > 0)
        if (waiting >= 0) {
          expect(credit).to.equal(0)
          expect(sum(invoices.slice(waiting + 1).map((invoice) => invoice.paid))).to.equal(0)
        }
      }),
    )
  })

  it('a payment and its reversal leave everything as if neither had been', () => {
    fc.assert(
      fc.property(events, (history) => {
        const { charges, paid } = booksAfter(history)
        const whole = { id: 'zz', takenAt: time(5), amount: 777, reversalOf: null, allocations: null }
        const back = { ...whole, id: 'zzz', amount: -777, reversalOf: 'zz', takenAt: time(500) }
        const before = settle(charges, paid)
        const after = settle(charges, [whole, ...paid, back])
        expect(after.invoices).to.deep.equal(before.invoices)
        expect([after.credit, after.balance]).to.deep.equal([before.credit, before.balance])
      }),
    )
  })

  it('the order in which charges and payments arrive makes no difference', () => {
    fc.assert(
      fc.property(events, (history) => {
        const { charges, paid } = booksAfter(history)
        const one = settle(charges, paid)
        expect(settle([...charges].reverse(), [...paid].reverse())).to.deep.equal(one)
      }),
    )
  })
})
