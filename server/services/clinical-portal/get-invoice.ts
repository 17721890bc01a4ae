/** GET /v2/clinicalPortal/invoices/{invoiceId} */
import { visible } from '../../../sync/feed/present.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { docId } from '../../../sync/write/document.ts'
import { accountOf } from '../money/account.ts'

export const getInvoice: Handler<Api['getInvoice']> = async (input, app) => {
  const { user } = input.caller
  const { invoiceId } = input.params
  const group = await app.groups.get(user.groupId)
  const doc = await group.db.get(docId('invoice', invoiceId))
  if (!doc || !visible(doc, user)) return input.fail('NOT_FOUND')
  const { invoices, payments } = await accountOf(group, String(doc['clientId']), app.now())
  const invoice = invoices.find(({ id }) => id === invoiceId)
  if (!invoice) return input.fail('NOT_FOUND')
  const creditNotes = invoices.filter(({ creditOf }) => creditOf === invoiceId)
  const paid = payments.flatMap(({ id, takenAt, method, allocations }) =>
    allocations
      .filter((one) => one.invoiceId === invoiceId)
      .map(({ amount }) => ({ paymentId: id, takenAt, method, amount })),
  )
  return { status: 200, body: { ...invoice, creditNotes, payments: paid } }
}
