import { expect } from 'chai'
import type { Caller, GivenTokens } from '../../../server/auth/identity.ts'
import { KeptCallers } from '../../../server/auth/kept-callers.ts'

const caller = (keyId: string): Caller => ({ key: { accountId: 'a', keyId, kind: 'server', groupIds: [1] } })
const tokens = (given: Partial<GivenTokens>): GivenTokens => ({
  ...{ apiToken: undefined, userToken: undefined, bearer: undefined },
  ...given,
})
const ofKey = tokens({ apiToken: 'key' })

describe('the callers of a moment ago', () => {
  const cache = { version: 0 }
  let now = 0
  let kept: KeptCallers
  beforeEach(() => {
    now = 1_800_000_000_000
    kept = new KeptCallers({ cache, now: () => now })
  })
  const find = (given: GivenTokens, keyId = 'first') => kept.find(given, () => Promise.resolve(caller(keyId)))

  it('are known for a second', async () => {
    const found = await find(ofKey)
    now += 999
    expect(kept.get(ofKey)).to.equal(found)
    now += 1
    expect(kept.get(ofKey)).to.equal(undefined)
  })

  it('are forgotten where the clock was put back', async () => {
    await find(ofKey)
    now -= 1
    expect(kept.get(ofKey)).to.equal(undefined)
  })

  it('are forgotten with a change of the accounts', async () => {
    await find(ofKey)
    cache.version += 1
    expect(kept.get(ofKey)).to.equal(undefined)
    const found = await find(ofKey, 'second')
    expect(kept.get(ofKey)).to.equal(found)
  })

  it('are not kept where the accounts change while one is looked up', async () => {
    await kept.find(ofKey, () => {
      cache.version += 1
      return Promise.resolve(caller('first'))
    })
    expect(kept.get(ofKey)).to.equal(undefined)
  })

  it('are not kept where nobody is found', async () => {
    const failure = new Error('nobody')
    const outcome = await kept.find(ofKey, () => Promise.reject(failure)).catch((error: unknown) => error)
    expect(outcome).to.equal(failure)
    expect(kept.get(ofKey)).to.equal(undefined)
  })

  it('are told apart by each of their tokens, and a key from an access token of the same text', async () => {
    const all = [ofKey, tokens({ apiToken: 'key', userToken: 'user' }), tokens({ bearer: 'key' })]
    for (const given of all) {
      expect(kept.get(given), JSON.stringify(given)).to.equal(undefined)
      await find(given)
    }
    const found = all.map((given) => kept.get(given))
    expect(new Set(found).size).to.equal(3)
  })

  it('are bounded in number', async () => {
    await find(ofKey)
    for (let i = 0; i < 5000; i += 1) await find(tokens({ apiToken: `key ${i}` }))
    expect(kept.get(ofKey)).to.equal(undefined)
    expect(kept.get(tokens({ apiToken: 'key 4999' }))).not.to.equal(undefined)
  })
})
