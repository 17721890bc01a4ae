/** Calls relayed to a practice's PMS: by whom, to what paths, and what comes back. */
import { expect } from 'chai'
import { runCommand } from '../../../server/cli/run.ts'
import { readArguments } from '../../../server/cli/tools.ts'
import { BridgedPractice, until } from '../../support/bridge.ts'

describe('the bridge to a practice’s PMS', () => {
  let practice: BridgedPractice
  beforeEach(async () => {
    practice = await BridgedPractice.open()
  })
  afterEach(() => practice[Symbol.asyncDispose]())

  it('answers what the PMS answers, with its query, conditions and entity tags, and the agent’s credentials', async () => {
    await practice.connect()
    const found = await practice.get('patients/42')
    expect([found.status, found.body]).to.deep.equal([200, { id: '42', name: 'Bramble', weight: 500 }])
    expect(found.headers.get('vetspace-bridge')).to.equal('pms')
    expect(practice.pms.seen.authorization).to.equal('Basic cG1zOnNlY3JldA==')
    expect(practice.pms.seen).not.to.have.property('apitoken')
    const listed = await practice.get('patients?name=a%20b&page=2')
    expect(listed.body['query']).to.equal('?name=a%20b&page=2')
    const missing = await practice.get('patients/7')
    expect([missing.status, missing.body]).to.deep.equal([404, { error: 'no such patient' }])
    const tag = found.headers.get('etag') ?? ''
    const put = await practice.write(
      'PUT',
      'patients/42',
      { name: 'Bramble', weight: 512 },
      { 'If-Match': tag },
    )
    expect([put.status, put.body['weight']]).to.deep.equal([200, 512])
    const stale = await practice.write('PUT', 'patients/42', { weight: 1 }, { 'If-Match': tag })
    expect([stale.status, stale.body]).to.deep.equal([412, { error: 'changed' }])
    const made = await practice.write('POST', 'patients', { name: 'Tilly' })
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, '/patients/102'])
    expect(practice.pms.applied.map(({ method }) => method)).to.deep.equal(['PUT', 'POST'])
  })

  it('keeps writes for a PMS that is away, in order, and tells what has become of each', async () => {
    await practice.connect()
    await practice.disconnect()
    const kept = []
    for (const weight of [1, 2, 3]) kept.push(await practice.write('PUT', 'patients/42', { weight }))
    for (const answer of kept) {
      expect(answer.status, answer.text).to.equal(202)
      expect(answer.headers.get('location')).to.equal(answer.body['statusUrl'])
      expect(await practice.fate(answer)).to.include({
        status: 'WAITING',
        path: '/patients/42',
        answer: null,
      })
    }
    expect((await practice.get('patients/42')).body['code']).to.equal('PMS_AWAY')
    await practice.connect()
    for (const [n, answer] of kept.entries()) {
      const fate = await practice.settled(answer)
      expect(fate).to.deep.include({ status: 'ACCEPTED', reason: null })
      expect(fate['answer']).to.deep.include({ status: 200, body: { id: '42', weight: n + 1 } })
    }
    expect(practice.pms.applied.map(({ body }) => body)).to.deep.equal(
      [1, 2, 3].map((weight) => ({ weight })),
    )
  })

  it('takes the same Idempotency-Key as the same write, before and after it is delivered', async () => {
    await practice.connect()
    await practice.disconnect()
    const key = { 'Idempotency-Key': 'one' }
    const first = await practice.write('POST', 'patients', { name: 'Tilly' }, key)
    const again = await practice.write('POST', 'patients', { name: 'Tilly' }, key)
    expect(again.body).to.deep.equal(first.body)
    const other = await practice.write('POST', 'patients', { name: 'Molly' }, key)
    expect([other.status, other.body['code']]).to.deep.equal([422, 'IDEMPOTENCY_KEY_REUSED'])
    await practice.connect()
    await practice.settled(first)
    const late = await practice.write('POST', 'patients', { name: 'Tilly' }, key)
    expect([late.status, late.body['name']]).to.deep.equal([201, 'Tilly'])
    expect(practice.pms.applied).to.have.length(1)
  })

  it('lets only listed paths through, at the server and at the agent', async () => {
    await practice.connect()
    for (const [method, where] of [
      ['GET', 'invoices/1'],
      ['GET', 'patients/42/notes'],
      ['PUT', 'patients'],
      ['GET', 'patients/..%2Fusers'],
      ['GET', 'patients/a%5Cb'],
      ['GET', 'patients//42'],
    ] as const) {
      const answer =
        method === 'GET' ? await practice.get(where) : await practice.write(method, where, { weight: 1 })
      expect([answer.status, answer.body['code']], where).to.deep.equal([403, 'PATH_NOT_ALLOWED'])
    }
    expect(practice.pms.asked).to.equal(0)
    // The practice takes a path off its list while a write to it waits.
    await practice.disconnect()
    const waiting = await practice.write('PUT', 'patients/42', { weight: 1 })
    await practice.connect({ allow: [{ methods: ['GET'], path: '/patients/*' }] })
    expect(await practice.settled(waiting)).to.include({ status: 'REFUSED', answer: null })
    expect(practice.pms.asked).to.equal(0)
  })

  it('is for server keys of the group, where the group has a PMS', async () => {
    const { server } = practice
    const none = await practice.get('patients/42')
    expect([none.status, none.body['code']]).to.deep.equal([404, 'NO_PMS'])
    await practice.connect()
    const foreign = await server.request('/v2/bridge/9/patients/42', { headers: practice.headers })
    expect([foreign.status, foreign.body['code']]).to.deep.equal([404, 'UNKNOWN_GROUP'])
    const app = { ApiToken: await server.login('demo-app-key') }
    const refused = await server.request('/v2/bridge/1/patients/42', { headers: app })
    expect([refused.status, refused.body['code']]).to.deep.equal([403, 'SERVER_KEY_REQUIRED'])
    const agent = { ApiToken: await server.login(practice.agentKey.apiKey) }
    for (const where of ['/v2/bridge/1/patients/42', '/v2/global/groups'])
      expect((await server.request(where, { headers: agent })).status, where).to.be.oneOf([401, 403])
    const text = await practice.write('PUT', 'patients/42', 'x', { 'Content-Type': 'text/plain' })
    expect(text.body['code']).to.equal('UNSUPPORTED_MEDIA_TYPE')
    const unknown = await practice.server.request(
      '/v2/bridge/writes/1/00000000-0000-4000-8000-000000000000',
      { headers: practice.headers },
    )
    expect(unknown.body['code']).to.equal('NOT_FOUND')
  })

  it('keeps nothing readable of what waits in the store', async () => {
    await practice.connect()
    await practice.disconnect()
    await practice.write('PUT', 'patients/42', { note: 'Frightened of thunder' })
    const { store } = practice.server.context
    for (const name of ['bridge', 'bridge-lane']) {
      const docs = await (await store.database(name)).range({ from: '', to: '\uffff' })
      expect(docs.length, name).to.be.greaterThan(0)
      expect(JSON.stringify(docs)).not.to.include('thunder')
    }
  })

  it('is seen in the group’s health: whether the agent is there, and what waits', async () => {
    const health = async () => {
      const { body } = await practice.server.request('/v2/groups/1/health', { headers: practice.headers })
      return body as { pmsAgent: Record<string, unknown>; reasons: string[] }
    }
    expect((await health()).pmsAgent).to.deep.include({ configured: false, up: null, waiting: 0 })
    await practice.connect()
    expect((await health()).pmsAgent).to.deep.include({ configured: true, up: true, waiting: 0 })
    await practice.disconnect()
    await practice.write('PUT', 'patients/42', { weight: 1 })
    const { text } = await practice.server.request('/metrics')
    expect(text).to.include('vetspace_bridge_agent_up{group="1"} 0')
    expect(text).to.include('vetspace_bridge_waiting{group="1"} 1')
    const { pmsAgent, reasons } = await health()
    expect(pmsAgent).to.deep.include({ configured: true, up: false, waiting: 1 })
    expect(reasons.join(' ')).to.include('PMS')
    const page = await practice.server.request('/v2/groups/healthReport', {
      headers: { ...practice.headers, Accept: 'text/html' },
    })
    expect(page.text).to.include('1 waiting')
  })

  it('is ended by the operator: the group has no PMS any more', async () => {
    const run = () =>
      runCommand(readArguments(['bridge', 'disconnect', '--group', '1']), practice.server.context)
    await practice.connect()
    await practice.disconnect()
    expect(await run()).to.deep.equal(['group 1 has no PMS'])
    expect((await practice.get('patients/42')).body['code']).to.equal('NO_PMS')
    expect(await run().catch((error: Error) => error.message)).to.equal('Group 1 has no PMS')
  })

  describe('an agent', () => {
    const take = (apiToken: string, agentId: string, waitSeconds = 0) =>
      practice.server.request('/v2/bridge/agent', {
        headers: { ApiToken: apiToken },
        json: {
          ...{ agentId, software: 'another', allow: [], services: { users: false, documents: false } },
          ...{ have: [], waitSeconds },
        },
      })
    const someone = '00000000-0000-4000-8000-0000000000ee'

    it('of the same group is refused while one is connected, and taken when that has left', async () => {
      await practice.connect()
      const token = await practice.server.login(practice.agentKey.apiKey)
      const second = await take(token, someone)
      expect([second.status, second.body['code']]).to.deep.equal([409, 'AGENT_ALREADY_CONNECTED'])
      const results = [{ id: someone, answer: { status: 200, headers: {}, body: '' } }]
      const told = await practice.server.request('/v2/bridge/agent/results', {
        headers: { ApiToken: token },
        json: { agentId: someone, results },
      })
      expect(told.body['code']).to.equal('AGENT_ALREADY_CONNECTED')
      await practice.disconnect()
      expect((await take(token, someone)).status).to.equal(200)
    })

    it('that falls silent is away after half a minute', async () => {
      const token = await practice.server.login(practice.agentKey.apiKey)
      expect((await take(token, someone)).status).to.equal(200)
      expect((await practice.server.context.bridge.health(1)).up).to.equal(true)
      practice.server.clock.now += 31_000
      expect((await practice.server.context.bridge.health(1)).up).to.equal(false)
      const away = await practice.server.request('/v2/bridge/1/patients', { headers: practice.headers })
      expect(away.body['code']).to.equal('PATH_NOT_ALLOWED')
    })

    it('of another group sees and settles nothing of this one', async () => {
      await practice.connect()
      await practice.disconnect()
      const waiting = await practice.write('PUT', 'patients/42', { weight: 1 })
      const { admin } = practice.server.context.accounts
      const { apiKey } = await admin.createKey('00000000-0000-4000-8000-000000000001', {
        ...{ kind: 'agent', groupIds: [2], expiresAt: null },
      })
      const token = await practice.server.login(apiKey)
      const taken = await take(token, someone)
      expect(taken.body).to.deep.equal({ work: [] })
      const id = String(waiting.body['writeId'])
      const told = await practice.server.request('/v2/bridge/agent/results', {
        headers: { ApiToken: token },
        json: { agentId: someone, results: [{ id, answer: { status: 200, headers: {}, body: '' } }] },
      })
      expect(told.status).to.equal(200)
      expect((await practice.fate(waiting))['status']).to.equal('WAITING')
      const file = await practice.server.request(`/v2/bridge/agent/files/${id}`, {
        headers: { ApiToken: token },
      })
      expect(file.body['code']).to.equal('NOT_FOUND')
    })

    it('needs a key of its kind, of one group, that still stands', async () => {
      const plain = await take(practice.headers.ApiToken, someone)
      expect([plain.status, plain.body['code']]).to.deep.equal([403, 'AGENT_KEY_REQUIRED'])
      await practice[Symbol.asyncDispose]()
      practice = await BridgedPractice.open({ timeoutMs: 500 })
      await practice.connect()
      const { accounts } = practice.server.context
      await accounts.admin.revokeKey('00000000-0000-4000-8000-000000000001', practice.agentKey.keyId)
      const token = practice.server.context.tokens.issueApiToken({
        accountId: '00000000-0000-4000-8000-000000000001',
        keyId: practice.agentKey.keyId,
      }).token
      expect((await take(token, someone)).status).to.equal(401)
      // The poll that hangs since before is given nothing more either.
      expect((await practice.write('PUT', 'patients/42', { weight: 9 })).status).to.equal(202)
      expect((await practice.get('patients/42')).body['code']).to.equal('PMS_TIMEOUT')
      practice.server.clock.now += 31_000
      await until(async () => (await practice.server.context.bridge.health(1)).up === false)
      expect((await practice.get('patients/42')).body['code']).to.equal('PMS_AWAY')
      expect(practice.pms.asked).to.equal(0)
    })
  })
})
