/** Reading on in a LevelDB, in steps that begin small. */
import { expect } from 'chai'
import fc from 'fast-check'
import { allOf, inSteps } from '../../../sync/store/level/in-steps.ts'

/** A reader of so many numbers, which may bring fewer at a time than it is asked for. */
const readerOf = (count: number, most = Infinity) => {
  const asked: number[] = []
  let at = 0
  let closed = 0
  const nextv = (size: number): Promise<number[]> => {
    asked.push(size)
    const some = Array.from({ length: Math.min(size, most, count - at) }, (_, n) => at + n)
    at += some.length
    return Promise.resolve(some)
  }
  const close = (): Promise<void> => {
    closed += 1
    return Promise.resolve()
  }
  return { asked, nextv, [Symbol.asyncDispose]: close, closedTimes: () => closed }
}

describe('reading in steps', () => {
  it('asks for few entries first, and for a thousand at most', async () => {
    const reader = readerOf(5000)
    await allOf(reader)
    expect(reader.asked.slice(0, 5)).to.deep.equal([32, 128, 512, 1000, 1000])
    expect(Math.max(...reader.asked)).to.equal(1000)
  })

  it('brings everything once, in its order, however little comes at a time, and closes the reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), fc.integer({ min: 1, max: 1200 }), async (count, most) => {
        const reader = readerOf(count, most)
        const found = await allOf(reader)
        expect(found.length).to.equal(count)
        expect(found.every((value, i) => value === i)).to.equal(true)
        expect(reader.closedTimes()).to.equal(1)
      }),
      { numRuns: 50 },
    )
  })

  it('stops at the limit, and asks for no more than is wanted', async () => {
    const reader = readerOf(1000)
    const found: number[] = []
    for await (const some of inSteps(reader, 100)) found.push(...some)
    expect([found.length, reader.asked]).to.deep.equal([100, [32, 68]])
  })

  it('closes the reader when reading fails', async () => {
    const reader = { ...readerOf(1), nextv: () => Promise.reject(new Error('gone')) }
    const outcome = await allOf(reader).catch((error: unknown) => (error as Error).message)
    expect([outcome, reader.closedTimes()]).to.deep.equal(['gone', 1])
  })
})
