/** Today's appointments at site 1: one of an imported animal for each vet, and one that both will touch. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ApiCaller, Json } from './api-caller.ts'

export interface Booked {
  appointmentId: string
  animalId: string
  clientId: string
  name: string
}

export interface Day {
  theirs: [Booked, Booked]
  shared: Booked
  code: string
}

export const findDay = async (api: ApiCaller): Promise<Day> => {
  const reference = await api.pullAll('reference')
  const vets = reference.filter(
    (doc) => doc['kind'] === 'practitioner' && (doc['siteIds'] as number[]).includes(1),
  )
  const imported = (await api.pullAll('animals')).filter(
    (animal) => (animal['externalIds'] as Json[]).length > 0,
  )
  assert.ok(vets.length > 0 && imported.length > 2, 'the practice has vets and imported animals')
  const today = new Date().toISOString().slice(0, 10)
  const animals = imported.slice(0, 3)
  const items = animals.map((animal, i) => ({
    clientItemId: randomUUID(),
    editedAt: new Date().toISOString(),
    data: {
      siteId: 1,
      practitionerId: vets[i % vets.length]?.['practitionerId'],
      clientId: animal['clientId'],
      animalIds: [animal['id']],
      startsAt: `${today}T19:${String(i * 15).padStart(2, '0')}:00Z`,
      endsAt: `${today}T19:${String(i * 15 + 15).padStart(2, '0')}:00Z`,
    },
  }))
  const body = { deviceId: 'desk', batchId: randomUUID(), sentAt: new Date().toISOString(), items }
  const { results } = await api.post('/v2/mobile/uploadAppointmentItems', body)
  for (const result of results as Json[]) assert.equal(result['outcome'], 'CREATED', JSON.stringify(result))
  const booked = items.map((item, i) => ({
    appointmentId: item.clientItemId,
    animalId: String(animals[i]?.['id']),
    clientId: String(animals[i]?.['clientId']),
    name: (animals[i]?.['name'] as string | null | undefined) ?? 'a nameless one',
  })) as [Booked, Booked, Booked]
  const codes = await api.get('/v2/mobile/retrieveTreatmentCodes?siteId=1')
  const code = (codes['items'] as Json[]).find((item) => Number(item['unitPrice']) > 0)
  return { theirs: [booked[0], booked[1]], shared: booked[2], code: String(code?.['code']) }
}
