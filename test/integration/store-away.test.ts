/** The store is gone for ten seconds: 503 with `Retry-After`, and then everything goes on by itself. */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import type { Store } from '../../sync/store/port.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

const couchUrl = process.env['COUCHDB_URL']
const awayMs = 10_000
/** A verified token is taken for good without asking the store for so long (ms). */
const rememberedMs = 61_000

describe('A store that is gone for a while', function () {
  this.timeout(120_000)
  let proxy: FaultProxy
  let store: Store
  let server: TestServer
  let headers: Record<string, string>
  const prefix = `away-${randomUUID().slice(0, 8)}-`

  before(async function () {
    if (couchUrl === undefined) {
      process.stdout.write('      skipped: COUCHDB_URL is not set, and the embedded store cannot go away\n')
      this.skip()
    }
    proxy = await FaultProxy.open(couchUrl)
    store = await openCouchStore({ url: proxy.url, prefix })
    server = await startServer({ openStore: () => Promise.resolve(store) })
    headers = (await server.signIn('amelia.vet')).headers
  })
  after(async () => {
    if (couchUrl === undefined) return
    proxy.comeBack()
    await server[Symbol.asyncDispose]()
    const direct = await openCouchStore({ url: couchUrl, prefix })
    for (const name of await direct.list()) await direct.destroy(name)
    await direct[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
  })

  const batchOf = (lastName: string) => {
    const now = new Date(server.clock.now).toISOString()
    const items = [{ clientItemId: randomUUID(), editedAt: now, data: { lastName, siteIds: [1] } }]
    return { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items }
  }
  const upload = (batch: object): Promise<Answer> =>
    server.request('/v2/mobile/uploadClientItems', { json: batch, headers })
  const pull = (checkpoint: unknown): Promise<Answer> =>
    server.request('/v2/mobile/sync/pull', {
      json: { deviceId: 'phone', collection: 'clients', checkpoint, limit: 1000 },
      headers,
    })

  it('is told as 503 with Retry-After by every call, and afterwards everything goes on by itself', async () => {
    const acknowledged = batchOf('Before')
    expect((await upload(acknowledged)).status).to.equal(200)
    const first = await pull(null)
    const stop = new AbortController()
    const events = await fetch(`${server.url}/v2/mobile/sync/events?deviceId=phone`, {
      headers,
      signal: stop.signal,
    })
    const heard = heardFrom(events)
    await heard.next((text) => text.length > 0)

    const during = batchOf('During')
    proxy.goAway()
    const back = performance.now() + awayMs
    let asked = 0
    for (; performance.now() < back; asked += 1) {
      const today = new Date(server.clock.now).toISOString().slice(0, 10)
      const answers = [
        await upload(during),
        await pull(first.body['checkpoint']),
        await server.request(`/v2/mobile/retrieveDiariesForDay?siteId=1&date=${today}`, { headers }),
        await server.request('/sync/group-1/_changes', { headers }),
      ]
      for (const { status, headers: told } of answers) {
        expect(status).to.equal(503)
        expect(Number(told.get('retry-after'))).to.be.within(1, 60)
      }
      expect((await server.request('/health')).body).to.include({ status: 'degraded' })
      server.clock.now += rememberedMs
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(asked).to.be.greaterThan(3)

    proxy.comeBack()
    expect((await server.request('/health')).body).to.include({ status: 'ok' })
    const again = await upload(during)
    expect(again.body['results']).to.have.nested.property('[0].outcome', 'CREATED')
    await heard.next((text) => text.includes('clients'))
    stop.abort()
    const after = await pull(first.body['checkpoint'])
    expect((after.body['documents'] as { lastName: string }[]).map(({ lastName }) => lastName)).to.deep.equal(
      ['During'],
    )
    const twice = await upload(acknowledged)
    expect(twice.body['results']).to.have.nested.property('[0].outcome', 'DUPLICATE')
  })
})

/** What a stream says. */
const heardFrom = (response: Response) => {
  let text = ''
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  return {
    /** Resolves when what came since the last call matches. */
    async next(matches: (text: string) => boolean): Promise<void> {
      while (!matches(text)) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`The stream ended after: ${text}`)
        text += Buffer.from(value).toString()
      }
      text = ''
    },
  }
}
