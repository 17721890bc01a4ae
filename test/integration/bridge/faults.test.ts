/** The bridge while something breaks: the PMS, the agent, the server, or the line between any two of them. */
import { expect } from 'chai'
import { AgentProcess } from '../../support/agent-process.ts'
import { BridgedPractice, until } from '../../support/bridge.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'

const weights = (practice: BridgedPractice): unknown[] =>
  practice.pms.applied.map(({ body }) => (body as { weight: number }).weight)

describe('the bridge, while', () => {
  it('the PMS is slow: a question is answered late or not at all, a write is answered 202 and done once', async () => {
    await using practice = await BridgedPractice.open({ timeoutMs: 300 })
    await practice.connect()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    practice.pms.fault({ kind: 'held', until: held })
    const asked = await practice.get('patients/42')
    expect([asked.status, asked.body['code']]).to.deep.equal([504, 'PMS_TIMEOUT'])
    practice.pms.fault({ kind: 'held', until: held })
    const written = await practice.write('PUT', 'patients/42', { weight: 1 })
    expect(written.status).to.equal(202)
    release()
    expect(await practice.settled(written)).to.include({ status: 'ACCEPTED' })
    expect(weights(practice)).to.deep.equal([1])
  })

  it('the PMS answers 500: the caller is told so, it is not sent again, and the next one goes on', async () => {
    await using practice = await BridgedPractice.open()
    await practice.connect()
    practice.pms.fault({ kind: 'status', status: 500 }, { kind: 'status', status: 500 })
    const asked = await practice.get('patients/42')
    expect(asked.body).to.include({ status: 502, code: 'PMS_FAILED', pmsStatus: 500 })
    const written = await practice.write('PUT', 'patients/42', { weight: 1 }, { 'Idempotency-Key': 'k' })
    expect(written.body).to.include({ status: 502, code: 'PMS_FAILED' })
    expect((await practice.write('PUT', 'patients/42', { weight: 2 })).status).to.equal(200)
    expect(weights(practice)).to.deep.equal([2])
    expect(practice.pms.asked).to.equal(3)
  })

  it('the PMS says that it is busy: writes wait for it, in order', async () => {
    await using practice = await BridgedPractice.open()
    await practice.connect()
    practice.pms.fault({ kind: 'status', status: 503 }, { kind: 'status', status: 429 })
    const both = await Promise.all([1, 2].map((weight) => practice.write('PUT', 'patients/42', { weight })))
    expect(both.map(({ status }) => status)).to.deep.equal([200, 200])
    expect(weights(practice)).to.have.members([1, 2])
  })

  it('the PMS is gone for a while: nothing is lost, and nothing overtakes', async () => {
    await using practice = await BridgedPractice.open({ timeoutMs: 200 })
    await practice.connect()
    await practice.pms.goAway()
    const asked = await practice.get('patients/42')
    expect([asked.status, asked.body['code']]).to.deep.equal([502, 'PMS_AWAY'])
    const kept = []
    for (const weight of [1, 2, 3]) kept.push(await practice.write('PUT', 'patients/42', { weight }))
    expect(kept.map(({ status }) => status)).to.deep.equal([202, 202, 202])
    await practice.pms.comeBack()
    for (const write of kept) expect(await practice.settled(write)).to.include({ status: 'ACCEPTED' })
    expect(weights(practice)).to.deep.equal([1, 2, 3])
  })

  for (const [what, kind] of [
    ['before it has done a write', 'unheard'],
    ['after it has done a write', 'unanswered'],
    ['never, with nothing said', 'never'],
  ] as const) {
    it(`the PMS hangs up ${what}: it is sent again under the same key, and done once`, async () => {
      await using practice = await BridgedPractice.open()
      await practice.connect({ timeoutMs: 400 })
      practice.pms.fault({ kind })
      const written = await practice.write('PUT', 'patients/42', { weight: 1 })
      expect(written.status, written.text).to.equal(200)
      expect(weights(practice)).to.deep.equal([1])
      expect(practice.pms.asked).to.equal(2)
    })

    it(`a PMS that knows no keys hangs up ${what}: it is never sent twice, and a person is told`, async () => {
      await using practice = await BridgedPractice.open({ deduplicates: false })
      await practice.connect({ deduplicates: false, timeoutMs: 400 })
      practice.pms.fault({ kind })
      const written = await practice.write('PUT', 'patients/42', { weight: 1 })
      expect(written.body).to.include({ status: 502, code: 'PMS_UNCERTAIN' })
      expect((await practice.write('PUT', 'patients/42', { weight: 2 })).status).to.equal(200)
      expect(practice.pms.asked).to.equal(2)
    })
  }

  it('a write that the PMS never answers is given up in the end, and holds nothing back for good', async () => {
    await using practice = await BridgedPractice.open()
    await practice.connect({ timeoutMs: 50 })
    practice.pms.fault(...Array.from({ length: 5 }, () => ({ kind: 'never' }) as const))
    const poison = await practice.write('PUT', 'patients/42', { weight: 1 })
    expect(poison.body['code']).to.equal('PMS_UNCERTAIN')
    expect((await practice.write('PUT', 'patients/42', { weight: 2 })).status).to.equal(200)
  })

  it('the line to the server is cut at any byte: each write is done once, in order', async () => {
    await using practice = await BridgedPractice.open({ timeoutMs: 20_000 })
    await using line = await FaultProxy.open(practice.server.url)
    await practice.connect({ server: line.url })
    // From a moment before the work goes out to one after its result has come in.
    for (const [n, [way, after]] of (
      [
        ['down', 1],
        ['down', 200],
        ['down', 900],
        ['up', 1],
        ['up', 300],
        ['up', 700],
      ] as const
    ).entries()) {
      const cut = line.cut(way, after)
      const written = await practice.write('PUT', 'patients/42', { weight: n })
      expect(written.status, `${way} ${after}`).to.equal(200)
      await practice.get('patients/42')
      await Promise.race([cut, until(async () => (await practice.get('patients/42')).status === 200)])
    }
    expect(weights(practice)).to.deep.equal([0, 1, 2, 3, 4, 5])
  })

  it('the line to the PMS is cut at any byte: each write is done once', async () => {
    await using practice = await BridgedPractice.open()
    await using line = await FaultProxy.open(practice.pms.url)
    await practice.connect({ pmsUrl: line.url })
    for (const [n, [way, after]] of (
      [
        ['up', 1],
        ['up', 150],
        ['down', 1],
        ['down', 100],
      ] as const
    ).entries()) {
      void line.cut(way, after)
      expect((await practice.write('PUT', 'patients/42', { weight: n })).status, `${way} ${after}`).to.equal(
        200,
      )
    }
    expect(weights(practice)).to.deep.equal([0, 1, 2, 3])
  })

  describe('the agent is killed', () => {
    for (const deduplicates of [true, false])
      it(`in the middle of a write to a PMS that ${deduplicates ? 'knows' : 'does not know'} keys`, async () => {
        await using practice = await BridgedPractice.open({ deduplicates, timeoutMs: 200 })
        let release = (): void => undefined
        practice.pms.fault({ kind: 'held', until: new Promise<void>((resolve) => (release = resolve)) })
        const settings = practice.settings({ deduplicates })
        await using first = new AgentProcess(settings)
        await until(async () => (await practice.server.context.bridge.health(1)).up === true)
        const inDoubt = await practice.write('PUT', 'patients/42', { weight: 1 })
        await until(() => practice.pms.asked === 1)
        await first.stop('SIGKILL')
        release()
        await until(() => practice.pms.applied.length === 1)
        const next = await practice.write('PUT', 'patients/42', { weight: 2 })
        expect([inDoubt.status, next.status]).to.deep.equal([202, 202])
        await using second = new AgentProcess(settings)
        const expected = deduplicates ? 'ACCEPTED' : 'UNCERTAIN'
        expect(await practice.settled(inDoubt)).to.include({ status: expected })
        expect(await practice.settled(next)).to.include({ status: 'ACCEPTED' })
        expect(weights(practice)).to.deep.equal([1, 2])
        expect(await second.stop('SIGTERM')).to.equal(0)
      })

    it('and its place is taken by another at once only by the same installation', async () => {
      await using practice = await BridgedPractice.open()
      await using first = new AgentProcess(practice.settings())
      await until(async () => (await practice.server.context.bridge.health(1)).up === true)
      await using beside = new AgentProcess(practice.settings())
      expect(await beside.ended()).to.equal(1)
      expect(beside.output).to.include('does another agent use it?').and.not.to.include('    at ')
      await first.stop('SIGKILL')
    })
  })
})
