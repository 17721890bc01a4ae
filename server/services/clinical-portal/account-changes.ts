/**
 * What a change of a client's account is told with, among changes of invoices. Who pays what is computed from all of an
 * account (sync/money/settle.ts): a payment that comes before others, or an invoice dated before others, moves what
 * later ones pay. So all of the client's invoices are told, once: with the last record of the account that changed.
 */
import { sortableInstant } from '../../../sync/feed/entries.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'

interface Account {
  /** Ids of stored invoices, oldest first. */
  invoices: string[]
  /** Ids of stored records with which they are told. */
  last: ReadonlySet<string>
}

const noInvoices: Account = { invoices: [], last: new Set() }

/** For one request: the invoices that are told with a change of an invoice or a payment. Accounts are read once. */
export const accountChanges = (group: Group): ((doc: StoredDoc) => Promise<StoredDoc[]>) => {
  const accounts = new Map<string, Promise<Account>>()
  return async (doc) => {
    const clientId = String(doc['clientId'])
    const reading = accounts.get(clientId) ?? readAccount(group, clientId)
    accounts.set(clientId, reading)
    const { invoices, last } = await reading
    if (!last.has(doc._id)) return []
    return (await group.db.getMany(invoices)).filter((invoice) => invoice !== undefined)
  }
}

const readAccount = async ({ index, db }: Group, clientId: string): Promise<Account> => {
  const [issued = []] = await index.keysUnder([['invoice.client', clientId]])
  if (issued.length === 0) return noInvoices
  const [paid = []] = await index.keysUnder([['client.payments', clientId]])
  const invoices = issued.map((parts) => docId('invoice', parts.at(-1) ?? ''))
  const ids = [...invoices, ...paid.map((parts) => docId('payment', parts.at(-1) ?? ''))]
  const [docs, positions] = await Promise.all([db.getMany(ids), index.positionsOf(ids)])
  const changes = ids.map((id, i) => ({
    ...{ id, modifiedAt: sortableInstant(docs[i]?.['modifiedAt']), position: positions[i] ?? Infinity },
  }))
  return { invoices, last: lastOf(changes) }
}

export interface AccountChange {
  id: string
  /** Changes are listed by it. */
  modifiedAt: string
  /** In the index's order of changes, by which a reader knows what came since. */
  position: number
}

/** Those that no other follows both in time and in the order of changes: the two differ where servers' clocks do. */
export const lastOf = (changes: AccountChange[]): ReadonlySet<string> => {
  const newestFirst = changes.sort((a, b) =>
    a.modifiedAt === b.modifiedAt ? b.position - a.position : a.modifiedAt < b.modifiedAt ? 1 : -1,
  )
  const last = new Set<string>()
  let furthest = -1
  for (const { id, position } of newestFirst)
    if (position > furthest) {
      last.add(id)
      furthest = position
    }
  return last
}
