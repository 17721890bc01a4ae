import { expect } from 'chai'
import { filter, firstValueFrom } from 'rxjs'
import { newId, type SyncStatus } from '../../../mobile-client-lib/src/index.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { html, problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

describe('The client library on a bad network', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let animalId: string
  before(async () => {
    server = await startServer(fewDays)
    practice = await PracticeApi.signIn(server)
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    const clientId = await practice.create('Client', { lastName: 'Marsh', siteIds: [1] })
    animalId = await practice.create('Animal', { clientId, name: 'Bramble' })
    device = new DeviceHere(server.url)
    await device.open()
    await device.client.sync.syncNow()
  })
  afterEach(() => device.close())

  const codeOfSync = async (): Promise<string> =>
    await device.client.sync.syncNow().then(
      () => 'no error',
      (error: { code: string }) => error.code,
    )
  const until = async (wanted: (status: SyncStatus) => boolean): Promise<SyncStatus> =>
    await firstValueFrom(device.client.sync.status$.pipe(filter(wanted)))
  const half = (): Response =>
    new Response('{"results": [{"clientItemId": "', { headers: { 'Content-Type': 'application/json' } })
  const other = (): Response =>
    new Response('{"ok": true}', { headers: { 'Content-Type': 'application/json' } })

  for (const [what, answer] of [
    ['a captive portal’s page', () => html()],
    ['a gateway’s error page', () => html(502)],
    ['half an answer', half],
    ['somebody else’s JSON', other],
    ['500', () => problem(500, 'INTERNAL')],
    ['503', () => problem(503, 'STORE_UNAVAILABLE')],
  ] as const)
    it(`takes ${what} for being offline, and loses nothing`, async () => {
      await device.patch('animals', animalId, { weightGrams: 500_000 })
      const made = { id: newId(), lastName: 'Reed', siteIds: [1] }
      await device.client.collections.clients.insert(made)
      device.network.answer('/upload', answer)
      expect(await codeOfSync()).to.equal('OFFLINE')
      expect(device.client.sync.status$.value.pending).to.be.at.least(1)
      device.network.answer('/sync/', answer)
      expect(await codeOfSync()).to.equal('OFFLINE')
      expect(await codeOfSync()).to.equal('no error')
      expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 500_000 })
      expect(await device.get('clients', made.id)).to.include({ lastName: 'Reed' })
      expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
    })

  it('hears of changes as they happen, and stops when told', async () => {
    await device.client.sync.start()
    await until(({ phase }) => phase === 'idle')
    const heard = new Promise<void>((resolve) => {
      device.client.collections.animals.findOne(animalId).$.subscribe((animal) => {
        if (animal?.get('colour') === 'bay') resolve()
      })
    })
    await practice.edit('Animal', animalId, { colour: { from: null, to: 'bay' } })
    await heard
    await device.client.sync.stop()
    expect(device.client.sync.status$.value.phase).to.equal('stopped')
    const asked = device.network.asked.length
    await practice.edit('Animal', animalId, { colour: { from: 'bay', to: 'grey' } })
    await device.patch('animals', animalId, { weightGrams: 1 })
    expect(device.network.asked.length).to.equal(asked)
  })

  it('sends what is entered as soon as it can, once started', async () => {
    await device.client.sync.start()
    await device.patch('animals', animalId, { weightGrams: 500_000 })
    await until(({ pending }) => pending === 0)
    expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 500_000 })
    device.network.offline = true
    await device.patch('animals', animalId, { weightGrams: 510_000 })
    const waiting = await until(({ phase }) => phase === 'waiting')
    expect(waiting).to.deep.include({ online: false, pending: 1 })
    expect(waiting.error?.code).to.equal('OFFLINE')
    device.network.offline = false
    await until(({ pending }) => pending === 0)
    const idle = await until(({ phase }) => phase === 'idle')
    expect(idle).to.include({ online: true, error: null })
    expect(await practice.record('Animal', animalId)).to.include({ weightGrams: 510_000 })
  })

  it('can start offline, and says how far it is', async () => {
    device.network.offline = true
    await device.client.sync.start()
    await until(({ phase }) => phase === 'waiting')
    const seen: SyncStatus[] = []
    device.client.sync.status$.subscribe((status) => seen.push(status))
    device.network.offline = false
    await until(({ phase }) => phase === 'idle')
    for (const { progress } of seen) expect(progress.done).to.be.at.most(progress.total)
    expect(seen.at(-1)?.progress.done).to.equal(seen.at(-1)?.progress.total)
  })

  it('asks for one thing of a collection at a time', async () => {
    const open = new Map<string, number>()
    const overlaps: string[] = []
    device.network.onRequest = (path, body) => {
      const { collection, checkpoints } = (body ?? {}) as { collection?: string; checkpoints?: object }
      const keys = checkpoints ? Object.keys(checkpoints) : [collection ?? path]
      const count = (key: string, more: number): number => {
        const now = (open.get(key) ?? 0) + more
        open.set(key, now)
        return now
      }
      for (const key of keys) if (count(key, 1) > 1) overlaps.push(key)
      return () => keys.forEach((key) => count(key, -1))
    }
    await device.client.sync.start()
    for (let n = 0; n < 10; n += 1) await device.patch('animals', animalId, { weightGrams: 1000 + n })
    await Promise.all([device.client.sync.syncNow(), device.client.sync.syncNow()])
    expect(overlaps).to.deep.equal([])
  })
})
