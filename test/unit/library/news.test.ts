import { expect } from 'chai'
import type { Session } from '../../../mobile-client-lib/src/session/session.ts'
import { Stop } from '../../../mobile-client-lib/src/stop.ts'
import { News } from '../../../mobile-client-lib/src/sync/news.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const token = (name: string) => ({ token: name })

describe('One request for what is new in several collections', () => {
  let requests: Record<string, unknown>[]
  let ticks: { now: number }
  let answer: () => Promise<object>
  let news: News
  let stop: Stop
  beforeEach(() => {
    requests = []
    stop = new Stop()
    ticks = { now: 5 }
    answer = () => Promise.resolve({ pages: {}, large: [] })
    const session = { authorized: (call: (headers: object) => unknown) => call({}) } as unknown as Session
    const fetch = (async (_url: string, { body }: { body: string }) => {
      requests.push((JSON.parse(body) as { checkpoints: Record<string, unknown> }).checkpoints)
      const headers = { 'Content-Type': 'application/json' }
      return new Response(JSON.stringify(await answer()), { headers })
    }) as unknown as typeof globalThis.fetch
    const transport = { baseUrl: 'http://server', fetch }
    news = new News({ transport, session, deviceId: 'phone', stop, ticks })
  })

  it('waits for those that are about to ask, however slowly they read their checkpoints', async () => {
    news.expect(['clients', 'animals', 'payments'])
    const first = news.ask('clients', token('c'))
    await wait(20)
    const second = news.ask('animals', token('a'))
    await wait(20)
    const third = news.ask('payments', null)
    expect((await Promise.all([first, second, third])).map((page) => page?.documents)).to.deep.equal([
      [],
      [],
      [],
    ])
    expect(requests).to.deep.equal([{ clients: token('c'), animals: token('a'), payments: null }])
  })

  it('goes without one that does not come', async () => {
    news.expect(['clients', 'animals', 'payments'])
    await Promise.all([news.ask('clients', token('c')), news.ask('animals', token('a'))])
    expect(requests).to.deep.equal([{ clients: token('c'), animals: token('a') }])
    expect(await news.ask('payments', null), 'alone it is pulled').to.equal(null)
    expect(requests).to.have.length(1)
  })

  it('counts from when it is sent: what comes after that is not in it', async () => {
    answer = async () => {
      await wait(5)
      ticks.now = 20
      return { pages: {}, large: [] }
    }
    const asked = [news.ask('clients', token('c')), news.ask('animals', token('a'))]
    ticks.now = 7
    expect((await Promise.all(asked)).map((page) => page?.begun)).to.deep.equal([7, 7])
  })

  it('is not sent any more when sync has been stopped meanwhile', async () => {
    const asked = [news.ask('clients', token('c')), news.ask('animals', token('a'))]
    stop.stop()
    const ends = await Promise.allSettled(asked)
    expect(
      ends.map((end) => end.status === 'rejected' && (end.reason as { code: string }).code),
    ).to.deep.equal([...['STOPPED', 'STOPPED']])
    expect(requests).to.deep.equal([])
  })

  it('fails for all that wait', async () => {
    answer = () => Promise.reject(new TypeError('fetch failed'))
    const asked = [news.ask('clients', token('c')), news.ask('animals', token('a'))]
    const ends = await Promise.allSettled(asked)
    expect(
      ends.map((end) => end.status === 'rejected' && (end.reason as { code: string }).code),
    ).to.deep.equal(['OFFLINE', 'OFFLINE'])
  })
})
