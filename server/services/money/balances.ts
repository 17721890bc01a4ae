/** What is still to pay of some invoices: their clients' accounts, each read once. */
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { bareId } from '../../../sync/write/document.ts'
import { readAccount, type AccountInvoice } from './account.ts'

/** In the order of `docs`, which are issued invoices. */
export const withBalances = async (group: Group, docs: readonly StoredDoc[]): Promise<AccountInvoice[]> => {
  const clients = [...new Set(docs.map((doc) => String(doc['clientId'])))]
  const accounts = await Promise.all(clients.map((clientId) => readAccount(group, clientId)))
  const byId = new Map(accounts.flatMap(({ invoices }) => invoices.map((one) => [one.id, one] as const)))
  return docs.flatMap((doc) => byId.get(bareId(doc._id)) ?? [])
}
