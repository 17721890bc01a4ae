/** Reminders, prescriptions, and invoices with payments of a few of the demo's clients. */
import { DateTime } from 'luxon'
import type { Group } from '../../sync/group.ts'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import { invoiced, type DemoInvoice } from './billing.ts'
import type { Household } from './households.ts'
import { demoUuid } from './ids.ts'
import { timeZone, type DemoGroup } from './practice.ts'
import { demoRecord, type DemoStamp } from './records.ts'

/** This many of a group's clients have them; Carol is the first. */
const clients = 3

/** What is missing of them. @param now ms since the epoch */
export const careOf = async (
  group: Group,
  demo: DemoGroup,
  homes: readonly Household[],
  { stamp, now }: { stamp: DemoStamp; now: number },
): Promise<NewRecordDoc[]> => {
  const some = homes.slice(0, clients)
  const first = some.map(({ clientId }) => `invoice:${demoUuid('invoice', clientId, 0)}`)
  const known = await group.db.getMany(first)
  const today = DateTime.fromMillis(now, { zone: timeZone })
  const fresh = some.filter((_, i) => !known[i]).map((home) => billOf(home, today, stamp))
  return [
    ...some.flatMap((home, n) => [
      ...remindersOf(home, today, stamp),
      ...prescriptionsOf({ ...home, n }, demo, today, stamp),
    ]),
    ...(await invoiced(
      group,
      fresh.map(({ invoice }) => invoice),
      stamp,
    )),
    ...fresh.flatMap(({ others }) => others),
  ]
}

const utc = (time: DateTime): string => time.toUTC().toJSDate().toISOString()
const dayOf = (time: DateTime): string => time.toISODate() ?? ''

const remindersOf = (home: Household, today: DateTime, stamp: DemoStamp): NewRecordDoc[] => {
  const reminder = (n: number, kind: string, text: string, days: number): NewRecordDoc =>
    demoRecord('reminder', demoUuid('reminder', home.clientId, n), stamp, {
      ...{ siteIds: home.siteIds, siteId: home.siteIds[0], clientId: home.clientId },
      ...{ animalId: home.animalIds[0], kind, text, dueOn: dayOf(today.plus({ days })), notes: null },
      ...{ status: 'OPEN', settledAt: null, settledBy: null },
    })
  return [
    reminder(0, 'VACCINATION', 'The yearly booster is due', 20),
    reminder(1, 'CHECK_UP', 'Please book a dental check', -10),
  ]
}

const prescriptionsOf = (
  home: Household & { n: number },
  demo: DemoGroup,
  today: DateTime,
  stamp: DemoStamp,
): NewRecordDoc[] => {
  const [vet] = demo.users.filter(({ roles }) => roles.includes('vet'))
  const customer = demo.users.filter(({ roles }) => roles.includes('customer'))[home.n]
  const first = demoUuid('prescription', home.clientId, 'first')
  const step = (status: string, at: DateTime, by = vet) => ({
    status,
    at: utc(at),
    by: by?.userId,
    note: null,
  })
  const written = today.minus({ days: 40 }).set({ hour: 10, minute: 0, second: 0, millisecond: 0 })
  const medicine = {
    ...{
      siteIds: home.siteIds,
      siteId: home.siteIds[0],
      clientId: home.clientId,
      animalId: home.animalIds[0],
    },
    ...{ code: 'MELOX', description: 'Meloxicam 1.5 mg/ml oral suspension', quantity: '100' },
    ...{ directions: 'Once a day with food', notes: null, messageForCustomer: null },
  }
  return [
    demoRecord('prescription', first, stamp, {
      ...medicine,
      ...{ repeatsAllowed: 3, repeatsLeft: 3, repeats: [], repeatOf: null, customerNote: null },
      ...{ validUntil: dayOf(written.plus({ months: 6 })), status: 'COLLECTED', requestedAt: utc(written) },
      ...{ requestedBy: { userId: vet?.userId, kind: 'STAFF' }, practitionerId: vet?.practitionerId },
      steps: ['REQUESTED', 'APPROVED', 'DISPENSED', 'COLLECTED'].map((status, i) =>
        step(status, written.plus({ minutes: 5 * i })),
      ),
    }),
    demoRecord('prescription', demoUuid('prescription', home.clientId, 'requested'), stamp, {
      ...medicine,
      ...{ repeatsAllowed: 0, repeatsLeft: 0, repeats: [], repeatOf: first, validUntil: null },
      ...{
        customerNote: customer ? 'Nearly out, could I have some more?' : null,
        status: 'REQUESTED',
        requestedAt: utc(today),
      },
      requestedBy: { userId: (customer ?? vet)?.userId, kind: customer ? 'CUSTOMER' : 'STAFF' },
      practitionerId: null,
      steps: [step('REQUESTED', today, customer ?? vet)],
    }),
  ]
}

const names = {
  LAME: 'Lameness examination',
  MELOX: 'Meloxicam 1.5 mg/ml oral suspension',
  NAIL: 'Nail clipping',
}

/** An invoice of ten days ago, paid in part, and a treatment since then that is not invoiced yet. */
const billOf = (
  home: Household,
  today: DateTime,
  stamp: DemoStamp,
): { invoice: DemoInvoice; others: NewRecordDoc[] } => {
  const { clientId, siteIds } = home
  const at = today.minus({ days: 10 }).set({ hour: 11, minute: 0, second: 0, millisecond: 0 })
  const treatment = (code: string, quantity: string, unitPrice: number, treatedAt: DateTime): NewRecordDoc =>
    demoRecord('treatment', demoUuid('treatment', clientId, code), stamp, {
      ...{ siteIds, animalId: home.animalIds[0], appointmentId: null, practitionerId: null },
      ...{ code, description: null, quantity, unitPrice, fixedPrice: 0, currency: 'GBP', vatRate: 2000 },
      ...{ batchNumber: null, label: null, notes: null, treatedAt: utc(treatedAt) },
      ...{ invoiceId: null, voided: null },
    })
  const treatments = [treatment('LAME', '1', 9800, at), treatment('MELOX', '12.5', 62, at)]
  const issuedAt = utc(at.plus({ minutes: 30 }))
  const payment = demoRecord('payment', demoUuid('payment', clientId, 0), stamp, {
    ...{ siteIds, clientId, appointmentId: null, method: 'CARD', amount: 6000, currency: 'GBP' },
    ...{ takenAt: issuedAt, allocations: null, reversalOf: null, notes: null },
  })
  return {
    invoice: { id: demoUuid('invoice', clientId, 0), clientId, siteIds, issuedAt, treatments, names },
    others: [payment, treatment('NAIL', '1', 1450, today.minus({ days: 2 }))],
  }
}
