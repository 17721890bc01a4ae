/** POST /v2/clinicalPortal/invoices */
import { docId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { withBalances } from '../money/balances.ts'
import { makeInvoice } from '../money/invoices.ts'
import { siteFor } from './sites.ts'

export const createInvoice: Handler<Api['createInvoice']> = async (input, app) => {
  const { user } = input.caller
  const group = await app.groups.get(user.groupId)
  await siteFor(group, input.body.siteId, user)
  const { clientId, siteId, treatmentIds, issuedAt } = input.body
  const { invoice, leftOut } = await makeInvoice(
    group,
    { id: input.derivedId('invoice'), clientId, siteId, treatmentIds, issuedAt, actor: user },
    { by: user.userId, at: input.receivedAt },
  )
  const doc = await group.db.get(docId('invoice', invoice.id))
  const [settled] = doc ? await withBalances(group, [doc]) : []
  const rest = settled ?? { ...invoice, credited: 0, paid: 0, outstanding: Math.max(0, invoice.gross) }
  return { status: 201, body: { ...rest, leftOut } }
}
