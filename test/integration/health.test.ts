/** What an operator asks of a server: probes, metrics, and the health of groups. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import { StoreUnavailable, type Store } from '../../sync/store/port.ts'
import { startServer, testCall, type SignedIn, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

/** A store that can be away. */
const leaving = (store: Store, state: { away: boolean }): Store =>
  new Proxy(store, {
    get(target, key) {
      if (key === 'ping' && state.away) return () => Promise.reject(new StoreUnavailable('away'))
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

describe('health and sight', () => {
  const store = { away: false }
  let server: TestServer
  let key: Record<string, string>
  before(async () => {
    server = await startServer({
      openStore: async ({ dataDir }) => leaving(await openLevelStore({ dataDir }), store),
      calls: [testCall('/fault', 'none', () => Promise.reject(new Error('a fault of ours')))],
    })
    key = { ApiToken: await server.login() }
  })
  after(async () => await server[Symbol.asyncDispose]())
  afterEach(() => (store.away = false))

  const sample = (text: string, series: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }
  const metrics = async (): Promise<string> => (await server.request('/metrics')).text

  describe('a probe', () => {
    it('finds the server ready, with what it looked at', async () => {
      const { status, body } = await server.request('/health/ready')
      expect([status, body['status']]).to.deep.equal([200, 'ready'])
      const checks = body['checks'] as Record<string, Json>
      expect(Object.keys(checks)).to.have.members(['store', 'storage', 'disk', 'clock'])
      for (const [name, check] of Object.entries(checks)) expect(check['ok'], name).to.equal(true)
      expect(checks['disk']?.['freeBytes']).to.be.a('number').above(0)
    })

    it('finds it alive but not ready while the store is away, and ready again afterwards', async () => {
      store.away = true
      expect((await server.request('/health')).body).to.deep.include({ status: 'degraded' })
      const { status, body } = await server.request('/health/ready')
      expect([status, body['status']]).to.deep.equal([503, 'notReady'])
      expect((body['checks'] as Record<string, Json>)['store']).to.deep.equal({ ok: false })
      store.away = false
      expect((await server.request('/health/ready')).status).to.equal(200)
    })

    it('finds it not ready once the clock was put', async () => {
      server.clock.now -= 3_600_000
      const { status, body } = await server.request('/health/ready')
      server.clock.now += 3_600_000
      expect(status).to.equal(503)
      expect((body['checks'] as Record<string, Json>)['clock']).to.include({ ok: false })
    })
  })

  describe('/metrics', () => {
    it('counts requests by path, and names no id', async () => {
      const id = randomUUID()
      const amelia = await server.signIn('amelia.vet')
      await server.request(`/v2/mobile/animals/${id}`, { headers: amelia.headers })
      const text = await metrics()
      const series =
        'vetspace_request_duration_seconds_count{method="GET",route="/v2/mobile/animals/:animalId",status="404"}'
      expect(sample(text, series)).to.equal(1)
      expect(text).not.to.contain(id)
    })

    it('counts what nobody knows as one path, however many are tried', async () => {
      for (let n = 0; n < 5; n += 1) await server.request(`/nowhere/${randomUUID()}`)
      const series = 'vetspace_request_duration_seconds_count{method="GET",route="none",status="404"}'
      expect(sample(await metrics(), series)).to.equal(5)
    })

    it('tells of the store, the disk, each group, and event streams while they are open', async () => {
      const amelia = await server.signIn('amelia.vet')
      const stop = new AbortController()
      const stream = await fetch(`${server.url}/v2/mobile/sync/events?deviceId=metrics-phone`, {
        headers: amelia.headers,
        signal: stop.signal,
      })
      const text = await metrics()
      stop.abort()
      await stream.text().catch(() => undefined)
      expect(sample(text, 'vetspace_event_streams')).to.equal(1)
      expect(sample(text, 'vetspace_store_up')).to.equal(1)
      expect(sample(text, 'vetspace_disk_free_bytes')).to.be.above(0)
      expect(sample(text, 'vetspace_store_duration_seconds_count{operation="write"}')).to.be.above(0)
      for (const name of ['sync_lag_seconds', 'conflicts_open', 'rejected_items'])
        expect(sample(text, `vetspace_${name}{group="1"}`), name).to.be.at.least(0)
      while (sample(await metrics(), 'vetspace_event_streams') !== 0);
    })

    it('has every series that the dashboard and the alert rules ask for', async () => {
      const text = await metrics()
      for (const file of ['grafana-dashboard.json', 'alert-rules.yaml']) {
        const asked = await readFile(new URL(`../../server/sight/${file}`, import.meta.url), 'utf8')
        const names = new Set(asked.match(/\b(?:vetspace|process|nodejs)_[a-z0-9_]+\b/g))
        expect(names.size, file).to.be.above(5)
        const family = (name: string): string => name.replace(/_(?:bucket|count|sum)$/, '')
        for (const name of names) expect(text, file).to.contain(`# TYPE ${family(name)} `)
      }
    })

    it('is there for this machine alone, until a token is set', async () => {
      const forwarded = { 'X-Forwarded-For': '203.0.113.7' }
      expect((await server.request('/metrics', { headers: forwarded })).status).to.equal(404)
    })

    it('is there for who has its token, from wherever', async () => {
      const token = 'a-token-for-prometheus'
      await using guarded = await startServer({
        env: { METRICS_TOKEN: token },
        seed: () => Promise.resolve(),
      })
      const asked = async (headers: Record<string, string>): Promise<number> =>
        (await guarded.request('/metrics', { headers })).status
      expect(await asked({})).to.equal(404)
      expect(await asked({ Authorization: `Bearer ${token}x` })).to.equal(404)
      const forwarded = { 'X-Forwarded-For': '203.0.113.7' }
      expect(await asked({ ...forwarded, Authorization: `Bearer ${token}` })).to.equal(200)
    })
  })

  describe('the health of groups', () => {
    const health = async (groupId: number, headers = key): Promise<Json> =>
      (await server.request(`/v2/groups/${groupId}/health`, { headers })).body

    it('is told to a server key, of its groups alone', async () => {
      const { body } = await server.request('/v2/groups/health', { headers: key })
      expect((body['groups'] as Json[]).map((group) => [group['groupId'], group['name']])).to.deep.equal([
        [1, 'Hillside Vets'],
        [2, 'Seaview Vets'],
      ])
      const app = { ApiToken: await server.login('demo-app-key') }
      for (const path of ['/v2/groups/health', '/v2/groups/1/health', '/v2/groups/healthReport'])
        expect((await server.request(path, { headers: app })).body, path).to.include({
          status: 403,
          code: 'SERVER_KEY_REQUIRED',
        })
      expect(await health(77)).to.include({ status: 404, code: 'UNKNOWN_GROUP' })
    })

    it('tells of a conflict while it is open, of refused items, and of the devices that called', async () => {
      const [amelia, ben] = [await server.signIn('amelia.vet'), await server.signIn('ben.vet')]
      const conflict = await disagreement(amelia, ben)
      const body = await health(1)
      expect(body).to.include({ groupId: 1, status: 'attention', conflictsOpen: 1 })
      expect(body['reasons']).to.deep.equal(['1 conflicts wait for people.'])
      expect(body['rejectedLately']).to.be.above(0)
      const devices = body['devices'] as { known: number; lastSeen: Json[] }
      expect(devices.lastSeen.map(({ deviceId }) => deviceId)).to.include.members([
        'phone-of-one',
        'phone-of-two',
      ])
      const path = `/v2/mobile/conflicts/${String(conflict['id'])}/resolve`
      const settled = await server.request(path, { headers: ben.headers, json: { value: 490 } })
      expect(settled.status).to.equal(200)
      expect(await health(1)).to.include({ status: 'ok', conflictsOpen: 0 })
      expect(await health(2)).to.include({ conflictsOpen: 0, rejectedLately: 0 })
    })

    it('says that a group is down while the store is, and what waits as far as it is known', async () => {
      store.away = true
      expect(await health(1)).to.deep.include({ status: 'down', reasons: ['The store does not answer.'] })
    })

    it('is a page for people who ask for one', async () => {
      const page = await server.request('/v2/groups/healthReport', {
        headers: { ...key, Accept: 'text/html' },
      })
      expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8')
      expect(page.text).to.contain('Hillside Vets (1)').and.to.contain('Seaview Vets (2)')
      const json = await server.request('/v2/groups/healthReport', { headers: key })
      expect(json.body['groups']).to.have.length(2)
    })

    const disagreement = async (one: SignedIn, two: SignedIn): Promise<Json> => {
      const at = new Date(server.clock.now).toISOString()
      const upload = async (call: string, user: SignedIn, item: Json): Promise<Json> => {
        const deviceId = user === one ? 'phone-of-one' : 'phone-of-two'
        const json = { deviceId, batchId: 'b', sentAt: at, items: [{ editedAt: at, ...item }] }
        const { body } = await server.request(`/v2/mobile/${call}`, { headers: user.headers, json })
        return (body['results'] as Json[])[0] ?? {}
      }
      const clientId = randomUUID()
      const animal = { clientItemId: randomUUID(), data: { clientId, name: 'Bramble' } }
      await upload('uploadAnimalItems', one, animal) // refused: its client is not there yet
      await upload('uploadClientItems', one, {
        clientItemId: clientId,
        data: { lastName: 'Marsh', siteIds: [1] },
      })
      const made = await upload('uploadAnimalItems', one, animal)
      const edit = { id: made['id'], baseRevision: made['revision'] }
      let last: Json = {}
      for (const [user, to] of [[one, 500] as const, [two, 480] as const])
        last = await upload('uploadAnimalItems', user, {
          ...{ clientItemId: randomUUID(), ...edit, changes: { weightGrams: { from: null, to } } },
        })
      return (last['conflicts'] as Json[])[0] ?? {}
    }
  })

  it('a fault of ours is in the log and in the metrics', async () => {
    await server.request('/fault', { json: {} })
    const series = 'vetspace_request_duration_seconds_count{method="POST",route="/fault",status="500"}'
    expect(sample(await metrics(), series)).to.equal(1)
  })
})
