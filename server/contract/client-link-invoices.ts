/** ClientLink: what the customer was charged, and what is still to pay. */
import { z } from 'zod'
import { invoice, invoiceLine } from '../../sync/contract/practice-records.ts'
import { call } from './call.ts'
import { changes, customer, listed, ofAllGroups, page } from './client-link-lists.ts'
import { atSite, nameOf, owned } from './client-link-shapes.ts'
import { exampleIds } from './example-records.ts'
import { exampleInvoice } from './practice-examples.ts'

const { treatedAt, description, quantity, unitPrice, fixedPrice, vatRate, net, vat, gross } =
  invoiceLine.shape
const { kind, number, reference, issuedAt, currency, vatSummary, creditOf } = invoice.shape

const minor = z.int()

const myInvoice = z.object({
  ...owned,
  ...atSite,
  ...{ kind, number, reference, issuedAt, currency },
  lines: z.array(
    z.object({
      animal: nameOf.nullable(),
      ...{ treatedAt, description, quantity, unitPrice, fixedPrice, vatRate, net, vat, gross },
    }),
  ),
  ...{ vatSummary, net: minor, vat: minor, gross: minor, creditOf },
  credited: minor.describe('What credit notes took from it: zero or less'),
  paid: minor,
  outstanding: minor.describe('What is still to pay; zero for a credit note'),
})

const clover = { id: exampleIds.animalId, name: 'Clover 231' }

/** The example of the portal, without what is the practice's. */
const exampleMyInvoice = {
  ...{ id: exampleInvoice.id, groupId: 1, groupName: 'Hillside Vets', revision: exampleInvoice.revision },
  ...{ createdAt: exampleInvoice.createdAt, modifiedAt: exampleInvoice.modifiedAt },
  ...{ siteId: 1, siteName: 'Hillside Surgery', kind: exampleInvoice.kind, number: exampleInvoice.number },
  ...{ reference: exampleInvoice.reference, issuedAt: exampleInvoice.issuedAt, currency: 'GBP' },
  lines: exampleInvoice.lines.map(({ treatmentId: _t, animalId: _a, code: _c, ...line }) => ({
    animal: clover,
    ...line,
  })),
  ...{ vatSummary: exampleInvoice.vatSummary, net: exampleInvoice.net, vat: exampleInvoice.vat },
  ...{ gross: exampleInvoice.gross, creditOf: null, credited: exampleInvoice.credited },
  ...{ paid: exampleInvoice.paid, outstanding: exampleInvoice.outstanding },
}

export const myInvoices = call({
  service: 'clientLink',
  method: 'GET',
  path: '/v2/clientLink/myInvoices',
  summary: 'The customer’s invoices and credit notes',
  description:
    `${ofAllGroups}By when they were issued, oldest first, each with what is still to pay. Amounts are minor units. ` +
    `Payments change what is still to pay without changing an invoice: among changes, every invoice of a group comes ` +
    `again after one.${changes}`,
  auth: customer,
  query: z.strictObject(page),
  responses: listed('Invoices', myInvoice),
  errors: [],
  examples: { query: { limit: 100 }, response: { items: [exampleMyInvoice], nextCursor: null } },
})
