import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { customerOf, put, type Customer } from '../../support/customer.ts'
import { codeOf, forgetAnswers, type Headers, type Json } from '../../support/global-caller.ts'
import { borrowed, startServer, type TestServer } from '../../support/server.ts'

describe('A repeat prescription that a customer asks for', () => {
  let server: TestServer
  let carol: Customer
  let vet: Headers
  let animalId: string
  const today = '2026-06-15'
  const env = { TOKEN_SECRET: 'secret-of-both-servers-0123456789-0123' }
  const clock = { now: Date.parse(`${today}T22:30:00Z`) }
  before(async () => {
    server = await startServer({ clock, env })
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
  const repeatable = async (): Promise<string> =>
    await put(await server.context.groups.get(1), 'prescription', {
      ...{ siteIds: [1, 2], siteId: 1, clientId: carol.clientIds[1], animalId, code: null },
      ...{ description: 'Ear drops', quantity: '1', directions: null, repeatsAllowed: 2, repeatsLeft: 2 },
      ...{ validUntil: null, repeatOf: null, status: 'COLLECTED', requestedAt: '2026-05-01T09:00:00.000Z' },
      ...{ practitionerId: null, messageForCustomer: null, customerNote: null, notes: null, repeats: [] },
      ...{ requestedBy: { userId: randomUUID(), kind: 'STAFF' }, steps: [] },
    })
  const asked = async (): Promise<string> => {
    const prescriptionId = await repeatable()
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
    await decide(id, 'APPROVED')
    expect((await requestsOn(today)).map((one) => one['id'])).to.not.include(id)
  })

  const decide = async (id: string, status: string): Promise<void> => {
    const call = `/v2/clinicalPortal/prescriptions/${id}/status`
    const done = await server.request(call, { json: { status }, headers: vet })
    expect(done.status, done.text).to.equal(200)
  }
  /** Ten taps at once, each at the next server; the one request that came of them. */
  const tapped = async (
    [one, other]: readonly [TestServer, TestServer],
    prescriptionId: string,
  ): Promise<string> => {
    const tap = { json: { prescriptionId }, headers: carol.headers }
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? other : one).request('/v2/clientLink/requestPrescription', tap),
      ),
    )
    const made = answers.filter(({ status }) => status === 201)
    expect(made.length, 'requests made').to.equal(1)
    const id = String(made[0]?.body['id'])
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(codeOf(answer)).to.equal('409 ALREADY_REQUESTED')
      expect(answer.body['prescriptionId']).to.equal(id)
    }
    const open = (await requestsOn(today)).filter(({ repeatOf }) => repeatOf === prescriptionId)
    expect(open.map((one) => one['id'])).to.deep.equal([id])
    return id
  }

  it('is one, however often it is asked for at once, and another after each decision', async () => {
    const prescriptionId = await repeatable()
    const ids = new Set<string>()
    for (const decision of ['DECLINED', 'APPROVED', 'APPROVED']) {
      const id = await tapped([server, server], prescriptionId)
      ids.add(id)
      await decide(id, decision)
    }
    expect(ids.size).to.equal(3)
    const none = await carol.send('POST', 'requestPrescription', { prescriptionId })
    expect(codeOf(none)).to.equal('422 NO_REPEATS_LEFT')
  })

  it('is one at two servers that share nothing but the store', async () => {
    const openStore = () => Promise.resolve(borrowed(server.context.store))
    const seed = () => Promise.resolve()
    await using second = await startServer({ clock, env, openStore, seed })
    for (let round = 0; round < 3; round += 1) await tapped([server, second], await repeatable())
  })

  it('is the same for whoever repeats the call under its key, also once it is decided', async () => {
    const prescriptionId = await repeatable()
    const key = { 'Idempotency-Key': randomUUID() }
    const send = () => carol.send('POST', 'requestPrescription', { prescriptionId }, key)
    const { body } = await send()
    for (const status of [undefined, 'APPROVED']) {
      if (status) await decide(String(body['id']), status)
      await forgetAnswers(server)
      const again = await send()
      expect([again.status, again.body['id']], again.text).to.deep.equal([201, body['id']])
    }
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
