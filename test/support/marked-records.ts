/** Records of Carol's with group 2, marked wherever staff can write for themselves. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { put, type Customer } from './customer.ts'
import type { TestServer } from './server.ts'

const practitionerId = '6f1c8f0e-0000-4000-8000-000000000017'

export interface Marked {
  animal: string
  appointment: string
  prescription: string
}

/** Stores them; the marker is what must never reach her. */
export const markedRecords = async (server: TestServer, carol: Customer, marker: string): Promise<Marked> => {
  const group = await server.context.groups.get(2)
  const ids = { animal: '', appointment: '', prescription: '' }
  const clientId = carol.clientIds[2]
  const own = { siteIds: [3], clientId }
  ids.animal = await put(group, 'animal', {
    ...{ ...own, name: 'Pip', species: 'Cat', breed: null, sex: null, colour: null, dateOfBirth: null },
    ...{ weightGrams: null, microchip: null, allergies: ['Penicillin'], deceasedAt: null },
    ...{ alerts: [marker], notes: marker, externalIds: [{ system: marker, value: marker }] },
  })
  const reasonId = randomUUID()
  const reason = { kind: 'reason', reasonId, name: marker, durationMinutes: 15, onlineBooking: false }
  await group.db.write([
    { _id: `reference:reason:${reasonId}`, type: 'reference', groupId: 2, siteIds: [], ...reason },
  ])
  const at = new Date(server.clock.now + 3_600_000).toISOString()
  const endsAt = new Date(server.clock.now + 4_500_000).toISOString()
  ids.appointment = await put(group, 'appointment', {
    ...{
      ...own,
      siteId: 3,
      practitionerId,
      animalIds: [ids.animal],
      startsAt: at,
      endsAt,
      status: 'BOOKED',
    },
    ...{ statusTimes: { BOOKED: at }, onlineBooking: false },
    ...{ reasonId, reasonText: marker, notes: marker, clash: { with: [marker] } },
  })
  const treatment = {
    ...{ siteIds: [3], animalId: ids.animal, appointmentId: null, practitionerId, quantity: '1' },
    ...{ unitPrice: 1, fixedPrice: 0, currency: 'GBP', vatRate: 0, treatedAt: at, invoiceId: null },
    ...{ code: null, voided: null, description: marker, label: marker, notes: marker, batchNumber: marker },
  }
  await put(group, 'treatment', treatment)
  await put(group, 'treatment', { ...treatment, code: 'CONS', voided: { at, by: marker, reason: marker } })
  await put(group, 'document', {
    ...own,
    animalId: ids.animal,
    title: marker,
    category: marker,
    fileName: marker,
  })
  await put(group, 'reminder', {
    ...{ ...own, siteId: 3, animalId: ids.animal, kind: 'VACCINATION', text: 'Time for a jab' },
    ...{ dueOn: '2026-12-01', status: 'OPEN', settledAt: null, settledBy: null, notes: marker },
  })
  ids.prescription = await put(group, 'prescription', {
    ...{ ...own, siteId: 3, animalId: ids.animal, code: null, description: 'Drops', quantity: '1' },
    ...{ directions: 'Twice a day', repeatsAllowed: 2, repeatsLeft: 2, validUntil: null, repeatOf: null },
    ...{ status: 'COLLECTED', requestedAt: at, practitionerId, messageForCustomer: null, repeats: [] },
    ...{ notes: marker, customerNote: marker, requestedBy: { userId: marker, kind: 'STAFF' } },
    steps: [{ status: 'REQUESTED', at, by: marker, note: marker }],
  })
  const line = {
    ...{ treatmentId: randomUUID(), animalId: ids.animal, treatedAt: at, code: marker, quantity: '1' },
    ...{
      description: 'Consultation',
      unitPrice: 100,
      fixedPrice: 0,
      vatRate: 0,
      net: 100,
      vat: 0,
      gross: 100,
    },
  }
  const totals = { net: 100, vat: 0, gross: 100 }
  const invoice = {
    ...{ ...own, siteId: 3, kind: 'INVOICE', number: 1, reference: 'INV-000001', state: 'ISSUED' },
    ...{ issuedAt: at, currency: 'GBP', lines: [line], vatSummary: [{ vatRate: 0, ...totals }], ...totals },
    ...{ creditOf: null, reason: null, notes: marker },
  }
  const creditOf = await put(group, 'invoice', invoice)
  const back = { net: -100, vat: 0, gross: -100 }
  await put(group, 'invoice', {
    ...{ ...invoice, kind: 'CREDIT_NOTE', reference: 'CRN-000001', creditOf, reason: marker, ...back },
    ...{ lines: [{ ...line, ...back, quantity: '-1' }], vatSummary: [{ vatRate: 0, ...back }] },
  })
  await put(group, 'payment', {
    ...{ ...own, appointmentId: null, method: 'cash', amount: 40, currency: 'GBP', takenAt: at },
    ...{ reversalOf: null, allocations: null, notes: marker },
  })
  await conflictOver(server, ids.animal, marker)
  return ids
}

/** Two devices that name the animal at once: one name is shown, the other a conflict for staff. */
const conflictOver = async (server: TestServer, id: string, marker: string): Promise<void> => {
  const group = await server.context.groups.get(2)
  const { headers } = await server.signIn('sam.seaview')
  const { _rev: baseRevision } = (await group.db.get(`animal:${id}`)) ?? { _rev: '' }
  for (const [to, ago] of [
    [`${marker} says the farrier`, 60_000],
    ['Pippa', 0],
  ] as const) {
    const editedAt = new Date(server.clock.now - ago).toISOString()
    const changes = { name: { from: 'Pip', to } }
    const sentAt = new Date(server.clock.now).toISOString()
    const items = [{ clientItemId: randomUUID(), id, baseRevision, editedAt, changes }]
    const json = { deviceId: `device-${ago}`, batchId: '1', sentAt, items }
    await server.request('/v2/mobile/uploadAnimalItems', { json, headers })
  }
  const conflicts = (await server.request('/v2/mobile/conflicts', { headers })).text
  expect(conflicts, 'there is a conflict to hide').to.contain(marker)
}
