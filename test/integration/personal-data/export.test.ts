/** All that the practice holds of a client, as one document. */
import { expect } from 'chai'
import { animalId, clientId, MarkedClient } from '../../support/marked-client.ts'
import { startServer, type TestServer } from '../../support/server.ts'

type Json = Record<string, unknown>

describe('The export of a client', () => {
  let server: TestServer
  let marked: MarkedClient
  before(async () => {
    server = await startServer()
    marked = await MarkedClient.make(server)
  })
  after(() => server[Symbol.asyncDispose]())

  const fetched = (headers = marked.admin, id = clientId) =>
    server.request(`/v2/administration/clients/${id}/personalData`, { headers })

  it('has every place that says something of the client, and says that it is whole', async () => {
    const { status, body, text, headers } = await fetched()
    expect(status, text).to.equal(200)
    expect(headers.get('content-disposition')).to.equal(`attachment; filename="client-${clientId}.json"`)
    expect(body).to.include({ clientId, groupId: 1, complete: true })
    expect((body['animals'] as Json[]).map(({ id }) => id)).to.include(animalId)
    for (const list of [
      'appointments',
      'payments',
      'reminders',
      'prescriptions',
      'documents',
      'conflicts',
      'history',
      'refused',
    ])
      expect(JSON.stringify(body[list]), list).to.include(marked.word)
    expect(body['customerAccounts']).to.have.length(1)
    const paths = (body['documents'] as Json[]).map(({ contentPath }) => String(contentPath))
    for (const path of paths)
      expect((await server.request(path, { headers: marked.vet })).status, path).to.equal(200)
  })

  it('has nothing of anybody else', async () => {
    const { body } = await fetched()
    const others = (await marked.group.db.range({ from: 'client:', to: 'client:\uffff' })).filter(
      ({ _id }) => _id !== `client:${clientId}`,
    )
    const text = JSON.stringify(body)
    expect(others.length).to.be.greaterThan(5)
    for (const { _id } of others) expect(text).not.to.include(_id.slice('client:'.length))
  })

  it('is for group administrators, and stands in the audit record before it is given', async () => {
    const refused = await fetched(marked.vet)
    expect(refused.body['code']).to.equal('ROLE_NOT_ALLOWED')
    const { body } = await server.request(`/v2/administration/audit?kind=EXPORTED&subject=${clientId}`, {
      headers: marked.admin,
    })
    expect((body['items'] as Json[]).map(({ call }) => call)).to.deep.equal([
      'exportPersonalData',
      'exportPersonalData',
    ])
  })
})
