/** What must never reach a customer, looked for in every answer of ClientLink. */
import { expect } from 'chai'
import { api } from '../../../server/contract/api.ts'
import type { CallSpec } from '../../../server/contract/call.ts'
import { docId } from '../../../sync/write/document.ts'
import type { Group } from '../../../sync/group.ts'
import { markedRecords } from '../../support/marked-records.ts'
import { customerOf, type Customer } from '../../support/customer.ts'
import { requestOf, sendExample } from '../../support/example-runner.ts'
import type { Json } from '../../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../../support/server.ts'

const marker = 'FOR-STAFF-ONLY'
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
  const ids = { animal: '', appointment: '', prescription: '', prospect: '' }
  const answers = new Map<string, Answer>()

  before(async () => {
    server = await startServer()
    carol = await customerOf(server)
    group = await server.context.groups.get(2)
    Object.assign(ids, await markedRecords(server, carol, marker))
    await talkedAbout()
  })
  after(() => server[Symbol.asyncDispose]())

  const surgeons = 'surgeonAvailability?siteId=3'
  /** Books what is free at site 3, as Carol. */
  const bookedByCarol = async (): Promise<Answer> => {
    const found = (await carol.get(surgeons)).body['surgeons'] as (Json & { slots: Json[] })[]
    const surgeon = found.find(({ slots }) => slots.length > 0)
    const { body } = await server.request('/v2/prospectBookings/reasons?groupId=2', {
      headers: carol.headers,
    })
    const [reason] = body['reasons'] as Json[]
    return await carol.send('POST', 'bookAppointment', {
      ...{
        siteId: 3,
        practitionerId: surgeon?.practitionerId,
        startsAt: surgeon?.slots.at(-1)?.['startsAt'],
      },
      ...{ reasonId: reason?.['reasonId'], animalIds: [ids.animal], note: 'Hers to say' },
    })
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
    myInvoices: async () => [
      await carol.get('myInvoices'),
      await carol.get('myInvoices?modifiedSince=2020-01-01T00:00:00Z'),
    ],
    bookAppointment: async () => [await bookedByCarol(), await carol.get('myAppointments?limit=500')],
    cancelMyAppointment: async () => {
      const { id: appointmentId } = (await bookedByCarol()).body
      const json = { appointmentId, note: 'Hers to say' }
      return [
        await carol.send('POST', 'cancelAppointment', json, { 'If-Match': '1-stale' }),
        await carol.send('POST', 'cancelAppointment', json),
        await carol.send('POST', 'cancelAppointment', { appointmentId: ids.appointment }),
      ]
    },
    avgWaitForSite: async () => [await carol.get('avgWaitForSite?siteId=1')],
    surgeonAvailability: async () => [await carol.get(surgeons)],
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

  let reference = ''
  /** A prospect's booking, about which staff wrote. */
  const talkedAbout = async (): Promise<void> => {
    const { body: found } = await server.request('/v2/prospectBookings/reasons?groupId=2', {
      headers: carol.headers,
    })
    const [reason] = found['reasons'] as Json[]
    const slots = (await carol.get(surgeons)).body['surgeons'] as (Json & { slots: Json[] })[]
    const surgeon = slots.find((one) => one.slots.length > 0)
    const json = {
      ...{
        groupId: 2,
        siteId: 3,
        practitionerId: surgeon?.['practitionerId'],
        reasonId: reason?.['reasonId'],
      },
      startsAt: surgeon?.slots[0]?.['startsAt'],
      ...{
        prospect: { lastName: 'Hale', firstName: 'D', phones: ['01632 960777'], emails: ['d@example.com'] },
      },
      animals: [{ name: 'Biscuit', species: 'Dog' }],
    }
    const made = await server.request('/v2/prospectBookings/bookings', { json, headers: carol.headers })
    expect(made.status, made.text).to.equal(201)
    reference = String(made.body['reference'])
    ids.prospect = String(made.body['prospectId'])
    const keys = await group.index.lookup(['client.appointments', ids.prospect])
    const docs = await group.db.getMany([
      ...keys.map((parts) => docId('appointment', parts[1] ?? '')),
      docId('client', ids.prospect),
    ])
    for (const doc of docs) if (doc) await group.db.write([{ ...doc, notes: marker, reasonText: marker }])
  }

  it('shows what is the customer’s to see, of the same records', () => {
    const text = [...answers.values()].map((answer) => answer.text).join('\n')
    for (const shown of [
      'Pippa',
      'Penicillin',
      ids.appointment,
      'Time for a jab',
      'Twice a day',
      'Nearly out',
      'INV-000001',
      'CRN-000001',
    ])
      expect(text).to.contain(shown)
  })

  /** Calls of other services that a customer's app may make, with whatever it was given. */
  const others = Object.entries<CallSpec>(api).filter(
    ([, { service, auth }]) =>
      service !== 'clientLink' &&
      service !== 'authentication' &&
      (auth.kind !== 'user' || auth.roles.includes('customer')),
  )
  for (const [name, spec] of others)
    it(`${name} has nothing of it either`, async () => {
      const request = requestOf(spec)
      const params = { ...request.params, reference, prospectId: ids.prospect, clientId: carol.clientIds[2] }
      const { headers } = carol
      for (const query of [request.query, { ...request.query, groupId: 2, siteId: 3 }]) {
        const { text } = await sendExample(spec, { ...request, query, params }, { server, headers })
        expect(text, JSON.stringify(query)).to.not.contain(marker)
      }
    })
})
