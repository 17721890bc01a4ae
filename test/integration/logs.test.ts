/** What the log says of a day, and what it must not: anything of a person, or a secret. Traces and metrics likewise. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { DocumentClient, photo } from '../support/document-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { basic } from '../support/sync-practice.ts'
import { TraceReceiver } from '../support/trace-receiver.ts'

type Json = Record<string, unknown>

/** In every name, text and password that anybody enters on that day. */
const mark = 'zqxmark'
const markedPassword = 'Zqxmark-Pass-2026'
/** Names, addresses and the telephone numbers of that day; no number that a metric may come to. */
const personal = /amelia|1632 ?97000|@example/i

describe('the log of a day', function () {
  let receiver: TraceReceiver
  let server: TestServer
  let logged: string
  let lines: Json[]
  let metrics: string
  const secrets = [demoPassword, markedPassword, 'demo-api-key', 'demo-app-key']

  before(async () => {
    receiver = await TraceReceiver.open()
    server = await startServer({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } })
    secrets.push(...(await theDay(server)))
    metrics = (await server.request('/metrics')).text
    await server[Symbol.asyncDispose]()
    logged = server.logged.join('')
    lines = server.logged.map((line) => JSON.parse(line) as Json)
  })
  after(() => receiver[Symbol.asyncDispose]())

  const requestsOf = (call: string): Json[] => lines.filter((line) => line['call'] === call)

  it('names no person, and nothing of what was written', () => {
    expect(lines.length).to.be.greaterThan(30)
    expect(logged.toLowerCase()).not.to.contain(mark)
    expect(logged).not.to.match(personal)
  })

  it('has no token, key or password', () => {
    expect(secrets.length).to.be.greaterThan(6)
    for (const secret of secrets) expect(logged.includes(secret), secret.slice(0, 12)).to.equal(false)
  })

  it('says of each request its id, call, group, account and outcome', () => {
    const [upload] = requestsOf('uploadClientItems')
    expect(upload).to.include({
      ...{ method: 'POST', route: '/v2/mobile/uploadClientItems', status: 200, groupId: 1 },
      ...{ accountId: demoAccountId, requestId: 'day-upload', msg: 'request' },
    })
    expect(upload?.['ms']).to.be.a('number')
    expect(requestsOf('registerClient')[0], 'of two groups the one named').to.include({ groupId: 1 })
    expect(requestsOf('verifyUser')[0]).to.include({ code: 'INVALID_CREDENTIALS', accountId: demoAccountId })
    expect(lines.find(({ route }) => route === '/sync')).to.include({ groupId: 1 })
    const ids = lines.filter(({ msg }) => msg === 'request').map(({ requestId }) => requestId)
    expect(ids.every((id) => typeof id === 'string')).to.equal(true)
  })

  it('is not undone by traces or metrics', () => {
    const sent = receiver.bodies.join('')
    expect(sent).to.contain('uploadClientItems')
    for (const text of [sent, metrics]) {
      expect(text.toLowerCase()).not.to.contain(mark)
      expect(text).not.to.match(personal)
      for (const secret of secrets) expect(text.includes(secret)).to.equal(false)
    }
  })
})

/** Everybody enters marked things, right and wrong ones. Gives the tokens that were handed out. */
const theDay = async (server: TestServer): Promise<string[]> => {
  const app = { ApiToken: await server.login('demo-app-key') }
  const send = (path: string, json: unknown, headers: Record<string, string> = app) =>
    server.request(path, { json, headers })
  await send('/v2/authentication/verifyUser', { username: `${mark}.vet`, password: markedPassword })
  const verified = await server.verify('amelia.vet', demoPassword)
  const vet = { ApiToken: await server.login(), ApiUserToken: String(verified.body['userToken']) }
  await theWebSite(send)
  await theVet(server, vet)
  await theStrangers(server, vet)
  return [app.ApiToken, vet.ApiToken, vet.ApiUserToken, String(verified.body['refreshToken'])]
}

type Send = (path: string, json: unknown, headers?: Record<string, string>) => Promise<unknown>

