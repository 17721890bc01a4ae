import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { photo } from '../../support/document-client.ts'
import { DeviceHere } from '../../support/device-here.ts'
import { problem } from '../../support/device-network.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { PracticeApi } from './practice-api.ts'

describe('The client library, documents', () => {
  let server: TestServer
  let practice: PracticeApi
  let device: DeviceHere
  let animalId: string
  before(async () => {
    server = await startServer()
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
    device.network.loseAnswers('/uploadDocument')
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
    device.network.answer('/uploadDocument', () => problem(415, 'UNSUPPORTED_MEDIA_TYPE'))
    const report = await device.client.sync.syncNow()
    expect(report).to.include({ pushed: 0, rejected: 1 })
    expect(await device.get('documents', id)).to.equal(null)
    expect(await holdsFile(id)).to.equal(true)
    await device.client.rejected.retry(id, { title: 'Wound, left fore' })
    await device.client.sync.syncNow()
    expect((await device.get('documents', id))?.['title']).to.equal('Wound, left fore')
  })

  it('that are discarded leave nothing behind', async () => {
    const id = await device.client.documents.add(randomBytes(1000), meta())
    device.network.answer('/uploadDocument', () => problem(413, 'FILE_TOO_LARGE'))
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
})
