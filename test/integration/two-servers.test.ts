/**
 * A device, a web site and a desk whose every request goes to another server than the one before: nothing that
 * correctness needs is in one server's memory. Two processes over a CouchDB where `COUCHDB_URL` is set, else two
 * servers in this process over one embedded store.
 */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import { Owned } from '../../server/owned.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { photo, sha256 } from '../support/document-client.ts'
import { freePort, ServerProcess } from '../support/server-process.ts'
import { borrowed, startServer } from '../support/server.ts'
import { metadataText, uploadsPath } from '../support/tus.ts'

type Json = Record<string, unknown>

const env = { TOKEN_SECRET: 'secret-of-both-servers-0123456789-0123' }
/** In which a server has heard of what ended at another, and some. */
const heardMs = 60_000

/** The two servers' addresses. Their files are on one disk, as over NFS. */
const openTwo = async (owned: Owned): Promise<string[]> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vetspace-two-'))
  owned.defer(() => rm(folder, { recursive: true, force: true }))
  const dirs = [path.join(folder, 'one'), path.join(folder, 'two')] as const
  await mkdir(path.join(dirs[0], 'files'), { recursive: true, mode: 0o700 })
  await mkdir(dirs[1], { mode: 0o700 })
  await symlink(path.join(dirs[0], 'files'), path.join(dirs[1], 'files'))
  const url = process.env['COUCHDB_URL']
  return url === undefined ? await twoHere(owned, dirs) : await twoProcesses(owned, dirs, url)
}

const twoHere = async (owned: Owned, [one, two]: readonly [string, string]): Promise<string[]> => {
  const first = owned.use(await startServer({ dataDir: one, env }))
  const openStore = () => Promise.resolve(borrowed(first.context.store))
  const seed = () => Promise.resolve()
  const second = owned.use(await startServer({ dataDir: two, env, openStore, seed }))
  return [first.url, second.url]
}

const twoProcesses = async (owned: Owned, dirs: readonly string[], url: string): Promise<string[]> => {
  const prefix = `two-${randomUUID().slice(0, 8)}-`
  const store = owned.use(await openCouchStore({ url, prefix }))
  owned.defer(async () => {
    for (const name of await store.list()) await store.destroy(name)
  })
  const urls: string[] = []
  for (const dataDir of dirs) {
    const server = new ServerProcess({
      ...{ port: await freePort(), dataDir, script: 'test/support/couch-server-process.ts' },
      env: { ...env, COUCHDB_PREFIX: prefix },
    })
    owned.use(server)
    await server.start()
    urls.push(server.url)
  }
  return urls
}

interface Answer {
  status: number
  headers: Headers
  body: Json
}

/** Asks the servers in turn. */
class Switching {
  readonly #urls: readonly string[]
  #asked = 0
  headers: Record<string, string> = {}

  constructor(urls: readonly string[]) {
    this.#urls = urls
  }

