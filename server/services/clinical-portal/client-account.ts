/** GET /v2/clinicalPortal/clients/{clientId}/account */
import { lineOf, notInvoiceable } from '../../../sync/billing/lines.ts'
import type { Treatment } from '../../../sync/contract/records.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId } from '../../../sync/write/document.ts'
import type { Api } from '../../contract/api.ts'
import type { Handler } from '../../http/handler.ts'
import { readable } from '../mobile/readable.ts'
import { accountOf } from '../money/account.ts'
import { openTreatmentsOf } from '../money/open-treatments.ts'

const shownPayments = 100

export const clientAccount: Handler<Api['clientAccount']> = async (input, app) => {
  const { user } = input.caller
  const { clientId } = input.params
  const group = await app.groups.get(user.groupId)
  // Who sees the client sees the whole account: a balance without another site's invoices would be wrong.
  if (!(await readable(group, 'client', clientId, user))) return input.fail('NOT_FOUND')
  const { balances, invoices, payments } = await accountOf(group, clientId, app.now())
  const open = await openTreatmentsOf(group, clientId)
  const body = {
    ...{ clientId, balances },
    openInvoices: invoices.filter(({ outstanding }) => outstanding > 0).reverse(),
    payments: payments.slice(0, shownPayments),
    uninvoiced: open.map(uninvoiced),
  }
  return { status: 200, body }
}

const uninvoiced = (doc: StoredDoc) => {
  const { animalId, treatedAt, code, description } = doc as unknown as Treatment
  const problem = notInvoiceable(doc)
  return {
    ...{ treatmentId: bareId(doc._id), animalId, treatedAt, code: code ?? null },
    ...{ description: description ?? null, gross: problem === null ? lineOf(doc, '').gross : null, problem },
  }
}
