/** Readings kept until a group changes. */
import { expect } from 'chai'
import { Memo } from '../../../sync/feed/memo.ts'

/** An index that follows a store when it is told to. */
class Followed {
  since = 1
  behind = 0
  catchUp(): Promise<void> {
    this.since += this.behind
    this.behind = 0
    return Promise.resolve()
  }
}

describe('what was read of a group', () => {
  let index: Followed
  let memo: Memo
  let reads: number
  const count = (): Promise<number> => Promise.resolve((reads += 1))
  beforeEach(() => {
    index = new Followed()
    memo = new Memo(index)
    reads = 0
  })

  it('is read once as long as nothing changes, by however many at once', async () => {
    const asked = await Promise.all([memo.read('a', count), memo.read('a', count), memo.read('a', count)])
    expect([...asked, await memo.read('a', count)]).to.deep.equal([1, 1, 1, 1])
  })

  it('is read apart under each key', async () => {
    expect([await memo.read('a', count), await memo.read('b', count)]).to.deep.equal([1, 2])
  })

  it('is read again after a change that the index had not met yet', async () => {
    await memo.read('a', count)
    index.behind = 1
    expect(await memo.read('a', count)).to.equal(2)
  })

  it('is read again when the change came while it was read', async () => {
    let finish = (): void => undefined
    const slow = memo.read('a', () => new Promise<number>((resolve) => (finish = () => resolve(count()))))
    await Promise.resolve()
    index.behind = 1
    const after = memo.read('a', count)
    expect(await after).to.equal(1)
    finish()
    expect(await slow).to.equal(2)
    expect(await memo.read('a', count)).to.equal(1)
  })

  it('is not kept where reading failed', async () => {
    const failed = await memo
      .read('a', () => Promise.reject(new Error('away')))
      .catch((error: Error) => error.message)
    expect(failed).to.equal('away')
    expect(await memo.read('a', count)).to.equal(1)
  })

  it('is kept within bounds', async () => {
    for (let n = 0; n < 1000; n += 1) await memo.read(`key ${n}`, count)
    expect(await memo.read('key 0', count)).to.equal(1001)
  })
})
