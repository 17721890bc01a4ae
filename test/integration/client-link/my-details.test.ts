/** A customer's own details, as each practice has them. */
import { expect } from 'chai'
import { customerOf, type Customer } from '../../support/customer.ts'
import { codeOf, type Json } from '../../support/global-caller.ts'
import { startServer, type TestServer } from '../../support/server.ts'

describe('ClientLink, a customer’s details', () => {
  let server: TestServer
  let carol: Customer
  before(async () => {
    server = await startServer()
    carol = await customerOf(server)
  })
  after(() => server[Symbol.asyncDispose]())

  const details = async (): Promise<Json[]> => (await carol.get('myDetails')).body['details'] as Json[]
  const stored = async (groupId: 1 | 2): Promise<Json> => {
    const { db } = await server.context.groups.get(groupId)
    return (await db.get(`client:${carol.clientIds[groupId]}`)) ?? {}
  }

  it('are the account’s, and those of each group', async () => {
    const { status, body } = await carol.get('myDetails')
    expect(status).to.equal(200)
    expect(body['account']).to.include({ email: 'carol@example.com', firstName: 'Carol', lastName: 'Marsh' })
    expect((body['details'] as Json[]).map(({ groupId }) => groupId)).to.deep.equal([1, 2])
  })

  it('change with every group, by the customer, and only what was sent', async () => {
    const before = await details()
    const address = { line1: '1 New Road', city: 'Millbrook', postcode: 'HD1 1AA' }
    const { status, body } = await carol.send('PUT', 'myDetails', { lastName: 'Márš-Łukasz', address })
    expect(status).to.equal(200)
    for (const [i, now] of (body['details'] as Json[]).entries()) {
      expect(now).to.include({ lastName: 'Márš-Łukasz', firstName: before[i]?.['firstName'] })
      expect(now['address']).to.deep.equal({ ...address, line2: null, county: null, country: null })
      expect(now['phones']).to.deep.equal(before[i]?.['phones'])
    }
    expect(await details()).to.deep.equal(body['details'])
    const { db } = await server.context.groups.get(1)
    const prefix = `history:${carol.clientIds[1]}:`
    const [edit] = await db.range({ from: prefix, to: `${prefix}\uffff` })
    expect(edit).to.include({ by: '6f1c8f0e-0000-4000-8000-000000000006', deviceId: null })
  })

  it('change once when the same comes again', async () => {
    const json = { emails: ['carol@example.org'], phones: ['+44 1632 960177'], title: null }
    await carol.send('PUT', 'myDetails', json)
    const { _rev } = await stored(1)
    expect((await carol.send('PUT', 'myDetails', json)).status).to.equal(200)
    expect((await stored(1))['_rev']).to.equal(_rev)
    expect(await stored(1)).to.deep.include(json)
  })

  it('change with one group alone, by one of the revisions that were seen', async () => {
    const { _rev, title } = await stored(2)
    const [one] = await details()
    const headers = { 'If-Match': `1-aa, ${String(one?.['revision'])}` }
    const json = { groupId: 1, title: 'Dr' }
    const { status, body } = await carol.send('PUT', 'myDetails', json, headers)
    expect(status).to.equal(200)
    expect(body['details']).to.have.length(1)
    expect(await stored(2)).to.include({ _rev, title })
    const stale = await carol.send('PUT', 'myDetails', { groupId: 1, title: 'Ms' }, headers)
    expect(codeOf(stale)).to.equal('409 STALE_REVISION')
    expect(stale.body['record']).to.deep.equal((body['details'] as Json[])[0])
    expect((await stored(1))['title']).to.equal('Dr')
  })

  it('are refused what they cannot be', async () => {
    for (const json of [
      ...[{}, { groupId: 1 }, { lastName: '' }, { lastName: null }, { emails: ['not an address'] }],
      ...[{ phones: [''] }, { deactivated: true }, { siteIds: [2] }, { address: { street: 'x' } }],
      ...[{ title: 'x'.repeat(201) }, { phones: Array(21).fill('1') }],
    ])
      expect(codeOf(await carol.send('PUT', 'myDetails', json)), JSON.stringify(json)).to.equal(
        '400 INVALID_REQUEST',
      )
    const unnamed = await carol.send('PUT', 'myDetails', { title: 'Ms' }, { 'If-Match': '1-x' })
    expect(codeOf(unnamed)).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await carol.send('PUT', 'myDetails', { groupId: 9, title: 'Ms' }))).to.equal(
      '404 NOT_FOUND',
    )
    const { headers } = await server.signIn('rita.reception')
    const vet = await server.request('/v2/clientLink/myDetails', {
      method: 'PUT',
      json: { title: 'X' },
      headers,
    })
    expect(codeOf(vet)).to.equal('403 ROLE_NOT_ALLOWED')
  })
})
