/** The Clinical Portal: invoices, a client's account, and the accounting period. */
import { z } from 'zod'
import { currency, day, instant, siteId, uuid } from '../../sync/contract/fields.ts'
import { invoice } from '../../sync/contract/practice-records.ts'
import { payment } from '../../sync/contract/records.ts'
import { call } from './call.ts'
import { exampleIds } from './example-records.ts'
import {
  exampleAccount,
  exampleInvoice,
  exampleInvoiceId,
  examplePaidBy,
  examplePeriod,
} from './practice-examples.ts'
import { deskRoles, deskUser, listHelp, listOf, listQuery } from './clinical-portal.ts'

const deskAndAdmin = { kind: 'user', roles: [...deskRoles, 'groupAdmin'] } as const

const minor = z.int()
/** What credit notes and payments left of an invoice. */
const settled = {
  credited: minor.describe('What credit notes took from it: zero or less'),
  paid: minor,
  outstanding: minor.describe('What is still to pay; zero for a credit note'),
}
const settledInvoice = invoice.extend(settled)
const leftOut = z
  .array(z.object({ treatmentId: uuid, invoiceId: uuid.nullable() }))
  .describe('Treatments asked for that another invoice has taken meanwhile')

export const createInvoice = call({
  service: 'clinicalPortal',
  method: 'POST',
  path: '/v2/clinicalPortal/invoices',
  summary: 'Invoice treatments',
  description:
    'Puts treatments of one client on an invoice: those of `treatmentIds`, or all that are not invoiced yet, oldest ' +
    'first, up to 500. A client’s are those of their appointments and, without one, of animals that were theirs at ' +
    '`treatedAt`. A line is `unitPrice` × `quantity` + `fixedPrice` and its VAT, each rounded half away from ' +
    'zero; totals are sums of lines. From then on the treatments are not changed: one that is voided is taken back by ' +
    'a credit note, which is made by itself. A treatment is on one invoice only: what another call takes at the same ' +
    'moment is in `leftOut`.',
  auth: deskUser,
  idempotent: true,
  body: z.strictObject({
    clientId: uuid,
    siteId,
    treatmentIds: z
      .array(uuid)
      .min(1)
      .max(500)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each treatment once')
      .optional(),
    issuedAt: instant.optional().describe('Now, where it is left out; not in the future'),
  }),
  responses: { 201: { description: 'The invoice', body: settledInvoice.extend({ leftOut }) } },
  errors: [
    'UNKNOWN_SITE',
    'UNKNOWN_REFERENCE',
    'PROSPECT_NOT_REGISTERED',
    'PERIOD_CLOSED',
    'NOT_INVOICEABLE',
    'ALREADY_INVOICED',
    'NOTHING_TO_INVOICE',
  ],
  examples: {
    body: { clientId: exampleIds.clientId, siteId: 1 },
    response: { ...exampleInvoice, paid: 0, outstanding: 12_690, leftOut: [] },
  },
})

export const portalInvoices = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/invoices',
  summary: 'Invoices and credit notes',
  description: `Newest first, by when they were issued, each with what is still to pay. ${listHelp} Whatever is charged or paid may move what pays a client’s invoices, so each change of an account brings all of them again.`,
  auth: deskAndAdmin,
  query: z.strictObject({ ...listQuery, clientId: uuid.optional(), kind: invoice.shape.kind.optional() }),
  responses: { 200: { description: 'Invoices', body: listOf(settledInvoice) } },
  errors: ['UNKNOWN_SITE'],
  examples: {
    query: { clientId: exampleIds.clientId },
    response: { items: [exampleInvoice], nextCursor: null },
  },
})

