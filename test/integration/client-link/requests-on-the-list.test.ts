import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { customerOf, put, type Customer } from '../../support/customer.ts'
import { codeOf, type Headers, type Json } from '../../support/global-caller.ts'
import { startServer, type TestServer } from '../../support/server.ts'

describe('A repeat prescription that a customer asks for', () => {
  let server: TestServer
  let carol: Customer
  let vet: Headers
  let animalId: string
  const today = '2026-06-15'
  before(async () => {
    server = await startServer({ clock: { now: Date.parse(`${today}T22:30:00Z`) } })
    carol = await customerOf(server)
    vet = (await server.signIn('amelia.vet')).headers
    animalId = String((await carol.items('myAnimals')).find((one) => one['groupId'] === 1)?.['id'])
  })
  after(() => server[Symbol.asyncDispose]())

  const listOn = async (date: string, more = '', headers = vet): Promise<Json> => {
    const url = `/v2/mobile/retrieveFullList?siteId=1&date=${date}${more}`
    return (await server.request(url, { headers })).body
  }
  const requestsOn = async (date: string, more = ''): Promise<Json[]> =>
    (await listOn(date, more))['prescriptionRequests'] as Json[]
  const asked = async (): Promise<string> => {
    const prescriptionId = await put(await server.context.groups.get(1), 'prescription', {
      ...{ siteIds: [1, 2], siteId: 1, clientId: carol.clientIds[1], animalId, code: null },
      ...{ description: 'Ear drops', quantity: '1', directions: null, repeatsAllowed: 2, repeatsLeft: 2 },
      ...{ validUntil: null, repeatOf: null, status: 'COLLECTED', requestedAt: '2026-05-01T09:00:00.000Z' },
      ...{ practitionerId: null, messageForCustomer: null, customerNote: null, notes: null, repeats: [] },
      ...{ requestedBy: { userId: randomUUID(), kind: 'STAFF' }, steps: [] },
    })
    const made = await carol.send('POST', 'requestPrescription', { prescriptionId, note: 'עוד, בבקשה' })
    expect(made.status, made.text).to.equal(201)
    return String(made.body['id'])
  }

  it('stands on the day list of its site until a vet has decided', async () => {
    const id = await asked()
    const found = (await requestsOn(today)).find((one) => one['id'] === id)
    expect(found).to.include({
      statusFlag: 'REQUESTED',
      description: 'Ear drops',
      customerNote: 'עוד, בבקשה',
    })
    expect(found?.['client']).to.include({ id: carol.clientIds[1] })
    expect((found?.['animals'] as Json[])[0]).to.include({ id: animalId })
    // It waits for tomorrow's vet too; yesterday nobody had asked.
    expect((await requestsOn('2026-06-16')).map((one) => one['id'])).to.include(id)
    expect((await requestsOn('2026-06-14')).map((one) => one['id'])).to.not.include(id)
    const json = { status: 'APPROVED' }
    const done = await server.request(`/v2/clinicalPortal/prescriptions/${id}/status`, { json, headers: vet })
    expect(done.status, done.text).to.equal(200)
    expect((await requestsOn(today)).map((one) => one['id'])).to.not.include(id)
  })

  it('is filtered by statusFlag as the appointments are', async () => {
    const id = await asked()
    const only = await listOn(today, '&statusFlag=REQUESTED')
    expect(only['items']).to.deep.equal([])
    expect((only['prescriptionRequests'] as Json[]).map((one) => one['id'])).to.include(id)
    expect(await requestsOn(today, '&statusFlag=ARRIVED')).to.deep.equal([])
    const both = await listOn(today, '&statusFlag=ARRIVED,REQUESTED')
    expect(both['prescriptionRequests']).to.deep.equal(only['prescriptionRequests'])
  })

  it('is no other site’s or group’s', async () => {
    const id = await asked()
    const { headers } = await server.signIn('sam.seaview')
    const site2 = await server.request(`/v2/mobile/retrieveFullList?siteId=2&date=${today}`, { headers: vet })
    const seaview = await server.request(`/v2/mobile/retrieveFullList?siteId=3&date=${today}`, { headers })
    for (const { text } of [site2, seaview]) expect(text).to.not.contain(id)
    const other = await server.request(`/v2/mobile/retrieveFullList?siteId=1&date=${today}`, { headers })
    expect(codeOf(other)).to.equal('404 UNKNOWN_SITE')
  })
})
