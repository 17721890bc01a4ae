/** `Idempotency-Key`: a request sent again is answered as the first time, on any server and after a crash. */
import { expect } from 'chai'
import { z } from 'zod'
import { api } from '../../server/contract/api.ts'
import type { CallSpec } from '../../server/contract/call.ts'
import type { AnyHandler } from '../../server/http/dispatch.ts'
import { seedAccounts } from '../../server/demo/seed.ts'
import { borrowed, startServer, testCall, type Answer, type TestServer } from '../support/server.ts'

const hour = 3_600_000

/** A promise that the test settles. */
const gate = () => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

describe('Idempotency-Key', () => {
  let server: TestServer
  let ApiToken: string
  /** What the handlers of all servers have done. */
  let made: { id: string; plan: unknown }[]
  /** What the next handler does after it has decided; it is asked once. */
  let next: (() => Promise<void>) | undefined

  const idempotent = (path: string, handler: AnyHandler) => {
    const route = testCall(path, 'serverKey', handler)
    const responses = { 200: { description: '', body: z.unknown() }, 204: { description: '', body: null } }
    return {
      ...route,
      spec: { ...route.spec, responses, errors: ['NOT_FOUND'], idempotent: true } as CallSpec,
    }
  }
  const make: AnyHandler = async (input) => {
    const plan = await input.planned(async () => `at ${input.receivedAt}`)
    const step = next
    next = undefined
    await step?.()
    made.push({ id: input.derivedId('thing'), plan })
    return { status: 200, body: { id: input.derivedId('thing'), times: made.length } }
  }
  const calls = [
    idempotent('/make', make),
    idempotent('/quiet', async () => {
      made.push({ id: '', plan: null })
      return { status: 204 }
    }),
    idempotent('/refuse', async (input) => {
      made.push({ id: '', plan: null })
      return input.fail('INVALID_REQUEST', { detail: 'No.', errors: [{ path: 'a', message: 'is bad' }] })
    }),
  ]

  beforeEach(async () => {
    made = []
    next = undefined
    server = await startServer({ calls, seed: seedAccounts })
    ApiToken = await server.login()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const send = async (key: string, json: unknown = { a: 1 }, path = '/make', at = server): Promise<Answer> =>
    await at.request(path, { json, headers: { ApiToken, 'Idempotency-Key': key } })
  const second = async (): Promise<TestServer> =>
    await startServer({
      calls,
      seed: seedAccounts,
      clock: server.clock,
      dataDir: server.dataDir,
      openStore: () => Promise.resolve(borrowed(server.context.store)),
    })

  it('answers a repetition as the first time, with status and body, and does nothing again', async () => {
    const first = await send('k1', { a: 1, b: 2 })
    const again = await send('k1', { b: 2, a: 1 })
    expect(first.headers.get('idempotency-replayed')).to.equal(null)
    expect(again.headers.get('idempotency-replayed')).to.equal('true')
    expect([again.status, again.body]).to.deep.equal([first.status, first.body])
    expect(made).to.have.length(1)
  })

  it('repeats an answer without a body, and a refusal', async () => {
    for (const status of [204, 204]) expect((await send('k2', {}, '/quiet')).status).to.equal(status)
    expect(made).to.have.length(1)
    const [first, again] = [await send('k3', {}, '/refuse'), await send('k3', {}, '/refuse')]
    expect(again.body).to.deep.equal({ ...first.body, requestId: again.headers.get('x-request-id') })
    expect(again.body['errors']).to.deep.equal([{ path: 'a', message: 'is bad' }])
    expect(made).to.have.length(2)
  })

  it('refuses the key with another body', async () => {
    await send('k4', { a: 1 })
    const { status, body } = await send('k4', { a: 2 })
    expect([status, body['code']]).to.deep.equal([422, 'IDEMPOTENCY_KEY_REUSED'])
    expect(made).to.have.length(1)
  })

  it('is the caller’s own, and the call’s own, and needed by nobody', async () => {
    await send('k5')
    await send('k5', { a: 2 }, '/quiet')
    await server.request('/make', { json: {}, headers: { ApiToken } })
    await server.request('/make', { json: {}, headers: { ApiToken } })
    expect(made).to.have.length(4)
    expect(new Set(made.map(({ id }) => id)).size).to.equal(4)
  })

  it('must be 1 to 255 visible characters', async () => {
    for (const key of ['two words', 'x'.repeat(256)]) {
      const { status, body } = await send(key)
      expect([status, body['code']]).to.deep.equal([400, 'INVALID_REQUEST'])
    }
    expect(made).to.deep.equal([])
  })

  it('holds for every server over the store', async () => {
    await using other = await second()
    const first = await send('k6')
    const again = await send('k6', { a: 1 }, '/make', other)
    expect(again.body).to.deep.equal(first.body)
    expect((await send('k6', { a: 2 }, '/make', other)).status).to.equal(422)
    const many = Array.from({ length: 12 }, (_, i) => send('k7', {}, '/make', i % 2 === 0 ? server : other))
    const statuses = (await Promise.all(many)).map(({ status }) => status)
    expect(statuses.every((status) => status === 200 || status === 409)).to.equal(true)
    expect(made).to.have.length(2)
  })

  it('says so while the first request is under way, however long that takes', async () => {
    const { open, opened } = gate()
    const started = gate()
    next = async () => {
      started.open()
      await opened
    }
    const first = send('k8')
    await started.opened
    server.clock.now += 3 * hour
    const { status, body, headers } = await send('k8')
    expect([status, body['code']]).to.deep.equal([409, 'IDEMPOTENCY_KEY_IN_USE'])
    expect(Number(headers.get('retry-after'))).to.be.within(1, 10)
    open()
    expect((await first).body).to.deep.equal((await send('k8')).body)
  })

  it('is taken over from a server that died, with the ids and the plan of its attempt', async () => {
    await using other = await second()
    const { open, opened } = gate()
    const started = gate()
    next = async () => {
      started.open()
      await opened
    }
    const dying = send('k9')
    await started.opened
    server.clock.now += 30_000
    expect((await send('k9', { a: 1 }, '/make', other)).status).to.equal(409)
    server.clock.now += 31_000
    const answer = await send('k9', { a: 1 }, '/make', other)
    expect(answer.status).to.equal(200)
    open()
    await dying
    expect(made).to.have.length(2)
    expect(made[1]).to.deep.equal(made[0])
    expect((await send('k9')).body).to.deep.equal(answer.body)
  })

  it('is free at once after a failure of ours, and bound to its body all the same', async () => {
    next = () => Promise.reject(new Error('the store is on fire'))
    expect((await send('k10')).status).to.equal(500)
    expect((await send('k10', { a: 2 })).status).to.equal(422)
    expect((await send('k10')).status).to.equal(200)
    expect(made).to.have.length(1)
  })

  it('is forgotten after 24 hours, and then makes something new', async () => {
    await send('k11')
    server.clock.now += 23 * hour
    ApiToken = await server.login()
    expect((await send('k11')).headers.get('idempotency-replayed')).to.equal('true')
    server.clock.now += 2 * hour
    ApiToken = await server.login()
    expect((await send('k11', { a: 2 })).status).to.equal(200)
    expect(made[1]?.id).not.to.equal(made[0]?.id)
    await send('k12')
    server.clock.now += 25 * hour
    await server.context.idempotency.sweep()
    const db = await server.context.store.database('accounts')
    expect(await db.range({ from: 'idempotency:', to: 'idempotency:\uffff' })).to.deep.equal([])
  })

  it('keeps nothing that a body could be guessed from', async () => {
    await send('k13', { password: 'Three-Grey-Mares-9' })
    const db = await server.context.store.database('accounts')
    const [doc] = await db.range({ from: 'idempotency:', to: 'idempotency:\uffff' })
    expect(JSON.stringify(doc)).not.to.match(/Grey|k13/)
    expect(String(doc?.['mark'])).to.match(/^.+\.[\w-]{43}$/)
  })

  it('is taken by every POST that changes records and is not safe to repeat by itself', () => {
    const safe = /^(addDocumentVersion|startUpload|bridgeTake|bridgeReport)$/
    // A write through the bridge is the same write under the same key: bridge/relay.test.ts.
    const byItself = /^bridgePost$/
    for (const [name, spec] of Object.entries<CallSpec>(api)) {
      const repeatable =
        spec.service === 'authentication' ||
        [safe, byItself, /^(upload|sync|check)/].some((names) => names.test(name))
      const expected = spec.method === 'POST' && !repeatable
      expect(spec.idempotent === true, name).to.equal(expected)
    }
  })
})