export const getInvoice = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/invoices/:invoiceId',
  summary: 'One invoice',
  description: 'With its lines, its credit notes, and the payments that pay it.',
  auth: deskAndAdmin,
  params: z.strictObject({ invoiceId: uuid }),
  responses: {
    200: {
      description: 'The invoice',
      body: settledInvoice.extend({
        creditNotes: z.array(settledInvoice),
        payments: z.array(z.object({ paymentId: uuid, takenAt: instant, method: z.string(), amount: minor })),
      }),
    },
  },
  errors: ['NOT_FOUND'],
  examples: {
    params: { invoiceId: exampleInvoiceId },
    response: { ...exampleInvoice, creditNotes: [], payments: [examplePaidBy] },
  },
})

export const clientAccount = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/clients/:clientId/account',
  summary: "A client's account",
  description:
    'The balance by currency, invoices with something still to pay, the latest payments with what each pays, and the ' +
    'treatments that are not invoiced yet. A payment that does not say what it is for pays the oldest invoices ' +
    'first; one that does goes nowhere else; what is over stays to the client’s credit. A reversed payment pays ' +
    'nothing. This is computed from all that was charged and paid, so a payment that comes late from a device ' +
    'finds its place.',
  auth: deskAndAdmin,
  params: z.strictObject({ clientId: uuid }),
  responses: {
    200: {
      description: 'The account',
      body: z.object({
        clientId: uuid,
        balances: z.array(
          z.object({
            currency,
            balance: minor.describe(
              'What the client owes less their credit; below zero the practice owes them',
            ),
            outstanding: minor,
            credit: minor,
          }),
        ),
        openInvoices: z.array(settledInvoice).describe('Oldest first'),
        payments: z
          .array(
            payment.extend({
              allocations: z.array(z.object({ invoiceId: uuid, amount: minor })),
              unallocated: minor,
              reversed: z.boolean(),
            }),
          )
          .describe('The latest 100, newest first'),
        uninvoiced: z
          .array(
            z.object({
              treatmentId: uuid,
              animalId: uuid,
              treatedAt: instant,
              code: z.string().nullable(),
              description: z.string().nullable(),
              gross: minor.nullable(),
              problem: z.string().nullable().describe('Why it cannot be invoiced as it is'),
            }),
          )
          .describe('Treatments that are not invoiced yet, oldest first'),
      }),
    },
  },
  errors: ['NOT_FOUND'],
  examples: { params: { clientId: exampleIds.clientId }, response: exampleAccount },
})

const period = z.object({
  closedBefore: day.nullable().describe('The first day that is open; null while nothing is closed'),
  openFrom: instant.nullable().describe('When that day begins'),
  timeZone: z.string().nullable(),
  currency,
  revision: z.string().nullable(),
})

export const accountingPeriod = call({
  service: 'clinicalPortal',
  method: 'GET',
  path: '/v2/clinicalPortal/accountingPeriod',
  summary: 'Up to when the books are closed',
  description: 'For the whole group.',
  auth: deskAndAdmin,
  audit: 'none',
  responses: { 200: { description: 'The period', body: period } },
  errors: [],
  examples: { response: examplePeriod },
})

export const closeAccountingPeriod = call({
  service: 'clinicalPortal',
  method: 'PUT',
  path: '/v2/clinicalPortal/accountingPeriod',
  summary: 'Close the books before a day',
  description:
    'From now on nothing that counts as money is written with a date before `closedBefore`: no invoice, payment or ' +
    'treatment, no change of a treatment’s price, date or voiding. An item of a device that was offline is ' +
    'rejected with PERIOD_CLOSED and kept among its rejected ones. The day begins in the time zone of the group’s ' +
    'first site. An earlier day, or null, opens the books again. `currency` is that of prices that name none.',
  auth: { kind: 'user', roles: ['groupAdmin'] },
  audit: { kind: 'PERIOD_CLOSED' },
  ifMatch: true,
  body: z.strictObject({ closedBefore: day.nullable(), currency: currency.optional() }),
  responses: { 200: { description: 'The period', body: period } },
  errors: [],
  examples: { body: { closedBefore: '2026-04-01' }, response: examplePeriod },
})
