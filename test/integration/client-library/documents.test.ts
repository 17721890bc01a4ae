import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { photo } from '../../support/document-client.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { fewDays, startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

describe('The client library, documents', () => {
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

  const meta = () => ({ animalId, title: 'Wound', category: 'photo', fileName: 'wound.jpg' })
  /** Whether the device still holds a file's bytes. */
  const holdsFile = async (id: string): Promise<boolean> => {
    const head = await device.client.collections.documents.getLocal(`file-${id}`)
    return head !== null
  }

  it('wait on the device, over its restart, and are sent whole, once', async () => {
    const bytes = photo(1_000_000)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    device.network.offline = true
    const id = await device.client.documents.add(new Blob([bytes], { type: 'image/jpeg' }), meta())
    expect(await device.get('documents', id)).to.include({
      sha256,
      size: 1_000_000,
      contentType: 'image/jpeg',
    })
    await device.restart()
    device.network.offline = false
    device.network.loseAnswers('/documents/uploads')
    await device.client.sync.syncNow().catch(() => undefined)
    await device.restart()
    await device.client.sync.syncNow()
    const there = (await practice.all('documents')).filter((one) => one['animalId'] === animalId)
    expect(there).to.have.length(1)
    expect(there[0]).to.include({ id, sha256, fileName: 'wound.jpg', title: 'Wound' })
    const here = await device.get('documents', id)
    expect(here).to.deep.equal(
      Object.fromEntries(Object.entries(there[0] ?? {}).filter(([f]) => f !== '_deleted')),
    )
    expect(await holdsFile(id), 'the bytes are gone from the device').to.equal(false)
  })

  it('that the server refuses wait among the rejected, with their bytes', async () => {
    const id = await device.client.documents.add(randomBytes(1000), meta())
    device.network.answer('/documents/uploads', () => problem(415, 'UNSUPPORTED_MEDIA_TYPE'))
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 0, rejected: 1 })
    expect(await device.get('documents', id)).to.equal(null)
    expect(await holdsFile(id)).to.equal(true)
    await device.client.rejected.retry(id, { title: 'Wound, left fore' })
    await device.client.sync.syncNow()
    expect((await device.get('documents', id))?.['title']).to.equal('Wound, left fore')
  })

  it('of an animal that went to a site of others hold no other file back, and can be sent again', async () => {
    await device.close()
    device = new DeviceHere(server.url, { username: 'ben.vet' })
    await device.open()
    const clientId = await practice.create('Client', { lastName: 'Reed', siteIds: [1, 2] })
    const shared = await practice.create('Animal', { clientId, name: 'Heather' })
    const goes = async (from: number[], to: number[]): Promise<unknown> =>
      await practice.edit('Animal', shared, { siteIds: { from, to } })
    const sent = async (): Promise<unknown[]> => (await practice.all('documents')).map(({ id }) => id)
    await device.client.sync.syncNow()
    device.network.offline = true
    const refused = await device.client.documents.add(randomBytes(10), { ...meta(), animalId: shared })
    const other = await device.client.documents.add(randomBytes(1000), meta())
    await goes([1, 2], [2])
    device.network.offline = false
    expect(await device.client.sync.syncNow()).to.include({ rejected: 1 })
    expect(await sent())
      .to.include(other)
      .and.not.include(refused)
    const [error] = (await device.get('rejected', refused))?.['errors'] as Record<string, unknown>[]
    expect(error).to.include({ code: 'SITE_NOT_ALLOWED' })
    await goes([2], [1, 2])
    await device.client.rejected.retry(refused)
    await device.client.sync.syncNow()
    expect(await sent()).to.include(refused)
  })

  it('that the server refuses say which field is wrong, and by what code', async () => {
    const id = await device.client.documents.add(randomBytes(1000), { ...meta(), title: 'x'.repeat(1000) })
    await device.client.sync.syncNow()
    const [error] = (await device.get('rejected', id))?.['errors'] as Record<string, unknown>[]
    expect(error).to.include({ path: 'data.title', code: 'INVALID_REQUEST' })
  })

  it('that are discarded leave nothing behind', async () => {
    const id = await device.client.documents.add(randomBytes(1000), meta())
    device.network.answer('/documents/uploads', () => problem(413, 'FILE_TOO_LARGE'))
    await device.client.sync.syncNow()
    await device.client.rejected.discard(id)
    expect(await holdsFile(id)).to.equal(false)
    expect(device.client.sync.status$.value).to.include({ pending: 0, rejected: 0 })
  })

  it('are not made without a file, nor of an empty one', async () => {
    const refusal = async (attempt: Promise<unknown>): Promise<unknown> =>
      await attempt.then(
        () => 'done',
        (error: { code?: unknown }) => error.code,
      )
    expect(await refusal(device.client.documents.add(new Uint8Array(), meta()))).to.equal('EMPTY_FILE')
    const bare = { ...meta(), id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e01' }
    expect(await refusal(device.client.collections.documents.insert(bare as never))).to.equal('FILE_MISSING')
  })

  it('go on where the connection was cut, over a restart of the app', async () => {
    const bytes = photo(1_500_000)
    const id = await device.client.documents.add(bytes, meta())
    // The server takes each piece, and the answer to the second is lost.
    let patches = 0
    device.network.onRequest = (path) => {
      if (/uploads\/./.test(path) && (patches += 1) === 2) device.network.offline = true
      return () => undefined
    }
    await device.client.sync.syncNow().catch(() => undefined)
    device.network.offline = false
    device.network.onRequest = null
    await device.restart()
    device.network.asked.length = 0
    await device.client.sync.syncNow()
    const asked = device.network.asked.filter((path) => path.includes('/documents/uploads'))
    expect(
      asked.filter((path) => path.endsWith('/uploads')),
      'nothing begun anew',
    ).to.deep.equal([])
    const there = (await practice.all('documents')).find((one) => one['id'] === id)
    expect(there).to.include({ size: 1_500_000, title: 'Wound' })
    expect(await holdsFile(id)).to.equal(false)
  })

  it('begin anew where the server has forgotten the upload', async () => {
    const id = await device.client.documents.add(photo(900_000), meta())
    device.network.loseAnswers('/documents/uploads/')
    await device.client.sync.syncNow().catch(() => undefined)
    device.network.answer('/documents/uploads/', () => problem(410, 'UPLOAD_EXPIRED'))
    await device.client.sync.syncNow()
    expect((await practice.all('documents')).map((one) => one['id'])).to.include(id)
  })

  it('go by priority, and then the small ones first', async () => {
    const add = (size: number, title: string, priority?: number) =>
      device.client.documents.add(photo(size), {
        ...meta(),
        title,
        ...(priority !== undefined && { priority }),
      })
    await add(500_000, 'large')
    await add(2_000, 'small')
    await add(600_000, 'urgent', 5)
    await add(50_000, 'middling')
    const seen: string[] = []
    const names = new Map(
      (await device.client.collections.documents.find().exec()).map((one) => [one.id, one.title]),
    )
    const watching = device.client.documents.transfers$.subscribe((all) => {
      for (const { id, done, total } of all) if (done === total) seen.push(names.get(id) ?? id)
    })
    await device.client.sync.syncNow()
    watching.unsubscribe()
    expect(seen).to.deep.equal(['urgent', 'small', 'middling', 'large'])
  })

  it('are fetched once, kept up to a limit, and what was not looked at for longest goes', async () => {
    await device.close()
    device = new DeviceHere(server.url, { cacheLimitBytes: 250_000 })
    await device.open()
    await device.client.sync.syncNow()
    const { documents } = device.client
    const ids: string[] = []
    for (const n of [1, 2, 3]) ids.push(await documents.add(photo(100_000 + n), meta()))
    const [first = '', second = '', third = ''] = ids
    expect((await documents.content(first)).bytes.length, 'what waits is here').to.equal(100_001)
    await device.client.sync.syncNow()
    for (const id of [first, second, first, third]) await documents.content(id)
    device.network.offline = true
    expect((await documents.content(first)).bytes.length).to.equal(100_001)
    expect((await documents.content(third)).contentType).to.equal('image/jpeg')
    const away = await documents.content(second).catch((error: { code: string }) => error.code)
    expect(away).to.equal('OFFLINE')
    device.network.offline = false
    device.network.answer('/content', () => new Response('half', { headers: { 'Content-Length': '99' } }))
    expect(await documents.content(second).catch((error: { code: string }) => error.code)).to.equal('OFFLINE')
    expect((await documents.content(second)).bytes.length).to.equal(100_002)
  })

  it('have a thumbnail, from the server where it was made elsewhere', async () => {
    const id = await device.client.documents.add(photo(30_000), meta())
    expect(await device.client.documents.thumbnail(id), 'at once').to.have.property('bytes')
    await device.client.sync.syncNow()
    device.network.answer('/thumbnail', () => problem(404, 'NOT_FOUND'))
    expect(await device.client.documents.thumbnail(id)).to.equal(null)
  })
})
