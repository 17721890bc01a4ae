/** Records that only calls of the API write. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { makeRecord, pastStates, reviseRecord } from '../../../sync/write/revise.ts'
import { openTestGroup, type TestGroup } from '../../support/group.ts'

describe('a record that only the server writes', () => {
  let practice: TestGroup
  before(async () => {
    practice = await openTestGroup()
  })
  after(() => practice[Symbol.asyncDispose]())

  const writing = () => ({ by: null, at: practice.clock.now })
  const make = (id: string, n = 1) =>
    makeRecord(practice.group.db, { groupId: 1, type: 'sample', id, siteIds: [1], fields: { n } }, writing())

  it('is made once, whatever comes under its id again', async () => {
    const id = randomUUID()
    const first = await make(id, 1)
    const again = await make(id, 2)
    expect([first.made, again.made]).to.deep.equal([true, false])
    expect(again.doc).to.deep.equal(first.doc)
  })

  it('counts every one of many changes at once, and keeps each state that it had', async () => {
    const id = randomUUID()
    await make(id, 0)
    const { db } = practice.group
    const change = (doc: Record<string, unknown>) => ({ n: Number(doc['n']) + 1 })
    await Promise.all(
      Array.from({ length: 8 }, () => reviseRecord(db, { type: 'sample', id, change }, writing())),
    )
    expect((await db.get(`sample:${id}`))?.['n']).to.equal(8)
    const past = (await pastStates(db, id)).map((doc) => (doc['record'] as { n: number }).n)
    expect(past).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('is not changed by who has seen another revision, and says what stands', async () => {
    const id = randomUUID()
    const { doc } = await make(id)
    const { db } = practice.group
    const request = { type: 'sample', id, expected: [doc._rev], change: () => ({ n: 2 }) }
    expect((await reviseRecord(db, request, writing())).outcome).to.equal('revised')
    const late = await reviseRecord(db, { ...request, change: () => ({ n: 3 }) }, writing())
    expect(late.outcome).to.equal('stale')
    expect('doc' in late && late.doc['n']).to.equal(2)
  })

  it('that does not exist, or that needs no change, is told apart', async () => {
    const { db } = practice.group
    const id = randomUUID()
    const request = { type: 'sample', id, change: () => undefined }
    expect((await reviseRecord(db, request, writing())).outcome).to.equal('missing')
    await make(id)
    expect((await reviseRecord(db, request, writing())).outcome).to.equal('unchanged')
  })
})
