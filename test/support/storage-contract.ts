/** What uploads/storage/port.ts promises, asked of an adapter. */
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { FileMissing, StorageClosed } from '../../uploads/storage/port.ts'
import { keep, rejection, sha256, source, text, type StorageUnderTest } from './storage-contract-helpers.ts'
import { pieces, sweeping } from './storage-contract-pieces.ts'

/** Registers the suite; `open` gives an empty storage. */
export const describeFileStorage = (name: string, open: () => Promise<StorageUnderTest>): void => {
  describe(`file storage: ${name}`, () => {
    let under: StorageUnderTest
    beforeEach(async () => {
      under = await open()
    })
    afterEach(() => under[Symbol.asyncDispose]())

    describe('staging', () => staging(() => under))
    describe('reading', () => reading(() => under))
    describe('sweeping', () => sweeping(() => under))
    describe('files in pieces', () => pieces(() => under))
    describe('closing', () => closing(() => under))
  })
}

const staging = (under: () => StorageUnderTest): void => {
  it('measures what arrives, and shows it only when it is committed', async () => {
    const { storage } = under()
    const staged = await storage.stage(1, source(text))
    expect(staged.size).to.equal(text.length)
    expect(staged.sha256).to.equal(sha256(Buffer.from(text)))
    expect(await storage.stat({ groupId: 1, sha256: staged.sha256 })).to.equal(undefined)
    const address = await staged.commit()
    expect(address).to.deep.equal({ groupId: 1, sha256: staged.sha256 })
    expect(await storage.stat(address)).to.deep.equal({ size: text.length })
  })

  it('keeps nothing of what is aborted, whether said or left to disposal', async () => {
    await (await under().storage.stage(1, source(text))).abort()
    {
      await using staged = await under().storage.stage(1, source(text))
      expect(staged.size).to.equal(text.length)
    }
    expect(await under().held()).to.deep.equal([])
  })

  it('keeps what is committed when the staged file is disposed afterwards', async () => {
    let address
    {
      await using staged = await under().storage.stage(1, source(text))
      address = await staged.commit()
    }
    expect(await under().storage.stat(address)).to.deep.equal({ size: text.length })
  })

  it('commits a staged file once', async () => {
    const staged = await under().storage.stage(1, source(text))
    await staged.commit()
    expect(await rejection(staged.commit())).to.be.instanceOf(StorageClosed)
    const thrown = await under().storage.stage(1, source(text))
    await thrown.abort()
    expect(await rejection(thrown.commit())).to.be.instanceOf(StorageClosed)
  })

  it('passes on the error of its source and keeps nothing', async () => {
    const broken = new PassThrough()
    const arrival = rejection(under().storage.stage(1, broken))
    broken.write(text)
    broken.destroy(new Error('the phone went away'))
    expect(await arrival).to.have.property('message', 'the phone went away')
    expect(await under().held()).to.deep.equal([])
  })

  it('holds a small part of a large file in memory', async () => {
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    const megabytes = function* () {
      for (let i = 0; i < 256; i += 1) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
        yield Buffer.alloc(2 ** 20, i)
      }
    }
    const staged = await under().storage.stage(1, Readable.from(megabytes()))
    expect(staged.size).to.equal(256 * 2 ** 20)
    expect(peak).to.be.lessThan(128 * 2 ** 20)
  })

  it('stores the same bytes once, also when they come at the same time', async () => {
    const addresses = await Promise.all([1, 2, 3].map(() => keep(under().storage, 1, text)))
    expect(new Set(addresses.map((a) => a.sha256)).size).to.equal(1)
    expect(await under().held()).to.have.length(1)
  })

  it('takes an empty file and one of many chunks', async () => {
    const large = randomBytes(3_000_001)
    const chunks = Array.from({ length: 31 }, (_, i) => large.subarray(i * 100_000, (i + 1) * 100_000))
    const staged = await under().storage.stage(1, Readable.from(chunks))
    expect(await buffer(await under().storage.open(await staged.commit()))).to.deep.equal(large)
    const empty = await under().storage.stage(1, source(''))
    expect(await buffer(await under().storage.open(await empty.commit()))).to.have.length(0)
  })
}

const reading = (under: () => StorageUnderTest): void => {
  it('reads a file whole and in part', async () => {
    const address = await keep(under().storage, 1, text)
    const read = async (range?: { start: number; end?: number }) =>
      (await buffer(await under().storage.open(address, range))).toString()
    expect(await read()).to.equal(text)
    expect(await read({ start: 9 })).to.equal('lateral view')
    expect(await read({ start: 0, end: 6 })).to.equal('Bramble')
    expect(await read({ start: 9, end: 999 })).to.equal('lateral view')
  })

  it("does not find one group's file through another group", async () => {
    const { sha256: hash } = await keep(under().storage, 1, text)
    const other = { groupId: 2, sha256: hash }
    expect(await under().storage.stat(other)).to.equal(undefined)
    expect(await rejection(under().storage.open(other))).to.be.instanceOf(FileMissing)
    await under().storage.remove(other)
    expect(await under().storage.stat({ groupId: 1, sha256: hash })).to.deep.equal({ size: text.length })
  })

  it('removes a file, once or more', async () => {
    const address = await keep(under().storage, 1, text)
    await under().storage.remove(address)
    await under().storage.remove(address)
    expect(await under().storage.stat(address)).to.equal(undefined)
    expect(await under().held()).to.deep.equal([])
  })

  it('takes no address that names another place', async () => {
    const { sha256: hash } = await keep(under().storage, 1, text)
    const bad = [`../../${hash}`, hash.toUpperCase(), hash.slice(1), '', `${hash}/../x`]
    for (const address of bad)
      expect(await rejection(under().storage.stat({ groupId: 1, sha256: address }))).to.be.instanceOf(
        TypeError,
      )
    for (const groupId of [0, -1, 1.5, NaN])
      expect(await rejection(under().storage.stage(groupId, source(text)))).to.be.instanceOf(TypeError)
  })
}

const closing = (under: () => StorageUnderTest): void => {
  it('ends what is arriving and what is staged when it is disposed, and takes nothing after', async () => {
    const { storage } = under()
    await storage.stage(1, source(text))
    const endless = new PassThrough()
    endless.write(text)
    const arrival = rejection(storage.stage(1, endless))
    await storage[Symbol.asyncDispose]()
    expect(await arrival).to.be.instanceOf(StorageClosed)
    expect(endless.destroyed).to.equal(true)
    expect(await rejection(storage.stage(1, source(text)))).to.be.instanceOf(StorageClosed)
    expect(await under().held()).to.deep.equal([])
  })
}