  async ask(where: string, init: RequestInit & { json?: unknown } = {}): Promise<Answer> {
    const { json, ...rest } = init
    const type: Record<string, string> = json === undefined ? {} : { 'Content-Type': 'application/json' }
    const response = await fetch(`${this.#urls[(this.#asked += 1) % 2]}${where}`, {
      ...rest,
      headers: { ...type, ...this.headers, ...(rest.headers as Record<string, string>) },
      ...(json === undefined ? {} : { method: rest.method ?? 'POST', body: JSON.stringify(json) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as Json) : {},
    }
  }

  async signIn(username: string, apiKey = 'demo-api-key'): Promise<string> {
    const login = await this.ask('/v2/authentication/login', { json: { accountId: demoAccountId, apiKey } })
    this.headers = { ApiToken: String(login.body['token']) }
    const json = { username, password: demoPassword }
    const user = await this.ask('/v2/authentication/verifyUser', { json })
    this.headers['ApiUserToken'] = String(user.body['userToken'])
    return String(user.body['refreshToken'])
  }

  async upload(call: string, item: Json, deviceId = 'phone'): Promise<Json> {
    const now = new Date().toISOString()
    const items = [{ clientItemId: randomUUID(), editedAt: now, ...item }]
    const json = { deviceId, batchId: randomUUID(), sentAt: now, items }
    const { body } = await this.ask(`/v2/mobile/${call}`, { json })
    return (body['results'] as Json[])[0] ?? {}
  }
}

describe('Two servers that share nothing but the store, asked in turn', function () {
  this.timeout(180_000)
  const owned = new Owned()
  let urls: string[]
  let vet: Switching
  before(async () => {
    urls = await openTwo(owned)
    vet = new Switching(urls)
    await vet.signIn('amelia.vet')
  })
  after(() => owned[Symbol.asyncDispose]())

  it('take a device’s first pull, page by page, and its changes afterwards', async () => {
    const pull = async (checkpoint: unknown, limit: number): Promise<Answer> =>
      await vet.ask('/v2/mobile/sync/pull', {
        json: { deviceId: 'phone', collection: 'animals', checkpoint, limit },
      })
    const whole = await pull(null, 10_000)
    const ids = (answer: Answer): unknown[] => (answer.body['documents'] as Json[]).map(({ id }) => id)
    const seen = new Set<unknown>()
    let page = await pull(null, 7)
    for (; ids(page).length === 7; page = await pull(page.body['checkpoint'], 7))
      for (const id of ids(page)) seen.add(id)
    for (const id of ids(page)) seen.add(id)
    expect(seen.size).to.be.greaterThan(7)
    expect(seen).to.deep.equal(new Set(ids(whole)))
    const made = await vet.upload('uploadAnimalItems', {
      data: { clientId: await aClient(), name: 'Tilly', siteIds: [1] },
    })
    expect(ids(await pull(page.body['checkpoint'], 100))).to.include(made['id'])
    expect(ids(await pull(page.body['checkpoint'], 100)), 'at the other, too').to.include(made['id'])
  })

  const aClient = async (): Promise<string> =>
    String((await vet.upload('uploadClientItems', { data: { lastName: 'Marsh', siteIds: [1] } }))['id'])

  it('know an item that comes again, and an edit on what the other wrote', async () => {
    const item = { clientItemId: randomUUID(), data: { lastName: 'Hale', siteIds: [1] } }
    expect(await vet.upload('uploadClientItems', item)).to.include({ outcome: 'CREATED' })
    expect(await vet.upload('uploadClientItems', item)).to.include({ outcome: 'DUPLICATE' })
    expect(await vet.upload('uploadClientItems', item)).to.include({ outcome: 'DUPLICATE' })
    for (let n = 0; n < 6; n += 1) {
      const changes = { firstName: { from: n === 0 ? null : `Name ${n - 1}`, to: `Name ${n}` } }
      const edit = { id: item.clientItemId, baseRevision: null, changes }
      expect((await vet.upload('uploadClientItems', edit))['outcome']).to.equal('UPDATED')
    }
    for (let n = 0; n < urls.length; n += 1)
      expect((await vet.ask(`/v2/mobile/clients/${item.clientItemId}`)).body).to.include({
        firstName: 'Name 5',
      })
  })

  it('give one answer under an Idempotency-Key, and a slot once', async () => {
    const desk = new Switching(urls)
    await desk.signIn('amelia.vet')
    const clientId = await aClient()
    const animal = await vet.upload('uploadAnimalItems', { data: { clientId, name: 'Pip', siteIds: [1] } })
    const reasons = await desk.ask('/v2/managedBookings/reasons?siteId=1')
    const { reasonId } = (reasons.body['reasons'] as Json[])[0] ?? {}
    const day = new Date(Date.now() + 6 * 86_400_000).toISOString().slice(0, 10)
    const until = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
    const query = `siteId=1&from=${day}&to=${until}&reasonId=${String(reasonId)}`
    const slots = (await desk.ask(`/v2/managedBookings/searchAvailability?${query}`)).body['slots'] as Json[]
    const { practitionerId, startsAt, endsAt } = slots[0] ?? {}
    const json = {
      ...{ siteId: 1, clientId, animalIds: [animal['id']], reasonId, practitionerId, startsAt, endsAt },
    }
    const key = { 'Idempotency-Key': randomUUID() }
    const book = (headers: Record<string, string>) =>
      desk.ask('/v2/managedBookings/createAppointment', { json, headers })
    const first = await book(key)
    expect(first.status, JSON.stringify(first.body)).to.equal(201)
    for (let n = 0; n < urls.length; n += 1) expect((await book(key)).body).to.deep.equal(first.body)
    for (let n = 0; n < urls.length; n += 1)
      expect((await book({ 'Idempotency-Key': randomUUID() })).body).to.include({ code: 'SLOT_TAKEN' })
    const other = await desk.ask('/v2/managedBookings/createAppointment', {
      json: { ...json, notes: 'x' },
      headers: key,
    })
    expect(other.body).to.include({ code: 'IDEMPOTENCY_KEY_REUSED' })
  })

  it('go on with an upload in parts', async () => {
    const clientId = await aClient()
    const animal = await vet.upload('uploadAnimalItems', { data: { clientId, name: 'Bo', siteIds: [1] } })
    const bytes = photo(100_000)
    const clientItemId = randomUUID()
    const fields = { clientItemId, animalId: String(animal['id']), title: 'Hoof', category: 'photo' }
    const metadata = metadataText({
      ...fields,
      filename: 'hoof.jpg',
      filetype: 'image/jpeg',
      sha256: sha256(bytes),
    })
    const tus = { 'Tus-Resumable': '1.0.0' }
    const begun = await vet.ask(uploadsPath, {
      ...{ method: 'POST', headers: { ...tus, 'Upload-Length': '100000', 'Upload-Metadata': metadata } },
    })
    const where = String(begun.headers.get('location'))
    for (let at = 0; at < bytes.length; at += 25_000) {
      const head = await vet.ask(where, { method: 'HEAD', headers: tus })
      expect(head.headers.get('upload-offset')).to.equal(String(at))
      await vet.ask('/health')
      const sent = await vet.ask(where, {
        ...{ method: 'PATCH', body: new Uint8Array(bytes.subarray(at, at + 25_000)) },
        headers: { ...tus, 'Upload-Offset': String(at), 'Content-Type': 'application/offset+octet-stream' },
      })
      expect(sent.status).to.equal(204)
    }
    for (const url of urls) {
      const content = `${url}/v2/mobile/documents/${clientItemId}/content`
      const answer = await fetch(content, { headers: vet.headers })
      expect(sha256(Buffer.from(await answer.arrayBuffer()))).to.equal(sha256(bytes))
    }
  })

  it('tell a stream of events at one what is written at the other', async () => {
    for (const [n, url] of urls.entries()) {
      const stop = new AbortController()
      const where = `${url}/v2/mobile/sync/events?deviceId=listener-${n}`
      const events = await fetch(where, { headers: vet.headers, signal: stop.signal })
      const reader = (events.body as ReadableStream<Uint8Array>).getReader()
      let text = ''
      const heard = async (words: string): Promise<void> => {
        while (!text.includes(words)) text += Buffer.from((await reader.read()).value ?? []).toString()
      }
      await heard(': connected')
      const other = new Switching([urls[1 - n] ?? '', urls[1 - n] ?? ''])
      other.headers = vet.headers
      await other.upload('uploadClientItems', { data: { lastName: `Event ${n}`, siteIds: [1] } })
      await heard('"collection":"clients"')
      stop.abort()
    }
  })

  it('renew a session in turn, and end it at both', async () => {
    const ben = new Switching(urls)
    let refreshToken = await ben.signIn('ben.vet')
    for (let n = 0; n < 4; n += 1) {
      const renewed = await ben.ask('/v2/authentication/refreshUserToken', { json: { refreshToken } })
      expect(renewed.status).to.equal(200)
      refreshToken = String(renewed.body['refreshToken'])
      ben.headers['ApiUserToken'] = String(renewed.body['userToken'])
      expect((await ben.ask('/v2/mobile/conflicts')).status).to.equal(200)
    }
    await ben.ask('/v2/authentication/logout', { method: 'POST' })
    const refused = async (url: string): Promise<boolean> =>
      (await fetch(`${url}/v2/mobile/conflicts`, { headers: ben.headers })).status === 401
    const before = performance.now()
    for (const url of urls) while (!(await refused(url))) await pause(100)
    expect(performance.now() - before).to.be.lessThan(heardMs)
    const again = await ben.ask('/v2/authentication/refreshUserToken', { json: { refreshToken } })
    expect(again.status).to.equal(401)
  })

  it('cut a device off at both, and lock a name by the failures at both', async () => {
    const [phone, admin] = [new Switching(urls), new Switching(urls)]
    await phone.signIn('nina.nurse')
    await admin.signIn('gita.groupadmin')
    const json = { deviceId: 'lost', collection: 'reference', checkpoint: null, limit: 10 }
    const pull = () => phone.ask('/v2/mobile/sync/pull', { json })
    expect((await pull()).status).to.equal(200)
    await admin.ask('/v2/mobile/devices/lost', { method: 'DELETE' })
    const before = performance.now()
    for (let refused = 0; refused < 4;) {
      refused = (await pull()).body['code'] === 'DEVICE_CUT_OFF' ? refused + 1 : 0
      await pause(100)
    }
    expect(performance.now() - before).to.be.lessThan(heardMs)
    const caller = new Switching(urls)
    await caller.signIn('rita.reception')
    const wrong = { username: 'rita.reception', password: 'Not-The-Password-1' }
    const codes: unknown[] = []
    for (let n = 0; n < 12; n += 1)
      codes.push((await caller.ask('/v2/authentication/verifyUser', { json: wrong })).body['code'])
    expect(codes.slice(0, 10)).to.deep.equal(Array<string>(10).fill('INVALID_CREDENTIALS'))
    expect(codes.slice(-2)).to.deep.equal(['ACCOUNT_LOCKED', 'ACCOUNT_LOCKED'])
  })
})
