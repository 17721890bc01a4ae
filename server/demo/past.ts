/** What the demo's past appointments left behind: a consultation treated, and paid. */
import type { NewRecordDoc } from '../../sync/write/document.ts'
import type { Group } from '../../sync/group.ts'
import { invoiced } from './billing.ts'
import { demoUuid } from './ids.ts'
import { consultationPrice } from './price-list.ts'
import { demoRecord, type DemoStamp } from './records.ts'

/** What past appointments left behind; what was paid is invoiced. */
export const pastWithInvoices = async (
  group: Group,
  appointments: readonly NewRecordDoc[],
  stamp: DemoStamp,
): Promise<NewRecordDoc[]> => {
  const past = appointments.map((appointment) => ({ appointment, docs: pastOf(appointment, stamp) }))
  const paid = past.filter(({ docs }) => docs.length === 2)
  const invoices = paid.map(({ appointment, docs: [treatment] }) => ({
    id: demoUuid('invoice', appointment._id),
    clientId: String(appointment['clientId']),
    siteIds: appointment['siteIds'] as number[],
    issuedAt: String(appointment['endsAt']),
    treatments: treatment ? [treatment] : [],
    names: { CONS: 'Consultation' },
  }))
  const billed = await invoiced(group, invoices, stamp)
  const payments = paid.flatMap(({ docs: [, payment] }, i) =>
    payment ? [{ ...payment, allocations: [{ invoiceId: invoices[i]?.id, amount: payment['amount'] }] }] : [],
  )
  const written = new Set([...billed, ...payments].map(({ _id }) => _id))
  return [...billed, ...payments, ...past.flatMap(({ docs }) => docs).filter(({ _id }) => !written.has(_id))]
}

/** The treatment and the payment of an appointment, as far as its status says that there are any. */
const pastOf = (appointment: NewRecordDoc, stamp: DemoStamp): NewRecordDoc[] => {
  const { status } = appointment as { status?: unknown }
  if (status !== 'TREATED' && status !== 'PAID') return []
  const treatment = treatmentOf(appointment, stamp)
  return status === 'PAID' ? [treatment, paymentOf(appointment, stamp)] : [treatment]
}

const bare = (appointment: NewRecordDoc): string => appointment._id.slice('appointment:'.length)

const treatmentOf = (appointment: NewRecordDoc, stamp: DemoStamp): NewRecordDoc =>
  demoRecord('treatment', demoUuid('treatment', appointment._id), stamp, {
    siteIds: appointment['siteIds'] as number[],
    animalId: (appointment['animalIds'] as string[])[0],
    appointmentId: bare(appointment),
    practitionerId: appointment['practitionerId'],
    code: 'CONS',
    description: null,
    quantity: '1',
    unitPrice: 4500,
    fixedPrice: 0,
    currency: 'GBP',
    vatRate: 2000,
    batchNumber: null,
    label: null,
    notes: 'Bright and alert, eating well. No further findings.',
    treatedAt: appointment['endsAt'],
    invoiceId: null,
    voided: null,
  })

const paymentOf = (appointment: NewRecordDoc, stamp: DemoStamp): NewRecordDoc =>
  demoRecord('payment', demoUuid('payment', appointment._id), stamp, {
    siteIds: appointment['siteIds'] as number[],
    clientId: appointment['clientId'],
    appointmentId: bare(appointment),
    method: 'CARD',
    amount: consultationPrice,
    currency: 'GBP',
    takenAt: appointment['endsAt'],
    allocations: null,
    reversalOf: null,
    notes: null,
  })