const theWebSite = async (send: Send): Promise<void> => {
  const person = { title: 'Mrs', firstName: mark, lastName: mark, mobile: '01632 970000' }
  const account = { ...person, email: `${mark}@example.com`, password: markedPassword, acceptTerms: true }
  for (const each of [account, account, { ...account, email: mark, password: mark }])
    await send('/v2/global/captureUserInfo', each)
  const client = {
    ...{ title: 'Mrs', firstName: mark, lastName: mark, phones: ['01632 970001'] },
    ...{ emails: [`${mark}@example.com`], address: { line1: mark, city: mark, postcode: 'ZZ1 4LT' } },
  }
  const terms = { version: '2026-01', accepted: true }
  const newcomer = { groupId: 1, siteId: 1, client, animals: [{ name: mark, species: 'Dog' }], terms }
  for (const each of [newcomer, newcomer, { ...newcomer, [mark]: mark }])
    await send('/v2/registrations/registerClient', each)
  await send('/v2/registrations/checkClientExists', { groupId: 1, lastName: mark, emails: [mark] })
}

const theVet = async (server: TestServer, vet: Record<string, string>): Promise<void> => {
  const now = new Date(server.clock.now).toISOString()
  const upload = async (call: string, data: object, requestId: string = randomUUID()): Promise<string> => {
    const clientItemId = randomUUID()
    const json = {
      deviceId: 'phone',
      batchId: '1',
      sentAt: now,
      items: [{ clientItemId, editedAt: now, data }],
    }
    await server.request(`/v2/mobile/${call}`, { json, headers: { ...vet, 'X-Request-Id': requestId } })
    return clientItemId
  }
  const clientId = await upload(
    'uploadClientItems',
    { lastName: mark, siteIds: [1], phones: ['01632 970002'] },
    'day-upload',
  )
  const animalId = await upload('uploadAnimalItems', { clientId, name: mark, notes: mark, siteIds: [1] })
  await upload('uploadTreatmentItems', { animalId, code: mark, quantity: '1', treatedAt: now })
  await upload('uploadTreatmentItems', { animalId, description: mark, quantity: mark, treatedAt: now })
  await upload('uploadPaymentItems', { clientId, method: mark, amount: 1, currency: mark, takenAt: now })
  const documents = new DocumentClient(server, vet)
  const fields = { clientItemId: randomUUID(), animalId, title: mark, category: 'photo' }
  await documents.upload(fields, { bytes: photo(2000), name: `${mark}.jpg` })
  await documents.upload({ ...fields, animalId: mark }, { bytes: photo(2000), name: `${mark}.exe` })
  for (const path of [
    `managedBookings/searchClients?surname=${mark}`,
    `mobile/clients/${mark}`,
    `mobile/animals/${animalId}/history?cursor=${mark}`,
    `clinicalPortal/animals/${animalId}/summary?${mark}=${mark}`,
    `${mark}?${mark}`,
  ])
    await server.request(`/v2/${path}`, { headers: vet })
}

/** Clients of other protocols, and requests that are none. */
const theStrangers = async (server: TestServer, vet: Record<string, string>): Promise<void> => {
  const doc = { type: 'client', lastName: mark, siteIds: [1] }
  const put = (id: string, headers: Record<string, string>, json: unknown = doc) =>
    server.request(`/sync/group-1/${id}`, { method: 'PUT', json, headers })
  await put(`client:${randomUUID()}`, vet)
  await put(mark, vet, { ...doc, [`_${mark}`]: mark })
  await put(`client:${randomUUID()}`, { Authorization: basic(mark, markedPassword) })
  await put(`client:${randomUUID()}`, { Authorization: basic('amelia.vet') })
  await server.request(`/oauth/authorize?client_id=${mark}&state=${mark}`)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  await server.request('/oauth/token', {
    raw: `grant_type=client_credentials&client_id=${mark}&client_secret=${mark}`,
    headers: form,
  })
  await server.request('/v2/authentication/verifyUser', {
    ...{ method: 'POST', raw: `{"username":"${mark}` },
    headers: { 'Content-Type': 'application/json', ApiToken: mark, ApiUserToken: mark },
  })
  await server.request('/health', { headers: { 'X-Request-Id': `${mark} <x>`, traceparent: mark } })
  await server.request(`/docs/${mark}`)
  await server.request(`/registrations/${mark}`)
}
