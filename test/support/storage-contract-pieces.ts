/** The storage contract's parts about files that arrive in pieces, and about what is swept. */
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { FileMissing } from '../../uploads/storage/port.ts'
import { keep, rejection, sha256, source, text, type StorageUnderTest } from './storage-contract-helpers.ts'

export const sweeping = (under: () => StorageUnderTest): void => {
  const listed = async () => {
    const files = []
    for await (const file of under().storage.list()) files.push(file)
    return files
  }

  it('every committed file is listed, with its time', async () => {
    const began = Date.now()
    const [one, two] = [await keep(under().storage, 1, text), await keep(under().storage, 2, 'other')]
    await under().storage.partials.create({ groupId: 1, id: randomUUID() })
    const files = await listed()
    const addresses = files.map(({ groupId, sha256: hash }) => ({ groupId, sha256: hash }))
    expect(addresses).to.have.deep.members([one, two])
    for (const { storedAt } of files) expect(storedAt).to.be.within(began - 2000, Date.now() + 2000)
  })

  it('what a crash left is thrown away, but not what is arriving', async () => {
    const { storage } = under()
    // A crash is played by whoever holds a staged file and never ends it.
    const left = await storage.stage(1, source('left over'))
    const key = { groupId: 1, id: randomUUID() }
    await storage.partials.create(key)
    await storage.partials.append(key, 0, source(text))
    await storage.sweepArriving(Date.now() - 60_000)
    expect(await buffer(await left.open())).to.have.length('left over'.length)
    await storage.sweepArriving(Date.now() + 60_000)
    expect(await rejection(left.open())).to.have.property('code', 'ENOENT')
    expect(await storage.partials.size(key)).to.equal(text.length)
  })

  it('one is removed unless it was committed since', async () => {
    const { storage } = under()
    const address = await keep(storage, 1, text)
    expect(await storage.removeOlder(address, Date.now() - 60_000)).to.equal(false)
    expect(await storage.stat(address)).to.deep.equal({ size: text.length })
    expect(await storage.removeOlder(address, Date.now() + 60_000)).to.equal(true)
    expect(await storage.stat(address)).to.equal(undefined)
    expect(await storage.removeOlder(address, Date.now() + 60_000)).to.equal(false)
  })
}

export const pieces = (under: () => StorageUnderTest): void => {
  const begin = async (id: string = randomUUID()) => {
    const key = { groupId: 1, id }
    await under().storage.partials.create(key)
    return key
  }
  const append = (key: { groupId: number; id: string }, offset: number, bytes: Uint8Array | string) =>
    under().storage.partials.append(key, offset, source(bytes))

  it('gather what is added, and are staged whole', async () => {
    const { partials } = under().storage
    const key = await begin()
    expect(await partials.size(key)).to.equal(0)
    expect(await append(key, 0, text.slice(0, 9))).to.deep.equal({ size: 9 })
    expect(await partials.size(key)).to.equal(9)
    await append(key, 9, text.slice(9))
    await using staged = await partials.stage(1, [key])
    expect([staged.sha256, staged.size]).to.deep.equal([sha256(Buffer.from(text)), text.length])
    expect((await buffer(await staged.open({ start: 9, end: 15 }))).toString()).to.equal('lateral')
    const address = await staged.commit()
    expect((await buffer(await under().storage.open(address))).toString()).to.equal(text)
    await partials.remove(key)
    await partials.remove(key)
    expect(await partials.size(key)).to.equal(undefined)
    expect(await under().held()).to.have.length(1)
  })

  it('keep what had arrived when their source broke, and say why', async () => {
    const key = await begin()
    const broken = async function* () {
      yield Buffer.from(text.slice(0, 9))
      throw await Promise.resolve(new Error('the phone went away'))
    }
    const { size, broken: why } = await under().storage.partials.append(key, 0, broken())
    expect([size, (why as Error).message]).to.deep.equal([9, 'the phone went away'])
    await append(key, 9, text.slice(9))
    await using staged = await under().storage.partials.stage(1, [key])
    expect(staged.sha256).to.equal(sha256(Buffer.from(text)))
  })

  it('are cut back, and go on from there', async () => {
    const { partials } = under().storage
    const key = await begin()
    await append(key, 0, text.slice(0, 9))
    await append(key, 9, 'something else altogether')
    await partials.truncate(key, 4)
    expect(await partials.size(key)).to.equal(4)
    await append(key, 4, text.slice(4))
    await using staged = await partials.stage(1, [key])
    expect(staged.sha256).to.equal(sha256(Buffer.from(text)))
  })

  it('are joined in the order named', async () => {
    const { partials } = under().storage
    const [second, first] = [await begin(), await begin()]
    const large = randomBytes(300_000)
    await append(first, 0, large)
    await append(second, 0, text)
    await using staged = await partials.stage(1, [first, second])
    expect(staged.sha256).to.equal(sha256(Buffer.concat([large, Buffer.from(text)])))
  })

  it('stay until they are removed: what was staged of them can be thrown away', async () => {
    const { partials } = under().storage
    const key = await begin()
    await append(key, 0, text)
    await (await partials.stage(1, [key])).abort()
    await using staged = await partials.stage(1, [key])
    expect(staged.size).to.equal(text.length)
  })

  it('are nobody else’s, and name no other place', async () => {
    const { partials } = under().storage
    const { id } = await begin()
    expect(await partials.size({ groupId: 2, id })).to.equal(undefined)
    expect(await rejection(append({ groupId: 2, id }, 0, text))).to.be.instanceOf(FileMissing)
    expect(await rejection(partials.size({ groupId: 1, id: '../../x' }))).to.be.instanceOf(TypeError)
  })
}
