/** GET /v2/clientLink/myInvoices */
import type { InvoiceLine } from '../../../sync/contract/practice-records.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { ResponseOf } from '../../contract/call.ts'
import type { Handler } from '../../http/handler.ts'
import { accountOf, type AccountInvoice } from '../money/account.ts'
import { pageOf, type Gone, type Row } from './list.ts'
import { ownedBy, type Owned } from './owned.ts'
import { animalNamed, referredBy, type Referred } from './shown.ts'

type Item = Exclude<ResponseOf<Api['myInvoices']>['items'][number], Gone>

export const myInvoices: Handler<Api['myInvoices']> = async ({ caller, query }, app) => {
  const owned = await ownedBy(app, caller)
  const now = app.now()
  const rows = (await Promise.all(owned.map((mine) => rowsOf(mine, now)))).flat()
  const gone = () => Promise.resolve([])
  return { status: 200, body: await pageOf({ owned, query, now, rows, gone }) }
}

const rowsOf = async (mine: Owned, now: number): Promise<Row<Item>[]> => {
  const { invoices, payments } = await accountOf(mine.group, mine.clientId, now)
  // Whatever is charged or paid may change what is left of any invoice.
  const changedAt =
    [...invoices, ...payments]
      .map(({ modifiedAt }) => modifiedAt)
      .sort()
      .at(-1) ?? ''
  const referred = await referredBy(mine, invoices.flatMap(referring))
  return invoices.map((invoice) => ({
    ...{ order: invoice.issuedAt, id: invoice.id, modifiedAt: changedAt },
    item: shown(mine, invoice, referred),
  }))
}

/** What an invoice names, as `referredBy` reads it. */
const referring = ({ id, siteId, lines }: AccountInvoice): StoredDoc[] => [
  { _id: docId('invoice', id), _rev: '', siteId, animalIds: lines.map(({ animalId }) => animalId) },
]

const shown = (mine: Owned, invoice: AccountInvoice, referred: Referred): Item => {
  const { id, revision, createdAt, modifiedAt, siteId, kind, number, reference, issuedAt, currency } = invoice
  const { lines, vatSummary, net, vat, gross, creditOf, credited, paid, outstanding } = invoice
  const siteName = referred.get(`reference:site:${siteId}`)?.['name']
  return {
    ...{ id, groupId: mine.group.groupId, groupName: mine.groupName, revision, createdAt, modifiedAt },
    ...{ siteId, siteName: typeof siteName === 'string' ? siteName : null },
    ...{ kind, number, reference, issuedAt, currency },
    lines: lines.map((line) => lineShown(mine, line, referred)),
    ...{ vatSummary, net, vat, gross, creditOf, credited, paid, outstanding },
  }
}

const lineShown = (mine: Owned, line: InvoiceLine, referred: Referred): Item['lines'][number] => {
  const { animalId, treatedAt, description, quantity } = line
  const { unitPrice, fixedPrice, vatRate, net, vat, gross } = line
  const [animal = null] = animalNamed(mine, animalId, referred)
  return { animal, treatedAt, description, quantity, unitPrice, fixedPrice, vatRate, net, vat, gross }
}
