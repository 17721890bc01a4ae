/** The disk is full: what cannot be kept is refused, nothing is torn, and with room again everything goes on. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openGroups } from '../../sync/group.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { StoreUnavailable } from '../../sync/store/port.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

const diskMegabytes = 160
const itemsABatch = 100
/** Each item is about this large (bytes): LevelDB's log grows fast. */
const padding = 20_000

describe('A full disk', function () {
  this.timeout(120_000)
  let disk: SmallDisk | undefined

  before(async function () {
    disk = await mountSmallDisk(diskMegabytes)
    if (disk) return
    process.stdout.write(
      '      skipped: this user may not mount a tmpfs; store-embedded.test.ts injects the failing write\n',
    )
    this.skip()
  })
  after(async () => await disk?.[Symbol.asyncDispose]())

  const batchOf = (server: TestServer, clientId: string) => {
    const now = new Date(server.clock.now).toISOString()
    const items = Array.from({ length: itemsABatch }, (_, n) => ({
      clientItemId: randomUUID(),
      editedAt: now,
      data: { clientId, name: `Animal ${n}`, siteIds: [1], notes: 'n'.repeat(padding) },
    }))
    return { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items }
  }
  type Batch = ReturnType<typeof batchOf>

  it('refuses uploads with 503 and no half of them, can be read, and takes the same uploads with room again', async () => {
    if (!disk) return
    const dataDir = path.join(disk.directory, 'data')
    let server = await startServer({ dataDir, env })
    let headers: Record<string, string> = (await server.signIn('amelia.vet')).headers
    const upload = (name: string, json: object): Promise<Answer> =>
      server.request(`/v2/mobile/${name}`, { json, headers })
    const clientId = randomUUID()
    const now = new Date(server.clock.now).toISOString()
    const client = { clientItemId: clientId, editedAt: now, data: { lastName: 'Full', siteIds: [1] } }
    await upload('uploadClientItems', {
      deviceId: 'phone',
      batchId: randomUUID(),
      sentAt: now,
      items: [client],
    })
    const read = (id: unknown): Promise<Answer> =>
      server.request(`/v2/mobile/animals/${String(id)}`, { headers })

    const kept: Batch[] = []
    const refused: Batch[] = []
    await disk.fill()
    for (let tries = 0; refused.length < 2; tries += 1) {
      expect(tries, 'uploads that a full disk took').to.be.lessThan(50)
      const batch = batchOf(server, clientId)
      const answer = await upload('uploadAnimalItems', batch)
      if (answer.status === 200) kept.push(batch)
      else {
        expect(answer.status).to.equal(503)
        expect(answer.body['code']).to.equal('STORE_UNAVAILABLE')
        expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0)
        expect(answer.text).not.to.match(/ENOSPC|level|No space/i)
        refused.push(batch)
      }
    }
    for (const { items } of kept)
      for (const { clientItemId } of items.slice(0, 3))
        expect((await read(clientItemId)).status).to.equal(200)
    for (const { items } of refused)
      for (const { clientItemId } of items.slice(0, 3))
        expect((await read(clientItemId)).status).to.equal(404)

    const pulled = await server.request('/v2/mobile/sync/pull', { json: firstPull, headers })
    if (pulled.status !== 200) expect(pulled.body['code']).to.equal('STORE_UNAVAILABLE')

    await disk.clear()
    for (const batch of refused) {
      const { body } = await upload('uploadAnimalItems', batch)
      const outcomes = new Set((body['results'] as { outcome: string }[]).map(({ outcome }) => outcome))
      expect([...outcomes]).to.deep.equal(['CREATED'])
    }
    await server[Symbol.asyncDispose]()

    server = await startServer({ dataDir, env })
    headers = (await server.signIn('amelia.vet')).headers
    const { body } = await server.request('/v2/mobile/sync/pull', {
      json: firstPull,
      headers,
    })
    const held = (body['documents'] as { id: string; clientId: string }[]).filter(
      (one) => one.clientId === clientId,
    )
    const meant = [...kept, ...refused].flatMap(({ items }) => items.map(({ clientItemId }) => clientItemId))
    expect(held.map(({ id }) => id).sort()).to.deep.equal(meant.sort())
    await server[Symbol.asyncDispose]()
  })

  it('that holds the index alone answers pulls as unavailable, and with room again misses nothing', async () => {
    if (!disk) return
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-store-'))
    await using store = await openLevelStore({ dataDir })
    const logged: unknown[] = []
    const log = { error: (details: object) => logged.push(details) }
    const directory = path.join(disk.directory, 'index-alone')
    await using groups = openGroups({ store, dataDir: directory, now: Date.now, log })
    const group = await groups.get(1)
    const pull = () => group.pull({ siteIds: [1] }, { collection: 'clients', checkpoint: null, limit: 1000 })
    const write = async (from: number): Promise<void> => {
      const ids = Array.from({ length: 200 }, (_, n) => `client:${from + n}`)
      await group.db.write(ids.map((_id) => ({ _id, type: 'client', siteIds: [1], lastName: 'Full' })))
    }
    await write(0)
    await pull()
    await disk.fill()
    for (const from of [200, 400]) {
      await write(from)
      expect(await pull().catch((error: unknown) => error)).to.be.instanceOf(StoreUnavailable)
    }
    await disk.clear()
    expect((await pull()).documents).to.have.length(600)
    await groups[Symbol.asyncDispose]()
    await using again = openGroups({ store, dataDir: directory, now: Date.now, log })
    const reopened = await again.get(1)
    const page = await reopened.pull(
      { siteIds: [1] },
      { collection: 'clients', checkpoint: null, limit: 1000 },
    )
    expect(page.documents).to.have.length(600)
    await rm(dataDir, { recursive: true, force: true })
  })
})

const firstPull = { deviceId: 'reader', collection: 'animals', checkpoint: null, limit: 10_000 }
const env = { TOKEN_SECRET: 'disk-full:'.padEnd(60, 'x') }
