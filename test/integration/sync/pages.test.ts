import { brotliDecompressSync } from 'node:zlib'
import { expect } from 'chai'
import { fromColumns } from '../../../sync/contract/columns.ts'
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import type { Actor } from '../../../sync/actor.ts'
import type { EncodedPage } from '../../../sync/feed/pages.ts'
import { amelia, ben, nobody, openTestGroup, type TestGroup } from '../../support/group.ts'

describe('Pages kept for the next device', () => {
  let t: TestGroup
  let reads = 0
  beforeEach(async () => {
    t = await openTestGroup()
    await clients(60, [1, 2])
    const { db } = t.group
    const getMany = db.getMany.bind(db)
    reads = 0
    db.getMany = (ids) => {
      reads += 1
      return getMany(ids)
    }
  })
  afterEach(async () => await t[Symbol.asyncDispose]())

  const clients = (count: number, siteIds: number[]) =>
    t.send(
      'client',
      amelia,
      Array.from({ length: count }, (_, i) => t.creation({ lastName: `Client ${i}`, siteIds })),
    )
  const ask = (actor: Actor, checkpoint: Checkpoint | null = null, limit = 500, accepts = 'br') =>
    t.group.page({ actor, request: { collection: 'clients', checkpoint, limit }, accepts })
  const read = ({ content, encoding }: EncodedPage) => {
    const text = encoding === 'br' ? brotliDecompressSync(content) : content
    const page = fromColumns(JSON.parse(text.toString()))
    if (!page) throw new Error('This is no page by columns')
    return page
  }
  /** What was asked of the store while `work` ran. */
  const readsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = reads
    await work()
    return reads - before
  }

  it('are read once for devices of the same sites, also where they ask at the same time', async () => {
    const first = await Promise.all([ask(ben), ask(ben), ask(ben)])
    expect(reads).to.equal(1)
    expect(first.map((page) => read(page).documents.length)).to.deep.equal([60, 60, 60])
    expect(await readsOf(() => ask({ ...nobody, siteIds: [1] }))).to.equal(0)
  })

  it('are not those of another user, size or encoding', async () => {
    await ask(ben)
    expect(read(await ask(nobody)).documents).to.deep.equal([])
    expect(read(await ask(amelia)).documents).to.have.length(60)
    expect(read(await ask(ben, null, 10)).documents).to.have.length(10)
    expect((await ask(ben, null, 500, 'identity')).encoding).to.equal('identity')
  })

  it('end with the first change in their channels, and only with that', async () => {
    const { checkpoint } = read(await ask(ben))
    await clients(1, [2])
    expect(await readsOf(() => ask(ben))).to.equal(0)
    const [made] = await clients(1, [1])
    const now = read(await ask(ben)).documents
    expect(now).to.have.length(61)
    expect(now.map(({ id }) => id)).to.include(made?.id)
    expect(read(await ask(ben, checkpoint)).documents.map(({ id }) => id)).to.deep.equal([made?.id])
  })

  it('go on in pages that are kept too, and end at the window’s next day', async () => {
    const first = read(await ask(ben, null, 40))
    const second = await ask(ben, first.checkpoint, 40)
    expect(read(second).documents).to.have.length(20)
    expect(await readsOf(() => ask(ben, first.checkpoint, 40))).to.equal(0)
    const appointments = () =>
      t.group.page({
        actor: ben,
        request: { collection: 'appointments', checkpoint: null, limit: 9 },
        accepts: 'br',
      })
    const before = read(await appointments()).checkpoint
    t.clock.now += 86_400_000
    expect(read(await appointments()).checkpoint).to.not.deep.equal(before)
  })

  it('that failed are asked for anew', async () => {
    const wrong = { token: 'x' }
    for (let again = 0; again < 2; again += 1) {
      const failure: unknown = await ask(ben, wrong).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(Error).with.property('name', 'InvalidCheckpoint')
    }
  })
})
