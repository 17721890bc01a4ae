/** What the Clinical Portal's lists tell of changes: what is gone of one's own sites, and nothing of another's. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { householdId } from '../../server/demo/households.ts'
import { demoUuid } from '../../server/demo/ids.ts'
import { startServer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

const clientId = householdId(1, 0)
const animalId = demoUuid('animal', clientId, 0)
const amelia = '6f1c8f0e-0000-4000-8000-000000000011'
const lists = ['appointments', 'prescriptions', 'reminders', 'invoices']

describe('what changed in the Clinical Portal', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-11-23T12:00:00Z') } })
  })
  after(() => server[Symbol.asyncDispose]())

  const get = async (path: string, username: string): Promise<Json> => {
    const { headers } = await server.signIn(username)
    const { status, body, text } = await server.request(`/v2/clinicalPortal/${path}`, { headers })
    expect(status, text).to.equal(200)
    return body
  }
  const itemsOf = (body: Json): Json[] => body['items'] as Json[]
  const walk = async (
    path: string,
    username: string,
    from = '',
  ): Promise<{ items: Json[]; cursor: string }> => {
    const items: Json[] = []
    for (let cursor = from; ;) {
      const page = await get(`${path}&limit=500${cursor && `&cursor=${cursor}`}`, username)
      items.push(...itemsOf(page))
      cursor = (page['nextCursor'] as string | null) ?? ''
      if (cursor === '' || itemsOf(page).length < 500) return { items, cursor }
    }
  }
  const all = async (path: string, username: string): Promise<Json[]> => (await walk(path, username)).items
  const idsOf = (items: Json[]): unknown[] => items.map(({ id }) => id)
  const day = 'from=2026-11-25&to=2026-11-25'
  const since = 'modifiedSince=2020-01-01T00:00:00Z'

  const upload = async (item: Json): Promise<void> => {
    const sentAt = new Date(server.clock.now).toISOString()
    const json = { deviceId: 'd', batchId: randomUUID(), sentAt, items: [{ ...item, editedAt: sentAt }] }
    const { headers } = await server.signIn('amelia.vet')
    const { body, text } = await server.request('/v2/mobile/uploadAppointmentItems', { json, headers })
    expect(text).to.match(/"outcome":"(CREATED|UPDATED|MERGED)"/)
    expect(body['results']).to.have.length(1)
  }
  const booked = async (): Promise<string> => {
    const id = randomUUID()
    const times = { startsAt: '2026-11-25T19:00:00.000Z', endsAt: '2026-11-25T19:15:00.000Z' }
    const data = { siteId: 1, practitionerId: amelia, clientId, animalIds: [animalId], ...times }
    await upload({ clientItemId: id, data })
    return id
  }
  const edited = async (id: string, field: string, to: unknown): Promise<void> => {
    server.clock.now += 60_000
    const { headers } = await server.signIn('amelia.vet')
    const { body } = await server.request('/v2/mobile/sync/pull', {
      ...{ json: { deviceId: 'd', collection: 'appointments', checkpoint: null, limit: 2000 }, headers },
    })
    const record = (body['documents'] as Json[]).find((doc) => doc['id'] === id)
    const changes = { [field]: { from: record?.[field] ?? null, to } }
    await upload({ clientItemId: randomUUID(), id, baseRevision: record?.['revision'], changes })
  }

  for (const list of lists)
    it(`tells nothing of another site's ${list}, neither to who works at one site nor to who asks for one`, async () => {
      const elsewhere = idsOf(await all(`${list}?siteId=2`, 'amelia.vet'))
      const here = await all(`${list}?siteId=1`, 'amelia.vet')
      expect(elsewhere).to.not.deep.equal([])
      for (const told of [
        await all(`${list}?${since}`, 'ben.vet'),
        await all(`${list}?siteId=1&${since}`, 'amelia.vet'),
      ]) {
        expect(idsOf(told).filter((id) => elsewhere.includes(id))).to.deep.equal([])
        expect(idsOf(told)).to.have.members(idsOf(here))
        expect(told.filter(({ deleted }) => deleted)).to.deep.equal([])
      }
    })

  it('tells that an appointment moved to another site, there as it is and here as gone', async () => {
    const id = await booked()
    const own = `appointments?${since}`
    const held = async (username: string, query: string): Promise<string> => {
      const found = (await all(`appointments?${query}`, username)).find((item) => item['id'] === id)
      return found === undefined ? 'not told' : found['deleted'] ? 'gone' : `at ${String(found['siteId'])}`
    }
    expect(idsOf(await all(own, 'ben.vet'))).to.include(id)
    const { cursor } = await walk(`appointments?${day}&${since}`, 'ben.vet')
    await edited(id, 'siteId', 2)
    expect(await held('ben.vet', since)).to.equal('gone')
    expect(await held('amelia.vet', `${since}&siteId=1`)).to.equal('gone')
    expect(await held('amelia.vet', `${since}&siteId=2`)).to.equal('at 2')
    expect(await held('amelia.vet', since)).to.equal('at 2')
    expect(idsOf((await walk(`appointments?${day}`, 'ben.vet', cursor)).items)).to.deep.equal([id])
    await edited(id, 'siteId', 1)
    expect(await held('ben.vet', since)).to.equal('at 1')
    expect(await held('amelia.vet', `${since}&siteId=2`)).to.equal('gone')
  })

  it('tells that a record has left the days that are asked for', async () => {
    const id = await booked()
    const { cursor } = await walk(`appointments?${day}&${since}`, 'ben.vet')
    await edited(id, 'startsAt', '2026-11-24T19:00:00.000Z')
    const told = (await walk(`appointments?${day}`, 'ben.vet', cursor)).items
    expect(told.find((item) => item['id'] === id)).to.include({ deleted: true })
  })
})
