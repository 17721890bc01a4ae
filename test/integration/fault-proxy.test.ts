/** The fault proxy does what the tests behind it take for granted. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultProxy } from '../support/fault-proxy.ts'
import { fieldLink } from '../support/slow-link.ts'

const bytes = 60_000

/** Answers with 60,000 bytes; `/begin` with the first 30,000 and the rest when it is told. */
const openTarget = async () => {
  let held: ServerResponse | undefined
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    request.resume()
    request.once('end', () => {
      if (request.url !== '/begin') return void response.end('x'.repeat(bytes))
      held = response
      response.write('x'.repeat(bytes / 2))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    finish: () => void held?.end('x'.repeat(bytes / 2)),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const lengthOf = async (url: string): Promise<number> => (await (await fetch(url)).text()).length
const failureOf = (url: string): Promise<unknown> =>
  lengthOf(url).then(
    (length) => length,
    () => 'failed',
  )

describe('The fault proxy', () => {
  it('hands everything on, and counts it', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url)
    expect(await lengthOf(`${proxy.url}/`)).to.equal(bytes)
    expect(proxy.traffic.connections).to.equal(1)
    expect(proxy.traffic.down).to.be.greaterThan(bytes)
    expect(proxy.traffic.up).to.be.greaterThan(0)
  })

  it('keeps the user, the password and the path of the URL that it stands before', async () => {
    await using target = await openTarget()
    const withUser = `${target.url.replace('//', '//ad%40min:se%3Acret@')}/base/`
    await using proxy = await FaultProxy.open(withUser)
    expect(proxy.url).to.match(/^http:\/\/ad%40min:se%3Acret@127\.0\.0\.1:\d+\/base$/)
  })

  it('cuts an answer in the middle, once', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url)
    const done = proxy.cut('down', 20_000)
    expect(await failureOf(`${proxy.url}/`)).to.equal('failed')
    await done
    expect(proxy.traffic.down).to.equal(20_000)
    expect(await failureOf(`${proxy.url}/`)).to.equal(bytes)
  })

  it('cuts a request before it is whole, so that the target never sees its end', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url)
    void proxy.cut('up', 30_000)
    const sent = await fetch(`${proxy.url}/`, { method: 'POST', body: 'y'.repeat(bytes) }).then(
      () => 'answered',
      () => 'failed',
    )
    expect(sent).to.equal('failed')
    expect(proxy.traffic).to.include({ up: 30_000, down: 0 })
  })

  it('stalls in the middle, closes nothing, and goes on', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url)
    const stalled = proxy.stall('down', 40_000)
    const reading = lengthOf(`${proxy.url}/`)
    await stalled
    expect(proxy.traffic.down).to.equal(40_000)
    proxy.resume()
    expect(await reading).to.equal(bytes)
  })

  it('goes away and comes back', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url)
    const begun = await fetch(`${proxy.url}/begin`)
    proxy.goAway()
    expect(
      await begun.text().then(
        () => 'whole',
        () => 'cut',
      ),
    ).to.equal('cut')
    expect(await failureOf(`${proxy.url}/`)).to.equal('failed')
    expect(target.asked()).to.equal(1)
    proxy.comeBack()
    expect(await failureOf(`${proxy.url}/`)).to.equal(bytes)
  })

  it('is slow: a handshake, a round trip, and one bandwidth for all connections', async () => {
    await using target = await openTarget()
    await using proxy = await FaultProxy.open(target.url, fieldLink)
    const started = performance.now()
    const lengths = await Promise.all(['/1', '/2'].map((path) => lengthOf(proxy.url + path)))
    expect(lengths).to.deep.equal([bytes, bytes])
    expect(proxy.traffic.connections).to.equal(2)
    // 120,000 bytes take 480 ms; connecting and asking take 200 ms each. Slower is no fault, faster is.
    expect(performance.now() - started).to.be.greaterThan(870)
  })
})
