/** Prescriptions, reminders, and an account of the demo practice, for the examples of the portal's calls. */
import { exampleIds, exampleServed } from './example-records.ts'

const { clientId, animalId, practitionerId } = exampleIds
const whose = { siteId: 1, siteIds: [1, 2], clientId, animalId }
const medicine = {
  code: 'MELOX',
  description: 'Meloxicam 1.5 mg/ml oral suspension',
  quantity: '100',
  directions: 'Once a day with food',
}
const vet = '6f1c8f0e-0000-4000-8000-000000000001'
const customer = '6f1c8f0e-0000-4000-8000-000000000006'
const asked = '2026-11-23T18:00:00.000Z'

/** The demo's: asked for by Carol, for a vet to decide. */
export const examplePrescriptionId = '0926a71b-1dd5-80fb-864b-2b3eca8d11eb'
export const examplePrescription = {
  id: examplePrescriptionId,
  revision: '1-7449c6d71ffd6015779b192ff5c887a4',
  ...exampleServed,
  ...whose,
  ...medicine,
  repeatsAllowed: 0,
  validUntil: null,
  repeatOf: 'a37b701d-58d9-8ce1-a308-0291ae99c72a',
  customerNote: 'Nearly out, could I have some more?',
  notes: null,
  status: 'REQUESTED',
  requestedAt: asked,
  requestedBy: { userId: customer, kind: 'CUSTOMER' },
  practitionerId: null,
  messageForCustomer: null,
  steps: [{ status: 'REQUESTED', at: asked, by: customer, note: null }],
  repeats: [],
  repeatsLeft: 0,
}

export const exampleApproved = {
  ...examplePrescription,
  revision: '2-fb279dd21b1723b3a4564c3d903c1d4a',
  status: 'APPROVED',
  practitionerId,
  messageForCustomer: 'Ready from 4 p.m.',
  steps: [...examplePrescription.steps, { status: 'APPROVED', at: asked, by: vet, note: null }],
}

export const exampleNewPrescription = {
  ...{ siteId: 1, clientId, animalId, ...medicine, repeatsAllowed: 3, validUntil: '2027-05-23' },
}
export const exampleWritten = {
  ...examplePrescription,
  id: '2836ff88-7d9c-89d3-a111-78090b8cc45b',
  revision: '1-8469dcaad93cabfa04914b39f3b2ee2c',
  ...exampleNewPrescription,
  ...{ repeatOf: null, customerNote: null, repeatsLeft: 3 },
  requestedBy: { userId: vet, kind: 'STAFF' },
  steps: [{ status: 'REQUESTED', at: asked, by: vet, note: null }],
}

export const exampleReminderId = '68a095bd-1493-8815-8d64-51a0db049126'
export const exampleReminder = {
  id: exampleReminderId,
  revision: '1-879ee48a3ad2ddcb53a0042ab91f8474',
  ...exampleServed,
  ...{ ...whose, practitionerId: null },
  ...{ kind: 'VACCINATION', text: 'The yearly booster is due', dueOn: '2026-12-13', notes: null },
  ...{ status: 'OPEN', createdBy: null, settledAt: null, settledBy: null },
}

const totals = { net: 10_575, vat: 2115, gross: 12_690 }
export const exampleInvoiceId = 'e6deaeb1-09ca-8474-be2c-87b99ceea7d0'
export const exampleInvoice = {
  id: exampleInvoiceId,
  revision: '1-ad2a5dd6554ee785c20b30ca9a58b652',
  ...exampleServed,
  ...{ siteId: 1, siteIds: [1, 2], clientId, kind: 'INVOICE', number: 290, reference: 'INV-000290' },
  ...{ issuedAt: '2026-11-13T11:30:00.000Z', currency: 'GBP' },
  lines: [
    {
      treatmentId: '9807bad3-a83f-8454-929b-1e0b55924ce5',
      animalId,
      treatedAt: '2026-11-13T11:00:00.000Z',
      ...{ code: 'LAME', description: 'Lameness examination', quantity: '1' },
      ...{ unitPrice: 9800, fixedPrice: 0, vatRate: 2000, net: 9800, vat: 1960, gross: 11_760 },
    },
    {
      treatmentId: 'dc099100-caaa-80db-9c31-cc520a8e0231',
      animalId,
      treatedAt: '2026-11-13T11:00:00.000Z',
      ...{ code: 'MELOX', description: 'Meloxicam 1.5 mg/ml oral suspension', quantity: '12.5' },
      ...{ unitPrice: 62, fixedPrice: 0, vatRate: 2000, net: 775, vat: 155, gross: 930 },
    },
  ],
  vatSummary: [{ vatRate: 2000, ...totals }],
  ...totals,
  ...{ creditOf: null, reason: null, credited: 0, paid: 6000, outstanding: 6690 },
}

const paymentId = '637dc206-290c-88de-b890-717346ed4477'
export const examplePaidBy = {
  ...{ paymentId, takenAt: '2026-11-13T11:30:00.000Z', method: 'CARD', amount: 6000 },
}

export const exampleAccount = {
  clientId,
  balances: [{ currency: 'GBP', balance: 6690, outstanding: 6690, credit: 0 }],
  openInvoices: [exampleInvoice],
  payments: [
    {
      id: paymentId,
      revision: '1-158629038fa79ec7d1bd15d0e252b05e',
      ...exampleServed,
      ...{ clientId, appointmentId: null, method: 'CARD', amount: 6000, currency: 'GBP' },
      takenAt: '2026-11-13T11:30:00.000Z',
      ...{ reversalOf: null, notes: null, siteIds: [1, 2] },
      allocations: [{ invoiceId: exampleInvoiceId, amount: 6000 }],
      ...{ unallocated: 0, reversed: false },
    },
  ],
  uninvoiced: [
    {
      treatmentId: '23a51300-f4ed-86a9-a727-df1e901519a2',
      animalId,
      treatedAt: '2026-11-21T18:00:00.000Z',
      ...{ code: 'NAIL', description: null, gross: 1740, problem: null },
    },
  ],
}

export const examplePeriod = {
  closedBefore: '2026-04-01',
  openFrom: '2026-03-31T23:00:00.000Z',
  timeZone: 'Europe/London',
  currency: 'GBP',
  revision: '2-6f483d1fb0e0be2c6e311703901c2b99',
}
