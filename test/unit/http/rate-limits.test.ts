/** Counting requests, without a server. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import type { Response } from 'express'
import { Head } from '../../../server/http/head.ts'
import { ProblemError } from '../../../server/http/problem.ts'
import { RateLimits } from '../../../server/http/rate-limits.ts'

const none = { address: 0, key: 0, user: 0 }
const user = { userId: 'u' }

const outcome = async (limits: RateLimits): Promise<string> => {
  try {
    await limits.ofCaller({ user }, '::1', new Head([]))
    return 'taken'
  } catch (error) {
    expect(error).to.be.instanceOf(ProblemError)
    return (error as ProblemError).code
  }
}

describe('limits', () => {
  it('let a caller go on when the window is over', async () => {
    const limits = new RateLimits({ limits: { ...none, user: 2 }, windowSeconds: 1 })
    expect([await outcome(limits), await outcome(limits), await outcome(limits)]).to.deep.equal([
      ...['taken', 'taken', 'RATE_LIMITED'],
    ])
    while ((await outcome(limits)) !== 'taken') await new Promise((resolve) => setTimeout(resolve, 50))
  })

  it('tell others of those alone who make much of their limit, and of what came here alone', async () => {
    const limits = new RateLimits({ limits: { ...none, user: 100 } })
    for (let i = 0; i < 9; i += 1) await outcome(limits)
    expect(limits.noted(Date.now())).to.deep.equal([])
    await limits.add('user', 'u', 80, Date.now() + 60_000)
    expect(await outcome(limits)).to.equal('taken')
    expect(limits.noted(Date.now()).map(({ own }) => own)).to.deep.equal([10])
    for (let i = 0; i < 10; i += 1) await outcome(limits)
    expect(await outcome(limits), '80 elsewhere and 21 here').to.equal('RATE_LIMITED')
    expect(limits.noted(Date.now() + 61_000), 'when the window is over').to.deep.equal([])
  })

  it('go by the user of a public key, and by both of a secret one', async () => {
    const limits = new RateLimits({ limits: { address: 0, key: 1, user: 10 } })
    const key = { accountId: 'a', keyId: 'k', groupIds: [1] }
    const headersOf = async (kind: 'app' | 'server', withUser: boolean): Promise<string> => {
      const head = new Head([])
      await limits.ofCaller(
        { key: { ...key, keyId: kind, kind }, ...(withUser ? { user } : {}) },
        '::1',
        head,
      )
      const response = new ServerResponse(new IncomingMessage(new Socket()))
      head.handOver(response as Response)
      return String(response.getHeader('RateLimit-Policy'))
    }
    expect(await headersOf('app', true)).to.equal('"user";q=10;w=60')
    expect(await headersOf('server', true)).to.equal('"user";q=10;w=60, "key";q=1;w=60')
    expect(await headersOf('app', false)).to.equal('"key";q=1;w=60')
  })
})
