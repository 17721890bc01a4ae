/** Traces, to a receiver of OTLP over HTTP. */
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import type { IncomingMessage } from 'node:http'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { BridgedPractice } from '../support/bridge.ts'
import { FakeCouch } from '../support/fake-couch.ts'
import { freePort } from '../support/server-process.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TraceReceiver, type ReceivedSpan } from '../support/trace-receiver.ts'

/** The interface that libraries call, which does nothing by itself, is prom-client's too. */
const loaded = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache).filter((file) => /@opentelemetry\/(?!api\/)/.test(file))

const seed = { seed: () => Promise.resolve() }
const tracingTo = ({ endpoint }: TraceReceiver, more: Record<string, string> = {}) => ({
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more },
})

const uploadOf = (server: TestServer, lastName: string) => {
  const now = new Date(server.clock.now).toISOString()
  const items = [{ clientItemId: randomUUID(), editedAt: now, data: { lastName, siteIds: [1] } }]
  return { deviceId: 'phone', batchId: randomUUID(), sentAt: now, items }
}

/** A caller's own place in a trace. */
const callerOf = () => {
  const traceId = randomBytes(16).toString('hex')
  const spanId = randomBytes(8).toString('hex')
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'them=1' } }
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name)
  if (!found) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join()}`)
  return found
}

describe('traces', () => {
  it('load nothing of OpenTelemetry where no collector is configured', async () => {
    await using server = await startServer(seed)
    expect((await server.request('/health')).status).to.equal(200)
    expect(loaded()).to.deep.equal([])
  })

  it('tell what a request did, under its call’s name, in the trace of its caller', async () => {
    await using receiver = await TraceReceiver.open()
    const caller = callerOf()
    const server = await startServer(
      tracingTo(receiver, { OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=hill%20side', OTEL_SERVICE_NAME: 'north' }),
    )
    expect(loaded()).not.to.deep.equal([])
    const { headers } = await server.signIn('amelia.vet')
    const json = uploadOf(server, 'Marsh')
    await server.request('/v2/mobile/uploadClientItems', { json, headers: { ...headers, ...caller.headers } })
    const pull = { deviceId: 'phone', collection: 'clients', checkpoint: null, limit: 10 }
    await server.request('/v2/mobile/sync/pull', { json: pull, headers: { ...headers, ...caller.headers } })
    await server.request('/v2/mobile/sync/pull', {
      json: pull,
      headers: { ...headers, traceparent: caller.headers.traceparent.replace(/01$/, '00') },
    })
    const line = server.logged.find((one) => one.includes('uploadClientItems')) ?? ''
    await server[Symbol.asyncDispose]()

    expect(new Set(receiver.asked)).to.deep.equal(new Set(['POST /v1/traces']))
    expect(receiver.headers[0]).to.include({ 'x-tenant': 'hill side' })
    const mine = receiver.spans.filter(({ traceId }) => traceId === caller.traceId)
    const request = named(mine, 'uploadClientItems')
    expect(request).to.include({ parentSpanId: caller.spanId, kind: 2, service: 'north' })
    expect(request.attributes).to.include({
      ...{ 'http.request.method': 'POST', 'http.route': '/v2/mobile/uploadClientItems' },
      ...{ 'http.response.status_code': 200, 'vetspace.group': 1, 'vetspace.call': 'uploadClientItems' },
      'vetspace.account': '00000000-0000-4000-8000-000000000001',
    })
    expect(JSON.parse(line)).to.include({ traceId: caller.traceId })
    const upload = named(mine, 'upload')
    expect(upload.parentSpanId).to.equal(request.spanId)
    expect(upload.attributes).to.include({ 'vetspace.type': 'client', 'vetspace.upload.created': 1 })
    const write = mine.find(
      ({ name, parentSpanId }) => name === 'store write' && parentSpanId === upload.spanId,
    )
    expect(write?.attributes).to.include({
      ...{ 'db.system.name': 'embedded', 'db.namespace': 'group-1', 'db.operation.batch.size': 1 },
    })
    expect(mine.filter(({ name }) => name === 'pull')).to.have.length(1)
    expect(BigInt(request.endTimeUnixNano) > BigInt(request.startTimeUnixNano)).to.equal(true)
  })

  it('say that a request failed, and by which code', async () => {
    await using receiver = await TraceReceiver.open()
    const server = await startServer({ ...seed, ...tracingTo(receiver) })
    await server.request('/v2/mobile/clients/x')
    await server.request('/nowhere/else')
    await server[Symbol.asyncDispose]()
    const { spans } = receiver
    expect(named(spans, 'getClient').attributes).to.include({ 'error.type': 'TOKEN_MISSING' })
    expect(named(spans, 'GET none').attributes).to.include({ 'http.response.status_code': 404 })
  })

  it('are left out but for the share that is asked for, unless the caller’s is traced', async () => {
    await using receiver = await TraceReceiver.open()
    const server = await startServer({ ...seed, ...tracingTo(receiver, { OTEL_TRACES_SAMPLER_ARG: '0' }) })
    await server.request('/health')
    const caller = callerOf()
    await server.request('/health', { headers: caller.headers })
    await server[Symbol.asyncDispose]()
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).to.deep.equal(new Set([caller.traceId]))
  })

  it('go on to the PMS behind the bridge, and a write that comes again in another trace is the same', async () => {
    await using receiver = await TraceReceiver.open()
    await using server = await startServer(tracingTo(receiver))
    await using practice = await BridgedPractice.open({ server })
    await practice.connect()
    const [first, second] = [callerOf(), callerOf()]
    const key = { 'Idempotency-Key': randomUUID() }
    await practice.get('patients/42', first.headers)
    expect(practice.pms.seen['traceparent']).to.contain(first.traceId)
    expect(practice.pms.seen['tracestate']).to.equal('them=1')
    const written = await practice.write('POST', 'patients', { name: 'Tilly' }, { ...key, ...second.headers })
    expect(practice.pms.seen['traceparent']).to.contain(second.traceId)
    const again = await practice.write('POST', 'patients', { name: 'Tilly' }, { ...key, ...first.headers })
    expect(again.text).to.equal(written.text)
    expect(practice.pms.applied).to.have.length(1)
  })

  it('go on to CouchDB, with the request that is under way and no other', async () => {
    const carried: unknown[] = []
    const script = (request: IncomingMessage): undefined => void carried.push(request.headers['traceparent'])
    await using fake = await FakeCouch.start(script)
    let current: Record<string, string> = {}
    await using store = await openCouchStore({ url: fake.url, passedOn: () => current })
    current = { traceparent: 'one' }
    const one = store.ping()
    current = { traceparent: 'two' }
    const two = store.ping()
    current = {}
    await Promise.all([one, two, store.ping()])
    expect(carried.slice(1).map(String).sort()).to.deep.equal(['one', 'two', 'undefined'])
  })

  it('keep no request and no stop waiting for a collector that is away, which the log tells', async () => {
    const server = await startServer({
      ...seed,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` },
    })
    expect((await server.request('/health')).status).to.equal(200)
    const before = performance.now()
    await server[Symbol.asyncDispose]()
    expect(performance.now() - before).to.be.lessThan(5000)
    expect(server.logged.some((line) => line.includes('"msg":"Traces"'))).to.equal(true)
  })
})
