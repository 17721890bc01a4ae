/** The Clinical Portal over HTTP, against the demo practice. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { householdId } from '../../server/demo/households.ts'
import { demoUuid } from '../../server/demo/ids.ts'
import { startServer, type Answer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

const portal = '/v2/clinicalPortal'
const clientId = householdId(1, 0)
const animalId = demoUuid('animal', clientId, 0)
const asked = demoUuid('prescription', clientId, 'requested')
const first = demoUuid('prescription', clientId, 'first')

describe('the Clinical Portal', () => {
  let server: TestServer
  const tokens = new Map<string, Record<string, string>>()
  before(async () => {
    server = await startServer({ clock: { now: Date.parse('2026-11-23T12:00:00Z') } })
  })
  after(() => server[Symbol.asyncDispose]())

  const as = async (username: string): Promise<Record<string, string>> => {
    const known = tokens.get(username) ?? (await server.signIn(username)).headers
    tokens.set(username, known)
    return known
  }
  const get = async (path: string, username = 'amelia.vet'): Promise<Answer> =>
    await server.request(portal + path, { headers: await as(username) })
  const send = async (
    path: string,
    json: unknown,
    { user = 'amelia.vet', method = 'POST', headers = {} } = {},
  ): Promise<Answer> =>
    await server.request(portal + path, { method, json, headers: { ...(await as(user)), ...headers } })
  const items = ({ body }: Answer): Json[] => body['items'] as Json[]
  const animals = async (): Promise<Answer> => await get(`/animals/${animalId}/summary`)
  const treat = async (more: object = {}): Promise<string> => {
    const id = randomUUID()
    const at = new Date(server.clock.now).toISOString()
    const data = { animalId, code: 'CONS', quantity: '1', treatedAt: at, ...more }
    const batch = {
      deviceId: 'd',
      batchId: 'b',
      sentAt: at,
      items: [{ clientItemId: id, editedAt: at, data }],
    }
    const headers = await as('amelia.vet')
    const { body } = await server.request('/v2/mobile/uploadTreatmentItems', { json: batch, headers })
    expect((body['results'] as Json[])[0]?.['outcome']).to.equal('CREATED')
    return id
  }

  const reads = [
    ...['/appointments', '/prescriptions', '/reminders', '/invoices', '/dashboard?siteId=1'],
    ...[`/animals/${animalId}/summary`, `/clients/${clientId}/account`, '/accountingPeriod'],
  ]
  for (const path of reads)
    it(`GET ${path} asks for a token, and answers no customer`, async () => {
      expect((await server.request(portal + path)).body['code']).to.equal('TOKEN_MISSING')
      expect((await get(path, 'carol@example.com')).body['code']).to.equal('ROLE_NOT_ALLOWED')
      expect((await get(path)).status).to.equal(200)
    })

  it('shows a tenant nothing of another', async () => {
    for (const path of [
      ...[`/animals/${animalId}/summary`, `/clients/${clientId}/account`],
      `/invoices/${demoUuid('invoice', clientId, 0)}`,
    ]) {
      expect((await get(path)).status, path).to.equal(200)
      expect((await get(path, 'sam.seaview')).body['code'], path).to.equal('NOT_FOUND')
    }
    for (const path of ['/appointments', '/prescriptions', '/reminders', '/invoices', '/dashboard'])
      expect((await get(`${path}?siteId=1`, 'sam.seaview')).body['code'], path).to.equal('UNKNOWN_SITE')
    for (const path of ['/prescriptions', '/reminders', '/invoices'])
      for (const record of items(await get(path, 'sam.seaview'))) expect(record['groupId']).to.equal(2)
    const step = { status: 'APPROVED' }
    const answer = await send(`/prescriptions/${asked}/status`, step, { user: 'sam.seaview' })
    expect(answer.body['code']).to.equal('NOT_FOUND')
    const body = { siteId: 3, clientId, animalId, kind: 'X', text: 'x', dueOn: '2026-12-01' }
    expect((await send('/reminders', body, { user: 'sam.seaview' })).body['code']).to.equal(
      'UNKNOWN_REFERENCE',
    )
  })

  it('refuses what is not as described, and names it', async () => {
    const path = async (answer: Promise<Answer>): Promise<unknown> => {
      const { status, body } = await answer
      expect(status, JSON.stringify(body)).to.equal(400)
      return (body['errors'] as Json[])[0]?.['path']
    }
    expect(await path(get('/appointments?limit=0'))).to.equal('query.limit')
    expect(await path(get('/appointments?from=23.11.2026'))).to.equal('query.from')
    expect(await path(get('/appointments?cursor=nonsense'))).to.equal('query.cursor')
    expect(await path(get('/reminders?colour=red'))).to.contain('colour')
    const wrongWay = 'from=2026-11-26&to=2026-11-25'
    for (const list of ['/appointments', '/prescriptions', '/reminders', '/invoices', '/dashboard'])
      expect(await path(get(`${list}?${wrongWay}`)), list).to.equal('query.to')
    expect(await path(get(`/animals/${animalId}/summary?${wrongWay}`))).to.equal('query.to')
    expect(await path(get('/dashboard?from=2026-11-01&to=2026-12-02'))).to.equal('query.to')
    expect(await path(get('/animals/x/summary'))).to.equal('params.id')
    const prescription = { siteId: 1, clientId, animalId, description: 'Cream', quantity: '1' }
    for (const [field, wrong] of [
      ...([
        ['quantity', '1.0000001'],
        ['repeatsAllowed', 25],
        ['validUntil', '2026-02-30'],
      ] as const),
      ...([
        ['description', ''],
        ['notes', 'x'.repeat(20_001)],
        ['surprise', 1],
      ] as const),
    ])
      expect(await path(send('/prescriptions', { ...prescription, [field]: wrong })), field).to.contain(field)
    for (const field of Object.keys(prescription))
      expect(await path(send('/prescriptions', { ...prescription, [field]: undefined })), field).to.contain(
        field,
      )
    const reminder = { siteId: 1, clientId, kind: 'CALL', text: 'Ring', dueOn: '2026-12-01' }
    for (const field of Object.keys(reminder))
      expect(await path(send('/reminders', { ...reminder, [field]: undefined })), field).to.contain(field)
    expect(await path(send('/reminders', { ...reminder, text: ' \t' }))).to.equal('text')
    expect(await path(send('/prescriptions', { ...prescription, description: '  ' }))).to.equal('description')
    expect(await path(send('/invoices', { clientId }))).to.contain('siteId')
    expect(await path(send('/invoices', { clientId, siteId: 1, treatmentIds: [] }))).to.contain(
      'treatmentIds',
    )
    const future = '2027-01-01T00:00:00Z'
    expect(await path(send('/invoices', { clientId, siteId: 1, issuedAt: future }))).to.equal('issuedAt')
    const patch = { method: 'PATCH' }
    expect(await path(send(`/reminders/${randomUUID()}`, {}, patch))).to.be.a('string')
  })

  it('pages appointments of a week without missing or repeating one', async () => {
    const all = items(await get('/appointments?siteId=1&from=2026-11-16&to=2026-11-22&limit=500'))
    expect(all.length).to.be.greaterThan(30)
    const seen: Json[] = []
    for (let cursor = ''; ;) {
      const answer = await get(`/appointments?siteId=1&from=2026-11-16&to=2026-11-22&limit=7${cursor}`)
      seen.push(...items(answer))
      if (answer.body['nextCursor'] === null) break
      cursor = `&cursor=${answer.body['nextCursor'] as string}`
    }
    expect(seen.map(({ id }) => id)).to.deep.equal(all.map(({ id }) => id))
    const starts = all.map(({ startsAt }) => String(startsAt))
    expect(starts).to.deep.equal([...starts].sort())
    const toTheEnd = (to: string) => get(`/appointments?siteId=1&from=2026-11-16&to=${to}&limit=500`)
    expect(items(await toTheEnd('9999-12-31'))).to.deep.equal(items(await toTheEnd('9999-12-30')))
    const due = (to: string) => get(`/reminders?from=2026-11-16&to=${to}&limit=500`)
    expect(items(await due('9999-12-31'))).to.deep.equal(items(await due('9999-12-30')))
    expect(all[0]).to.have.nested.property('client.name')
    const ben = `practitionerId=${'6f1c8f0e-0000-4000-8000-000000000012'}`
    const his = items(await get(`/appointments?siteId=1&from=2026-11-16&to=2026-11-22&limit=500&${ben}`))
    expect(his.length).to.be.within(1, all.length - 1)
  })

  it('tells what changed since, and what left the list', async () => {
    server.clock.now += 60_000
    const since = new Date(server.clock.now).toISOString()
    const reminder = { siteId: 1, clientId, animalId, kind: 'CALL', text: 'Ring', dueOn: '2026-12-01' }
    const made = (await send('/reminders', reminder)).body
    const list = `/reminders?status=OPEN&modifiedSince=${since}`
    const before = await get(list)
    expect(items(before).map(({ id }) => id)).to.deep.equal([made['id']])
    expect(before.body['nextCursor']).to.be.a('string')
    const none = await get(`/reminders?status=OPEN&cursor=${String(before.body['nextCursor'])}`)
    expect(items(none), 'told once').to.deep.equal([])
    await send(`/reminders/${String(made['id'])}`, { status: 'DONE' }, { method: 'PATCH' })
    const after = await get(`/reminders?status=OPEN&cursor=${String(before.body['nextCursor'])}`)
    expect(items(after)).to.have.length(1)
    expect(items(after)[0]).to.include({ id: made['id'], deleted: true })
    // One that hears of changes as they come is told each once, also in the same millisecond.
    let cursor = String(none.body['nextCursor'])
    const heard: unknown[] = []
    for (const text of ['Ring', 'Ring again', 'Ring twice']) {
      await send(`/reminders/${String(made['id'])}`, { text, status: 'OPEN' }, { method: 'PATCH' })
      const { body } = await get(`/reminders?status=OPEN&cursor=${cursor}`)
      heard.push(...(body['items'] as Json[]).map((item) => item['text']))
      cursor = String(body['nextCursor'])
    }
    expect(heard).to.deep.equal(['Ring', 'Ring again', 'Ring twice'])
  })

  it('takes a request from the day’s list to an approved repeat, by a vet who has seen its revision', async () => {
    const day = (await get('/dashboard?siteId=1')).body['requests'] as Json[]
    const request = day.find(({ id }) => id === asked)
    expect(request).to.include({ status: 'REQUESTED', repeatOf: first })
    const path = `/prescriptions/${asked}/status`
    const nurse = await send(path, { status: 'APPROVED' }, { user: 'nina.nurse' })
    expect(nurse.body['code']).to.equal('ROLE_NOT_ALLOWED')
    const stale = await send(path, { status: 'APPROVED' }, { headers: { 'If-Match': '9-abc' } })
    expect([stale.status, stale.body['code']]).to.deep.equal([409, 'STALE_REVISION'])
    expect(stale.body['record']).to.include({ id: asked, status: 'REQUESTED' })
    const weak = { 'If-Match': `W/"${String(request?.['revision'])}"` }
    expect((await send(path, { status: 'APPROVED' }, { headers: weak })).status).to.equal(409)
    const headers = {
      'If-Match': `"1-aa","${String(request?.['revision'])}"`,
      'Idempotency-Key': randomUUID(),
    }
    const approved = await send(path, { status: 'APPROVED' }, { headers })
    expect([approved.status, approved.body['status']]).to.deep.equal([200, 'APPROVED'])
    expect((await send(path, { status: 'APPROVED' }, { headers })).body).to.deep.equal(approved.body)
    const wrong = await send(path, { status: 'COLLECTED' })
    expect(wrong.body['code']).to.equal('STATUS_STEP_NOT_ALLOWED')
    const all = items(await get(`/prescriptions?animalId=${animalId}`))
    expect(all.find(({ id }) => id === first)).to.include({ repeatsLeft: 2 })
    const left = (await get('/dashboard?siteId=1&from=2026-11-24')).body['requests'] as Json[]
    expect(left.map(({ id }) => id)).not.to.include(asked)
  })

  it('lets a vet write and approve at once, and nobody else', async () => {
    const body = { siteId: 1, clientId, animalId, description: 'Ear drops', quantity: '1', approve: true }
    expect((await send('/prescriptions', body, { user: 'nina.nurse' })).body['code']).to.equal(
      'ROLE_NOT_ALLOWED',
    )
    const headers = { 'Idempotency-Key': randomUUID() }
    const made = await send('/prescriptions', body, { headers })
    expect(made.body).to.include({ status: 'APPROVED', repeatsLeft: 0 })
    expect((await send('/prescriptions', body, { headers })).body['id']).to.equal(made.body['id'])
    for (const [field, value] of [
      ['quantity', '0'],
      ['quantity', -1],
      ['code', 'NO-SUCH-CODE'],
    ] as const) {
      const refused = await send('/prescriptions', { ...body, [field]: value })
      expect(refused.status, field).to.equal(field === 'code' ? 422 : 400)
      expect((refused.body['errors'] as Json[]).map(({ path }) => path)).to.deep.equal([field])
    }
    const repeat = { ...body, approve: false, repeatOf: made.body['id'] }
    expect((await send('/prescriptions', repeat)).body['code']).to.equal('NO_REPEATS_LEFT')
  })

  it('invoices what is not invoiced yet, once under one key, and shows it in the account', async () => {
    await treat()
    const headers = { 'Idempotency-Key': randomUUID() }
    const made = await send('/invoices', { clientId, siteId: 1 }, { headers })
    expect(made.status).to.equal(201)
    expect((await send('/invoices', { clientId, siteId: 1 }, { headers })).body).to.deep.equal(made.body)
    const reused = await send('/invoices', { clientId, siteId: 2 }, { headers })
    expect(reused.body['code']).to.equal('IDEMPOTENCY_KEY_REUSED')
    expect((await send('/invoices', { clientId, siteId: 1 })).body['code']).to.equal('NOTHING_TO_INVOICE')
    const account = (await get(`/clients/${clientId}/account`, 'gita.groupadmin')).body
    expect((account['openInvoices'] as Json[]).map(({ id }) => id)).to.include(made.body['id'])
    expect(account['uninvoiced']).to.deep.equal([])
    const listed = items(await get(`/invoices?clientId=${clientId}`))
    expect(listed[0]).to.include({ id: made.body['id'], reference: made.body['reference'] })
    const read = (await get(`/invoices/${String(made.body['id'])}`)).body
    expect(read['lines']).to.deep.equal(made.body['lines'])
    expect((await get('/dashboard?siteId=1')).body).to.have.nested.property('unpaid.invoices', 1)
    expect((await get(`/invoices/${randomUUID()}`)).body['code']).to.equal('NOT_FOUND')
  })

  it('closes the books for a group administrator alone, and refuses what comes too late', async () => {
    const put = { method: 'PUT' }
    const body = { closedBefore: '2026-11-20' }
    expect((await send('/accountingPeriod', body, put)).body['code']).to.equal('ROLE_NOT_ALLOWED')
    const admin = { ...put, user: 'gita.groupadmin' }
    const future = await send('/accountingPeriod', { closedBefore: '2027-01-01' }, admin)
    expect(future.body).to.have.nested.property('errors[0].path', 'closedBefore')
    const closed = (await send('/accountingPeriod', body, admin)).body
    expect(closed).to.include({ closedBefore: '2026-11-20', openFrom: '2026-11-20T00:00:00.000Z' })
    await treat()
    const late = { clientId, siteId: 1, issuedAt: '2026-11-19T23:59:59Z' }
    expect((await send('/invoices', late)).body['code']).to.equal('PERIOD_CLOSED')
    const stale = await send('/accountingPeriod', body, { ...admin, headers: { 'If-Match': '1-x' } })
    expect(stale.body['code']).to.equal('STALE_REVISION')
    expect((await send('/accountingPeriod', { closedBefore: null }, admin)).body['openFrom']).to.equal(null)
    expect((await send('/invoices', late)).status).to.equal(201)
  })

  it('sums an animal up: its weights from the history, visits, treatments, reminders', async () => {
    const before = (await animals()).body
    const { id, revision: baseRevision, weightGrams: from } = before['animal'] as Json
    const editedAt = new Date(server.clock.now).toISOString()
    const changes = { weightGrams: { from, to: 512_000 } }
    const item = { clientItemId: randomUUID(), id, baseRevision, editedAt, changes }
    const json = { deviceId: 'd', batchId: 'b', sentAt: editedAt, items: [item] }
    await server.request('/v2/mobile/uploadAnimalItems', { json, headers: await as('amelia.vet') })
    const { body } = await animals()
    const weights = (body['weights'] as Json[]).map(({ weightGrams }) => weightGrams)
    expect(weights).to.deep.equal([from, 512_000])
    expect(body).to.have.nested.property('client.lastName', 'Marsh')
    expect((body['treatments'] as Json[]).length).to.be.greaterThan(0)
    expect((body['openReminders'] as Json[]).every(({ status }) => status === 'OPEN')).to.equal(true)
    expect(body['allergies']).to.deep.equal((body['animal'] as Json)['allergies'])
    expect((await get(`/animals/${randomUUID()}/summary`)).body['code']).to.equal('NOT_FOUND')
  })

  it('sums up what was asked for: a site, a practitioner, days', async () => {
    const seen = (await animals()).body
    const visits = seen['lastVisits'] as Json[]
    const { practitionerId, siteId, startsAt } = visits[0] as Record<string, string>
    const day = String(startsAt).slice(0, 10)
    const chosen = async (query: string): Promise<Json> =>
      (await get(`/animals/${animalId}/summary?${query}`)).body
    const ofDay = await chosen(`from=${day}&to=${day}&siteId=${siteId}&practitionerId=${practitionerId}`)
    const asked = visits.filter(
      (one) =>
        String(one['startsAt']).startsWith(day) &&
        one['siteId'] === siteId &&
        one['practitionerId'] === practitionerId,
    )
    expect(asked.length).to.be.lessThan(visits.length)
    expect(ofDay['lastVisits']).to.deep.equal(asked)
    for (const none of ['to=2001-01-01', 'from=2099-01-01', `practitionerId=${randomUUID()}`]) {
      const { lastVisits, treatments, prescriptions } = await chosen(none)
      expect([lastVisits, treatments, prescriptions], none).to.deep.equal([[], [], []])
    }
    expect((await chosen('siteId=3'))['code']).to.equal('UNKNOWN_SITE')
  })

  it('shows the day of a site, of all of the user’s sites, or several days', async () => {
    const total = async (query: string): Promise<number> =>
      ((await get(`/dashboard?${query}`)).body['appointments'] as { total: number }).total
    const [one, other] = [await total('siteId=1'), await total('siteId=2')]
    expect(one).to.be.greaterThan(0)
    expect(await total('')).to.equal(one + other)
    const all = (await get('/dashboard')).body
    expect(all).to.include({ siteId: null, from: '2026-11-23', to: '2026-11-23' })
    const next = await total('siteId=1&from=2026-11-24')
    expect(await total('siteId=1&from=2026-11-23&to=2026-11-24')).to.equal(one + next)
  })

  it('lists the reminders of a practitioner: whoever made them, or was named', async () => {
    const body = { siteId: 1, clientId, animalId, kind: 'CALL', text: 'Ring them', dueOn: '2026-12-01' }
    const { practitionerId } = (await send('/reminders', body)).body as Record<string, string>
    const named = (await send('/reminders', { ...body, practitionerId }, { user: 'rita.reception' })).body
    const listed = items(await get(`/reminders?practitionerId=${practitionerId}&siteId=1`))
    expect(listed.map(({ id }) => id)).to.include(named['id'])
    expect(new Set(listed.map((one) => one['practitionerId']))).to.deep.equal(new Set([practitionerId]))
    expect(items(await get(`/reminders?practitionerId=${randomUUID()}`))).to.deep.equal([])
    const unknown = await send('/reminders', { ...body, practitionerId: randomUUID() })
    expect(unknown.body).to.have.nested.property('errors[0].path', 'practitionerId')
  })
})
