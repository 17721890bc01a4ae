/** How a device that was caught up asks for what is new: in one request for all collections. */
import { expect } from 'chai'
import { filter, firstValueFrom } from 'rxjs'
import { collectionNames } from '../../../sync/contract/records.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

const news = '/v2/mobile/sync/news'
const pull = '/v2/mobile/sync/pull'
const json = (body: object): Response =>
  new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })

describe('The client library asks for what is new', () => {
  let server: TestServer
  let proxy: FaultProxy
  let practice: PracticeApi
  let device: DeviceHere
  let clientId: string
  let animalId: string
  before(async () => {
    server = await startServer(fewDays)
    proxy = await FaultProxy.open(server.url)
    practice = await PracticeApi.signIn(server)
  })
  after(async () => {
    await proxy[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble', siteIds: [1] })
    device = new DeviceHere(proxy.url, { username: 'ben.vet' })
    await device.open()
    await device.client.sync.syncNow()
    device.network.asked.length = 0
    device.network.bodies.length = 0
  })
  afterEach(() => device.close())

  const start = async (): Promise<void> => {
    await device.client.sync.start()
    const idle = ({ phase }: { phase: string }): boolean => phase === 'idle'
    await firstValueFrom(device.client.sync.status$.pipe(filter(idle)))
    // The stream's opening has everything looked at once more.
    await device.client.sync.syncNow()
    device.network.asked.length = 0
  }
  const codeOfSync = async (): Promise<string> =>
    await device.client.sync.syncNow().then(
      () => 'no error',
      (error: { code: string }) => error.code,
    )
  /** The checkpoints of a collection's pulls. */
  const pullsOf = (collection: string): unknown[] =>
    device.network.bodies
      .filter(({ path, body }) => path === pull && (body as { collection: string }).collection === collection)
      .map(({ body }) => (body as { checkpoint: unknown }).checkpoint)

  it('in one request, under 5 kB on the wire with all headers, where nothing is', async () => {
    const before = { ...proxy.traffic }
    await device.client.sync.syncNow()
    expect(device.network.asked).to.deep.equal([news])
    const { up, down } = proxy.traffic
    expect(up + down - before.up - before.down).to.be.within(1000, 5000)
    const { checkpoints } = device.network.bodies[0]?.body as { checkpoints: object }
    expect(Object.keys(checkpoints)).to.have.members(collectionNames)
  })

  it('and has little of it from that same answer: records, changes, and what leaves', async () => {
    const leaving = await practice.create('Client', { lastName: 'Reed', siteIds: [1] })
    await device.client.sync.syncNow()
    expect(await device.get('clients', leaving)).not.to.equal(null)
    const amelia = await PracticeApi.signIn(server, 'amelia.vet')
    await amelia.edit('Client', leaving, { siteIds: { from: [1], to: [2] } })
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    const made = await practice.create('Client', { lastName: 'Holt', siteIds: [1] })
    device.network.asked.length = 0
    const report = await device.client.sync.syncNow()
    expect(report.pulled).to.equal(3)
    expect(device.network.asked).to.deep.equal([news])
    expect(await device.get('clients', leaving)).to.equal(null)
    expect(await device.get('clients', made)).to.include({ lastName: 'Holt' })
    expect(await device.get('animals', animalId)).to.include({ colour: 'bay' })
    device.network.asked.length = 0
    expect((await device.client.sync.syncNow()).pulled, 'its checkpoints are kept').to.equal(0)
    expect(device.network.asked).to.deep.equal([news])
  })

  it('and pulls a collection of which there is much', async () => {
    const editedAt = new Date(server.clock.now).toISOString()
    const data = { lastName: 'Reed', siteIds: [1] }
    const items = Array.from({ length: 150 }, () => ({ clientItemId: crypto.randomUUID(), editedAt, data }))
    await practice.upload('Client', items)
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    expect((await device.client.sync.syncNow()).pulled).to.equal(151)
    expect(device.network.asked).to.deep.equal([news, pull])
    expect(pullsOf('clients')).to.have.length(1)
    expect(await device.get('animals', animalId)).to.include({ colour: 'bay' })
  })

  it('of a collection alone by a pull, as after an event', async () => {
    await start()
    const heard = firstValueFrom(
      device.client.collections.animals
        .findOne(animalId)
        .$.pipe(filter((animal) => animal?.get('colour') === 'bay')),
    )
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    await heard
    expect(device.network.asked).to.deep.equal([pull])
  })

  for (const status of [404, 405, 501])
    it(`by pulls from a server that does not know the call (${status}), and asks it no more`, async () => {
      device.network.answer(news, () => problem(status, 'NOT_FOUND'))
      await start()
      await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
      expect(await codeOfSync()).to.equal('no error')
      expect(await device.get('animals', animalId)).to.include({ colour: 'bay' })
      expect(device.network.asked).to.include(pull).and.not.include(news)
    })

  it('and begins a collection anew of which the server does not know the place any more', async () => {
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    device.network.answer(news, () => json({ pages: {}, large: ['animals'] }))
    device.network.answer(pull, () => problem(400, 'INVALID_CHECKPOINT'))
    expect(await codeOfSync()).to.equal('no error')
    expect(device.network.asked).to.deep.equal([news, pull, pull])
    const [first, ...then] = pullsOf('animals')
    expect(first).to.have.property('token')
    expect(then).to.deep.equal([null])
    expect(await device.get('animals', animalId)).to.include({ colour: 'bay' })
  })

  for (const [what, answer] of [
    ['does not say what is to be pulled', { pages: {} }],
    ['has no pages', { large: [] }],
    ['has half a page', { pages: { animals: { documents: [] } }, large: [] }],
  ] as const)
    it(`and takes an answer that ${what} for being offline`, async () => {
      await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
      device.network.answer(news, () => json(answer))
      expect(await codeOfSync()).to.equal('OFFLINE')
      expect(await codeOfSync()).to.equal('no error')
      expect(await device.get('animals', animalId)).to.include({ colour: 'bay' })
    })

  it('with a session that has to be renewed', async () => {
    device.network.answer(news, () => problem(401, 'TOKEN_EXPIRED'))
    expect(await codeOfSync()).to.equal('no error')
    expect(device.network.asked.filter((path) => path.includes('/sync/'))).to.deep.equal([news, news])
  })

  it('of a collection that was empty, and of which it keeps no checkpoint', async () => {
    expect(await device.client.collections.documents.count().exec()).to.equal(0)
    await device.client.sync.syncNow()
    const { checkpoints } = device.network.bodies[0]?.body as { checkpoints: Record<string, unknown> }
    expect(checkpoints['documents']).to.equal(null)
  })
})
