/** GET /v2/clinicalPortal/invoices */
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId, docId, typeOf } from '../../../sync/write/document.ts'
import { readAccount } from '../money/account.ts'
import { withBalances } from '../money/balances.ts'
import { listRecords } from './list.ts'

export const portalInvoices: Handler<Api['portalInvoices']> = async (input, app) => {
  const { user } = input.caller
  const { clientId, kind } = input.query
  const group = await app.groups.get(user.groupId)
  await finishBilling(group, app.now())
  const body = await listRecords({ group, actor: user, now: app.now() }, input.query, {
    ...{ type: 'invoice', lookup: 'invoice.site', newestFirst: true },
    dateOf: (doc) => String(doc['issuedAt']),
    ever: (doc) =>
      (clientId === undefined || doc['clientId'] === clientId) &&
      (kind === undefined || doc['kind'] === kind),
    fits: () => true,
    also: (doc) => touchedBy(group, doc),
    read: (docs) => withBalances(group, docs),
  })
  return { status: 200, body }
}

/**
 * The invoices of which a payment or a credit note leaves less: those that it pays; of one that takes something back,
 * which may move every other payment, all of its client's.
 */
const touchedBy = async (group: Group, doc: StoredDoc): Promise<StoredDoc[]> => {
  const isPayment = typeOf(doc._id) === 'payment'
  if (!isPayment && typeof doc['creditOf'] !== 'string') return []
  const clientId = String(doc['clientId'])
  const [issued = []] = await group.index.keysUnder([['invoice.client', clientId]])
  if (issued.length === 0) return []
  const { invoices, payments } = await readAccount(group, clientId)
  const paid = payments.find(({ id }) => id === bareId(doc._id))?.allocations.map((one) => one.invoiceId)
  const moves = !isPayment || typeof doc['reversalOf'] === 'string'
  const ids = moves ? invoices.map(({ id }) => id).reverse() : (paid ?? [])
  return (await group.db.getMany(ids.map((id) => docId('invoice', id)))).filter((one) => one !== undefined)
}
