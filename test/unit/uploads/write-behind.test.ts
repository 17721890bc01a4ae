/** A file that is written while more of it arrives. */
import { expect } from 'chai'
import fc from 'fast-check'
import { WriteBehind } from '../../../uploads/storage/write-behind.ts'

/** A disk that takes what it is told to take of each write, when it is told. */
class Disk {
  bytes = Buffer.alloc(0)
  writes = 0
  readonly #most: () => number
  #held: Promise<void> = Promise.resolve()

  constructor(most: () => number = () => Infinity) {
    this.#most = most
  }

  /** Holds writes back until what is returned is called. */
  hold(): () => void {
    let go = (): void => undefined
    this.#held = new Promise((resolve) => (go = resolve))
    return go
  }

  async writev<T extends readonly NodeJS.ArrayBufferView[]>(buffers: T, position?: number) {
    this.writes += 1
    await this.#held
    const given = Buffer.concat(buffers as readonly Uint8Array[])
    const taken = given.subarray(0, this.#most())
    if (taken.length === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const end = (position ?? 0) + taken.length
    const bytes = Buffer.alloc(Math.max(end, this.bytes.length))
    this.bytes.copy(bytes)
    taken.copy(bytes, position)
    this.bytes = bytes
    return { bytesWritten: taken.length, buffers }
  }
}

const filled = (size: number, value: number): Buffer => Buffer.alloc(size, value)
const settled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))])

describe('a file that is written while more of it arrives', () => {
  it('holds what came, in its order and from its place, also where the disk takes parts', async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(parts, fc.nat(50), fc.integer({ min: 1, max: 200 }), async (chunks, at, most) => {
        const disk = new Disk(() => most)
        const file = new WriteBehind(disk, at)
        for (const chunk of chunks) await file.take(chunk)
        const whole = Buffer.concat(chunks)
        expect(await file.end()).to.equal(at + whole.length)
        expect(disk.bytes.subarray(at).equals(whole)).to.equal(true)
      }),
    )
  })

  it('writes the last chunk, whenever it comes while an earlier write ends', async () => {
    const turns = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await Promise.resolve()
    }
    for (let before = 0; before < 12; before += 1)
      for (let after = 0; after < 4; after += 1) {
        const disk = new Disk()
        const file = new WriteBehind(disk)
        void file.take(filled(10, 1))
        await turns(before)
        const last = file.take(filled(10, 2))
        await turns(after)
        const end = file.end()
        await last
        expect([before, after, await end, disk.bytes.length]).to.deep.equal([before, after, 20, 20])
      }
  })

  it('brings together what comes during a write', async () => {
    const disk = new Disk()
    const go = disk.hold()
    const file = new WriteBehind(disk)
    for (let n = 0; n < 10; n += 1) await file.take(filled(1000, n))
    go()
    expect([await file.end(), disk.writes]).to.deep.equal([10_000, 2])
  })

  it('lets nobody bring more than a little before the disk has taken it', async () => {
    const disk = new Disk()
    const go = disk.hold()
    const file = new WriteBehind(disk)
    await file.take(filled(50_000, 1)) // goes to the disk at once
    await file.take(filled(50_000, 2))
    const third = file.take(filled(50_000, 3))
    expect(await settled(third)).to.equal(false)
    go()
    await third
    expect(await file.end()).to.equal(150_000)
  })

  it('tells of a full disk at the next chunk or at the end, and takes no more', async () => {
    const failureOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'taken',
        (error: NodeJS.ErrnoException) => error.code,
      )
    const file = new WriteBehind(new Disk(() => 0))
    await failureOf(file.take(filled(10, 1)))
    expect(await failureOf(file.end())).to.equal('ENOSPC')
    expect(await failureOf(file.take(filled(10, 2)))).to.equal('ENOSPC')
    const waiting = new Disk(() => 0)
    const go = waiting.hold()
    const held = new WriteBehind(waiting)
    await held.take(filled(100_000, 1))
    const second = failureOf(held.take(filled(200_000, 2)))
    go()
    expect(await second).to.equal('ENOSPC')
  })
})
