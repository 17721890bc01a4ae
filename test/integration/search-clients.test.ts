/** searchClients over HTTP: what is found, by whom, and page by page. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { codeOf, type Headers, type Json } from '../support/global-caller.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

describe('searchClients', () => {
  let server: TestServer
  let key: Headers
  let amelia: Headers
  let ben: Headers
  before(async () => {
    server = await startServer()
    key = { ApiToken: await server.login() }
    amelia = (await server.signIn('amelia.vet', { apiKey: 'demo-app-key' })).headers
    ben = (await server.signIn('ben.vet', { apiKey: 'demo-app-key' })).headers
    await makeClient(
      {
        ...{ lastName: 'Ó Néill-Łukasz', firstName: 'Zoë', siteIds: [1] },
        phones: ['(01632) 970 555', '07700 900777'],
        emails: ['Zoe.ONeill@Example.com'],
        address: { line1: 'Flat 2, 9 Quay Street', postcode: 'ZQ9 8XY' },
        externalIds: [{ system: 'owner', value: 'A-0042' }],
      },
      ['Ṣükrü', 'Daisy 104'],
      [1],
    )
    await makeClient({ lastName: 'O’Neill', siteIds: [2], phones: ['+44 1632 970556'] }, ['Daisy 105'], [2])
  })
  after(() => server[Symbol.asyncDispose]())

  const makeClient = async (data: Json, animals: string[], siteIds: number[]): Promise<string> => {
    const clientId = randomUUID()
    const now = new Date(server.clock.now).toISOString()
    const send = async (call: string, items: object[]): Promise<void> => {
      const json = { deviceId: 'test', batchId: 'b', sentAt: now, items }
      const { text } = await server.request(`/v2/mobile/${call}`, { json, headers: amelia })
      expect(text).to.contain('CREATED').and.not.contain('REJECTED')
    }
    await send('uploadClientItems', [{ clientItemId: clientId, editedAt: now, data }])
    const named = animals.map((name) => ({
      ...{ clientItemId: randomUUID(), editedAt: now },
      data: { clientId, name, siteIds },
    }))
    if (named.length > 0) await send('uploadAnimalItems', named)
    return clientId
  }

  const search = (query: Record<string, string | number>, headers: Headers = key): Promise<Answer> => {
    const group = headers === key && query['groupId'] === undefined ? { groupId: 1 } : {}
    const text = new URLSearchParams(
      Object.entries({ ...group, ...query }).map(([name, value]) => [name, String(value)]),
    )
    return server.request(`/v2/managedBookings/searchClients?${text.toString()}`, { headers })
  }
  const names = ({ body }: Answer): unknown[] => (body['items'] as Json[]).map((item) => item['lastName'])

  it('finds a client by each field, however it is spelt', async () => {
    for (const query of [
      { surname: "O'NEILL L" },
      { surname: 'lukasz' },
      { postcode: 'zq98xy' },
      { postcode: 'zq9' },
      { phone: '+44 (0)1632 970555' },
      { phone: '900 777' },
      { email: 'zoe.oneill@example.com' },
      { animalName: 'sukru' },
      { clientNumber: 'a0042' },
    ])
      expect(names(await search(query)), JSON.stringify(query)).to.deep.equal(['Ó Néill-Łukasz'])
  })

  it('gives the client as it is, with its number and its animals', async () => {
    const { body } = await search({ clientNumber: 'A-0042' })
    const [item] = body['items'] as Json[]
    expect(item).to.include({ firstName: 'Zoë', clientNumber: 'A-0042', deactivated: false, groupId: 1 })
    expect((item?.['animals'] as Json[]).map(({ name }) => name)).to.have.members(['Ṣükrü', 'Daisy 104'])
    expect((item?.['animals'] as Json[])[0]).to.not.have.property('notes')
  })

  it('narrows by several fields together', async () => {
    expect(names(await search({ surname: 'oneill' }))).to.deep.equal(['O’Neill', 'Ó Néill-Łukasz'])
    expect(names(await search({ surname: 'oneill', animalName: 'daisy 105' }))).to.deep.equal(['O’Neill'])
    expect(names(await search({ surname: 'oneill', animalName: '104', phone: '970555' }))).to.have.length(1)
    expect(names(await search({ surname: 'oneill', phone: '970555', postcode: 'hd' }))).to.deep.equal([])
  })

  it('shows users the clients and animals of their sites only', async () => {
    expect(names(await search({ surname: 'oneill' }, ben))).to.deep.equal(['Ó Néill-Łukasz'])
    expect(names(await search({ phone: '970556' }, ben))).to.deep.equal([])
    expect(names(await search({ surname: 'oneill' }, amelia))).to.have.length(2)
    expect(names(await search({ surname: 'oneill', siteId: 2 }, amelia))).to.deep.equal(['O’Neill'])
    expect(codeOf(await search({ surname: 'oneill', siteId: 2 }, ben))).to.equal('404 UNKNOWN_SITE')
    expect(names(await search({ surname: 'oneill', groupId: 2 }))).to.deep.equal([])
    expect(codeOf(await search({ surname: 'oneill', groupId: 2 }, amelia))).to.equal('404 UNKNOWN_GROUP')
    expect(codeOf(await search({ surname: 'oneill', groupId: 77 }))).to.equal('404 UNKNOWN_GROUP')
  })

  it('comes page by page, each client once', async () => {
    for (const query of [{ surname: 'm' }, { animalName: 'm' }, { surname: 'a', animalName: 'b' }]) {
      const all = (await search({ ...query, limit: 500 })).body
      expect(all['nextCursor']).to.equal(null)
      const ids = (all['items'] as Json[]).map(({ id }) => id)
      expect(new Set(ids).size).to.equal(ids.length)
      const paged: unknown[] = []
      let cursor: string | undefined
      do {
        const { status, body } = await search({ ...query, limit: 1, ...(cursor ? { cursor } : {}) })
        expect(status).to.equal(200)
        paged.push(...(body['items'] as Json[]).map(({ id }) => id))
        cursor = (body['nextCursor'] as string | null) ?? undefined
      } while (cursor !== undefined)
      expect(paged, JSON.stringify(query)).to.deep.equal(ids)
    }
  })

  it('finds a changed name at once and the old one no more', async () => {
    const id = await makeClient({ lastName: 'Quillfeather', siteIds: [1] }, [], [1])
    const now = new Date(server.clock.now).toISOString()
    const changes = { lastName: { from: 'Quillfeather', to: 'Zwingli' } }
    const items = [{ clientItemId: randomUUID(), id, editedAt: now, changes }]
    const json = { deviceId: 'test', batchId: 'b', sentAt: now, items }
    await server.request('/v2/mobile/uploadClientItems', { json, headers: amelia })
    expect(names(await search({ surname: 'zwing' }))).to.deep.equal(['Zwingli'])
    expect(names(await search({ surname: 'quillf' }))).to.deep.equal([])
  })

  it('is for the practice only: a server key, or staff', async () => {
    const app = { ApiToken: await server.login('demo-app-key') }
    const carol = (await server.signIn('carol@example.com', { apiKey: 'demo-app-key' })).headers
    expect(codeOf(await search({ surname: 'x' }, {}))).to.equal('401 TOKEN_MISSING')
    expect(codeOf(await search({ surname: 'x' }, { ApiToken: 'no token' }))).to.equal('401 TOKEN_INVALID')
    expect(codeOf(await search({ surname: 'x', groupId: 1 }, app))).to.equal('403 SERVER_KEY_REQUIRED')
    expect(codeOf(await search({ surname: 'x' }, carol))).to.equal('403 ROLE_NOT_ALLOWED')
  })

  it('says what is wrong with a search', async () => {
    const wrong = async (query: Record<string, string | number>): Promise<unknown> => {
      const answer = await search({ groupId: 1, ...query })
      expect(codeOf(answer)).to.equal('400 INVALID_REQUEST')
      return (answer.body['errors'] as Json[])[0]?.['path']
    }
    expect(await wrong({})).to.equal('query')
    expect(await wrong({ surname: '' })).to.equal('query.surname')
    expect(await wrong({ surname: ' -’ ' })).to.equal('query.surname')
    expect(await wrong({ surname: 'x'.repeat(201) })).to.equal('query.surname')
    expect(await wrong({ phone: '12' })).to.equal('query.phone')
    expect(await wrong({ email: 'carol' })).to.equal('query.email')
    expect(await wrong({ postcode: 'h' })).to.equal('query.postcode')
    expect(await wrong({ surname: 'x', limit: 0 })).to.equal('query.limit')
    expect(await wrong({ surname: 'x', limit: 501 })).to.equal('query.limit')
    expect(await wrong({ surname: 'x', groupId: 0 })).to.equal('query.groupId')
    expect(await wrong({ surname: 'x', cursor: 'bogus' })).to.equal('query.cursor')
    const foreign = Buffer.from('phone\0x\0y').toString('base64url')
    expect(await wrong({ surname: 'x', cursor: foreign })).to.equal('query.cursor')
    expect(await wrong({ surname: 'x', firstName: 'y' })).to.equal('query.firstName')
    const { body } = await server.request('/v2/managedBookings/searchClients?surname=x', { headers: key })
    expect((body['errors'] as Json[])[0]).to.include({ path: 'query.groupId' })
  })
})
