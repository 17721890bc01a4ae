/** What must never reach a customer, looked for in every answer of ClientLink. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { api } from '../../../server/contract/api.ts'
import type { CallSpec } from '../../../server/contract/call.ts'
import type { Group } from '../../../sync/group.ts'
import { customerOf, put, type Customer } from '../../support/customer.ts'
import type { Headers } from '../../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const marker = 'FOR-STAFF-ONLY'
const practitionerId = '6f1c8f0e-0000-4000-8000-000000000017'
/** Fields that no answer to a customer has. */
const inside = [
  ...['alerts', 'notes', 'note', 'externalIds', 'reasonText', 'clash', 'statusTimes', 'label', 'batchNumber'],
  ...[
    'voided',
    'clocks',
    'applied',
    'createdBy',
    'sent',
    'conflicts',
    'steps',
    'requestedBy',
    'by',
    'values',
  ],
]

describe('ClientLink, in every answer', () => {
  let server: TestServer
  let group: Group
  let carol: Customer
  let amelia: Headers
  const ids = { animal: '', appointment: '', prescription: '' }
  const answers = new Map<string, Answer>()

  before(async () => {
    server = await startServer()
    carol = await customerOf(server)
    amelia = (await server.signIn('sam.seaview')).headers
    group = await server.context.groups.get(2)
    await fill()
  })
  after(() => server[Symbol.asyncDispose]())

  /** Records of Carol's with the marker wherever staff can write for themselves. */
  const fill = async (): Promise<void> => {
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
    await conflictOver(ids.animal)
  }

  /** Two devices that name the animal at once: one name is shown, the other a conflict for staff. */
  const conflictOver = async (id: string): Promise<void> => {
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
      await server.request('/v2/mobile/uploadAnimalItems', { json, headers: amelia })
    }
    const conflicts = (await server.request('/v2/mobile/conflicts', { headers: amelia })).text
    expect(conflicts, 'there is a conflict to hide').to.contain(marker)
  }

  /** One request or more for each call. */
  const walks: Partial<Record<keyof typeof api, () => Promise<Answer[]>>> = {
    myAnimals: async () => [
      await carol.get('myAnimals'),
      await carol.get('myAnimals?modifiedSince=2020-01-01T00:00:00Z'),
    ],
    myAnimalById: async () => [await carol.get(`animals/${ids.animal}`)],
    myAnimalHistory: async () => [await carol.get(`animals/${ids.animal}/history`)],
    myAppointments: async () => [
      await carol.get('myAppointments?limit=500'),
      await carol.get('myAppointments?modifiedSince=2020-01-01T00:00:00Z'),
    ],
    myReminders: async () => [await carol.get('myReminders')],
    myPrescriptions: async () => [await carol.get('myPrescriptions')],
    requestPrescription: async () => {
      const json = { prescriptionId: ids.prescription, note: 'Nearly out' }
      return [
        await carol.send('POST', 'requestPrescription', json),
        await carol.send('POST', 'requestPrescription', json),
        await carol.get('myPrescriptions'),
      ]
    },
    myDetails: async () => [await carol.get('myDetails')],
    updateMyDetails: async () => [
      await carol.send('PUT', 'myDetails', { groupId: 2, firstName: 'Caroline' }),
      await carol.send('PUT', 'myDetails', { groupId: 2, firstName: 'X' }, { 'If-Match': '1-stale' }),
    ],
    avgWaitForSite: async () => [await carol.get('avgWaitForSite?siteId=1')],
  }

  for (const [name, spec] of Object.entries<CallSpec>(api).filter(
    ([, { service }]) => service === 'clientLink',
  ))
    it(`${name} has nothing of what is for staff`, async () => {
      const walk = walks[name as keyof typeof api]
      expect(walk, 'a walk through this call').to.be.a('function')
      const given = (await walk?.()) ?? []
      expect(
        given.some(({ status }) => spec.responses[status]),
        'a good answer',
      ).to.equal(true)
      for (const [i, answer] of given.entries()) {
        answers.set(`${name} ${i}`, answer)
        expect(answer.text, `${name} ${i}`).to.not.contain(marker)
        for (const field of inside) expect(answer.text, `${name} ${i}`).to.not.contain(`"${field}":`)
      }
    })

  it('shows what is the customer’s to see, of the same records', () => {
    const text = [...answers.values()].map((answer) => answer.text).join('\n')
    for (const shown of [
      'Pippa',
      'Penicillin',
      ids.appointment,
      'Time for a jab',
      'Twice a day',
      'Nearly out',
    ])
      expect(text).to.contain(shown)
  })
})
