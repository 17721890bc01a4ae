/** What a device is told that asks for all collections at once. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { collectionNames } from '../../../sync/contract/records.ts'
import { codeOf } from '../../support/global-caller.ts'
import { fewDays, startServer, type Answer, type SignedIn, type TestServer } from '../../support/server.ts'
import { PracticeApi } from '../client-library/practice-api.ts'

type Json = Record<string, unknown>
type Checkpoints = Record<string, unknown>
interface News {
  pages: Record<string, { documents: Json[]; checkpoint: { token: string } }>
  large: string[]
}

/** What a user's rights are is known for this long. */
const rightsKnownMs = 60_000

describe('News of all collections', () => {
  let server: TestServer
  let practice: PracticeApi
  let ben: SignedIn
  let held: Checkpoints
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server, 'amelia.vet')
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    ben = await server.signIn('ben.vet')
    held = await hold(ben)
  })

  const pull = async (user: SignedIn, collection: string, checkpoint: unknown = null): Promise<Json> => {
    const json = { deviceId: 'phone', collection, checkpoint, limit: 10_000 }
    return (await server.request('/v2/mobile/sync/pull', { json, headers: user.headers })).body
  }
  /** A checkpoint of each collection, of a device that has all. */
  const hold = async (user: SignedIn): Promise<Checkpoints> => {
    const pulls = collectionNames.map(async (name) => [name, (await pull(user, name))['checkpoint']] as const)
    return Object.fromEntries(await Promise.all(pulls))
  }
  const ask = (checkpoints: Checkpoints, user = ben, deviceId = 'phone'): Promise<Answer> =>
    server.request('/v2/mobile/sync/news', { json: { deviceId, checkpoints }, headers: user.headers })
  const newsOf = async (checkpoints: Checkpoints, user = ben): Promise<News> => {
    const { status, body, text } = await ask(checkpoints, user)
    expect(status, text).to.equal(200)
    return body as unknown as News
  }
  const clients = async (count: number): Promise<string[]> => {
    const editedAt = new Date(server.clock.now).toISOString()
    const items = Array.from({ length: count }, (_, i) => ({
      ...{ clientItemId: randomUUID(), editedAt, data: { lastName: `Reed ${i}`, siteIds: [1] } },
    }))
    await practice.upload('Client', items)
    return items.map(({ clientItemId }) => clientItemId)
  }
  const setSites = async (siteIds: number[]): Promise<void> => {
    const accounts = await server.context.store.database('accounts')
    const user = await accounts.get('user:ben.vet')
    if (!user) throw new Error('Ben has no account')
    await accounts.write([{ ...user, siteIds }])
    server.clock.now += rightsKnownMs
  }

  it('are nothing where nothing is new, in the fewest words', async () => {
    expect((await ask(held)).text).to.equal('{"pages":{},"large":[]}')
  })

  it('bring what little is new at once, whole, as a pull would', async () => {
    const [clientId] = await clients(1)
    const animalId = await practice.create('Animal', { clientId, name: 'Bramble', siteIds: [1] })
    const { pages, large } = await newsOf(held)
    expect(large).to.deep.equal([])
    expect(Object.keys(pages)).to.have.members(['clients', 'animals'])
    expect(pages['animals']?.documents.map(({ id }) => id)).to.deep.equal([animalId])
    for (const name of ['clients', 'animals'])
      expect(pages[name], name).to.deep.equal(await pull(ben, name, held[name]))
    const checkpoints = Object.entries(pages).map(([name, { checkpoint }]) => [name, checkpoint])
    expect(await newsOf(Object.fromEntries(checkpoints) as Checkpoints)).to.deep.equal({
      ...{ pages: {}, large: [] },
    })
  })

  it('of conflicts say who wrote what', async () => {
    const [clientId] = await clients(1)
    const animalId = await practice.create('Animal', { clientId, name: 'Bramble', siteIds: [1] })
    const editedAt = new Date(server.clock.now).toISOString()
    const edits = [500_000, 510_000].map((to) => ({
      ...{ clientItemId: randomUUID(), id: animalId, baseRevision: null, editedAt },
      changes: { weightGrams: { from: null, to } },
    }))
    for (const edit of edits) await practice.upload('Animal', [edit])
    const { pages } = await newsOf(held)
    const [conflict] = pages['conflicts']?.documents ?? []
    expect((conflict?.['values'] as Json[]).map(({ byName }) => byName)).to.include('Amelia Hart')
    expect(pages['conflicts']).to.deep.equal(await pull(ben, 'conflicts', held['conflicts']))
  })

  it('name a collection that has much, which is to be pulled, and bring the others', async () => {
    const ids = await clients(100)
    const whole = await newsOf(held)
    expect(whole.large).to.deep.equal([])
    expect(whole.pages['clients']?.documents.map(({ id }) => id)).to.have.members(ids)
    const [clientId] = await clients(1)
    await practice.create('Animal', { clientId, name: 'Bramble', siteIds: [1] })
    const { pages, large } = await newsOf(held)
    expect(large).to.deep.equal(['clients'])
    expect(Object.keys(pages)).to.deep.equal(['animals'])
  })

  it('take off the device what has left its user’s sites', async () => {
    const [clientId = ''] = await clients(1)
    held = await hold(ben)
    await practice.edit('Client', clientId, { siteIds: { from: [1], to: [2] } })
    const { pages } = await newsOf(held)
    expect(pages['clients']?.documents).to.deep.equal([{ id: clientId, _deleted: true }])
  })

  it('take off the device what its user has lost the right to (I7)', async () => {
    const { documents } = (await pull(ben, 'treatments')) as { documents: Json[] }
    expect(documents).not.to.deep.equal([])
    try {
      await setSites([])
      const { pages, large } = await newsOf(held, await server.signIn('ben.vet'))
      expect([...Object.keys(pages), ...large]).to.include.members(['clients', 'animals', 'appointments'])
      for (const { documents } of Object.values(pages))
        expect(documents.filter(({ _deleted }) => _deleted !== true)).to.deep.equal([])
      expect(pages['treatments']?.documents.map(({ id }) => id)).to.have.members(
        documents.map(({ id }) => id),
      )
    } finally {
      await setSites([1])
    }
  })

  for (const [what, checkpointOf] of [
    ['is garbage', () => ({ token: 'garbage' })],
    ['is another collection’s', () => held['animals']],
    ['is another tenant’s', async () => (await hold(await server.signIn('sam.seaview')))['clients']],
  ] as const)
    it(`say that a collection is to be pulled whose checkpoint ${what}, and bring the others`, async () => {
      const [clientId] = await clients(1)
      const animalId = await practice.create('Animal', { clientId, name: 'Bramble', siteIds: [1] })
      const checkpoint = await checkpointOf()
      const { pages, large } = await newsOf({ ...held, clients: checkpoint })
      expect(large).to.deep.equal(['clients'])
      expect(pages['animals']?.documents.map(({ id }) => id)).to.deep.equal([animalId])
      expect(await pull(ben, 'clients', checkpoint)).to.include({ code: 'INVALID_CHECKPOINT' })
    })

  it('are all there is of a collection that was empty, and has no checkpoint', async () => {
    expect(((await pull(ben, 'documents'))['documents'] as Json[]).length).to.equal(0)
    expect(await newsOf({ documents: null })).to.deep.equal({ pages: {}, large: [] })
    expect(await newsOf({ appointments: null })).to.deep.equal({ pages: {}, large: ['appointments'] })
    const { documents } = (await pull(ben, 'payments')) as { documents: Json[] }
    const { pages } = await newsOf({ payments: null })
    expect(pages['payments']?.documents).to.deep.equal(documents)
  })

  it('are refused where a collection is not known, or none is named', async () => {
    expect(codeOf(await ask({ ...held, unicorns: held['animals'] }))).to.equal('400 INVALID_REQUEST')
    expect(codeOf(await ask({}))).to.equal('400 INVALID_REQUEST')
  })

  it('are refused to a device that was cut off', async () => {
    const lost = await server.signIn('ben.vet')
    expect((await ask(held, lost, 'lost-phone')).status).to.equal(200)
    const { headers } = await server.signIn('gita.groupadmin')
    await server.request('/v2/mobile/devices/lost-phone', { method: 'DELETE', headers })
    expect(codeOf(await ask(held, lost, 'lost-phone'))).to.equal('403 DEVICE_CUT_OFF')
  })

  it('come compressed', async () => {
    await clients(50)
    const { headers } = await fetch(`${server.url}/v2/mobile/sync/news`, {
      method: 'POST',
      headers: { ...ben.headers, 'Content-Type': 'application/json', 'Accept-Encoding': 'br' },
      body: JSON.stringify({ deviceId: 'phone', checkpoints: held }),
    })
    expect(headers.get('content-encoding')).to.equal('br')
  })
})
