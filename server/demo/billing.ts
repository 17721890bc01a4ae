/** The demo's invoices: what was treated and paid was also invoiced. Numbers go on where the last start left off. */
import { lineOf, totalsOf } from '../../sync/billing/lines.ts'
import type { Group } from '../../sync/group.ts'
import type { StoredDoc } from '../../sync/store/port.ts'
import { bareId, schemaVersion, type NewRecordDoc } from '../../sync/write/document.ts'
import { demoRecord, type DemoStamp } from './records.ts'

export interface DemoInvoice {
  id: string
  clientId: string
  siteIds: number[]
  issuedAt: string
  treatments: NewRecordDoc[]
  /** Names of treatment codes. */
  names: Readonly<Record<string, string>>
}

/** The invoices as documents, and their treatments, which now say so. */
export const invoiced = async (
  group: Group,
  invoices: readonly DemoInvoice[],
  stamp: DemoStamp,
): Promise<NewRecordDoc[]> => {
  if (invoices.length === 0) return []
  const inOrder = [...invoices].sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1))
  const before = await reserve(group, inOrder.length, inOrder.at(-1)?.id ?? '')
  return inOrder.flatMap((invoice, i) => [
    ...invoice.treatments.map((doc) => ({ ...doc, invoiceId: invoice.id })),
    invoiceDoc(invoice, before + i + 1, stamp),
  ])
}

/** Takes numbers from the group's counter (sync/billing/numbers.ts); returns the last one before them. */
const reserve = async (group: Group, count: number, holder: string): Promise<number> => {
  const _id = 'counter:INVOICE'
  for (;;) {
    const counter = await group.db.get(_id)
    const last = typeof counter?.['number'] === 'number' ? counter['number'] : 0
    const rest = { type: 'counter', groupId: group.groupId, siteIds: [], schemaVersion }
    const next = { _id, ...rest, number: last + count, holder }
    const [written] = await group.db.write([counter ? { ...next, _rev: counter._rev } : next])
    if (written?.ok) return last
  }
}

const invoiceDoc = (invoice: DemoInvoice, number: number, stamp: DemoStamp): NewRecordDoc => {
  const { id, clientId, siteIds, issuedAt, treatments, names } = invoice
  const lines = treatments.map((doc) => lineOf(doc as StoredDoc, names[String(doc['code'])] ?? ''))
  return demoRecord('invoice', id, stamp, {
    ...{ siteIds, siteId: siteIds[0], clientId, kind: 'INVOICE', state: 'ISSUED' },
    ...{ number, reference: `INV-${String(number).padStart(6, '0')}`, issuedAt, currency: 'GBP' },
    ...{ planned: treatments.map((doc) => bareId(doc._id)), creditOf: null, reason: null, leftOut: [] },
    ...totalsOf(lines),
  })
}
