/** GET /v2/clinicalPortal/invoices */
import { finishBilling } from '../../../sync/billing/unfinished.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { withBalances } from '../money/balances.ts'
import { accountChanges } from './account-changes.ts'
import { listRecords } from './list.ts'

export const portalInvoices: Handler<Api['portalInvoices']> = async (input, app) => {
  const { user } = input.caller
  const { clientId, kind } = input.query
  const group = await app.groups.get(user.groupId)
  await finishBilling(group, app.now())
  const isWanted = (doc: StoredDoc): boolean => clientId === undefined || doc['clientId'] === clientId
  const changesOf = accountChanges(group)
  const body = await listRecords({ group, actor: user, now: app.now() }, input.query, {
    ...{ type: 'invoice', lookup: 'invoice.site', newestFirst: true },
    dateOf: (doc) => String(doc['issuedAt']),
    ever: (doc) => isWanted(doc) && (kind === undefined || doc['kind'] === kind),
    fits: () => true,
    changed: async (doc) => (isWanted(doc) ? await changesOf(doc) : []),
    read: (docs) => withBalances(group, docs),
  })
  return { status: 200, body }
}
