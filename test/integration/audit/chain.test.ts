/** The audit record by itself: nothing of it can be changed, taken away or put in without that being found. */
import { expect } from 'chai'
import type { Audit } from '../../../server/audit/audit.ts'
import { blockId, hashOfBlock, sealed, Sealer, type BlockDoc } from '../../../server/audit/block.ts'
import { AuditSubject, auditKeys } from '../../support/audit-subject.ts'
import { FailingStore } from '../../support/failing-store.ts'

const read = (id: string) =>
  ({ kind: 'READ', actor: { kind: 'user', userId: 'u1' }, subjects: [{ type: 'client', id }] }) as const

describe('The audit record', () => {
  let subject: AuditSubject
  beforeEach(async () => {
    subject = await AuditSubject.open()
  })
  afterEach(() => subject[Symbol.asyncDispose]())

  const everything = {
    ...{ from: undefined, to: undefined, kinds: [], actor: undefined, subjects: [], after: undefined },
    limit: 500,
  }
  /** Codes of the faults that another server finds, or the first one where it is named. */
  const found = async (by: Audit = subject.turn('verifier')): Promise<string[]> => {
    const { faults, intact } = await by.verify(1)
    expect(intact).to.equal(faults.length === 0)
    return [...new Set(faults.map(({ code }) => code))].sort()
  }
  /** Five blocks of one server and three of another, in turns. */
  const written = async (): Promise<{ one: Audit; other: Audit; writer: string }> => {
    const one = subject.turn('one')
    const other = subject.turn('other')
    for (let n = 0; n < 5; n += 1) {
      subject.now += 60_000
      await one.append(1, read(`a${n}`), read(`b${n}`))
      if (n < 3) await other.append(1, read(`c${n}`))
    }
    const writer = (await subject.blocks()).at(-1)?.writer ?? ''
    return { one, other, writer }
  }

  it('is intact as it was written, by one server after the other and by several at once', async () => {
    const servers = ['one', 'two', 'three'].map((name) => subject.turn(name))
    await Promise.all(
      servers.flatMap((audit, s) => Array.from({ length: 40 }, (_, n) => audit.append(1, read(`${s}-${n}`)))),
    )
    const { intact, entries, faults } = await subject.turn('four').verify(1)
    expect([intact, entries, faults]).to.deep.equal([true, 120, []])
    const listed = await subject.turn('five').read(1, everything)
    const ids = new Set(listed.entries.flatMap(({ subjects = [] }) => subjects.map(({ id }) => id)))
    expect(ids.size).to.equal(120)
  })

  it('is found changed where an entry says something else, also with a hash that fits it', async () => {
    await written()
    const [, second] = await subject.blocks()
    const [entry] = second?.entries ?? []
    if (!second || !entry) throw new Error('There is no second block')
    const entries = [{ ...entry, actor: { kind: 'user' as const, userId: 'somebody else' } }]
    const altered = { ...second, entries }
    await (await subject.db()).write([altered])
    expect(await found()).to.include.members(['ALTERED', 'REWRITTEN'])
    const [, again] = await subject.blocks()
    const hash = hashOfBlock(altered)
    await (await subject.db()).write([{ ...altered, _rev: again?._rev ?? '', hash }])
    const faults = await found()
    expect(faults).not.to.include('ALTERED')
    expect(faults).to.include.members(['FORGED_SEAL', 'OUT_OF_ORDER'])
  })

  it('is found changed where somebody without the key writes the rest of a chain anew', async () => {
    const { one, writer } = await written()
    await one[Symbol.asyncDispose]()
    const mine = (await subject.blocks()).filter((block) => block.writer === writer)
    await subject.remove(...mine.slice(1))
    const [first] = mine
    if (!first) throw new Error('There is no block')
    let previous = { id: first._id, hash: first.hash }
    for (const { _id, _rev, hash: _hash, seal: _seal, ...block } of mine.slice(1)) {
      const fields = { ...block, _id: blockId(block.at, `${block.writer.slice(0, -1)}0`, block.seq) }
      const forged = sealed({ ...fields, writer: fields._id.split('~')[1] ?? '', previous }, new Sealer([]))
      previous = { id: forged._id, hash: forged.hash }
      await (await subject.db()).write([{ ...forged }])
    }
    expect(await found()).to.include.members(['UNSEALED'])
  })

  it('is found incomplete where a block in the middle is gone, or two have changed places', async () => {
    const { writer } = await written()
    const mine = (await subject.blocks()).filter((block) => block.writer === writer)
    const [, , third, fourth] = mine
    if (!third || !fourth) throw new Error('There are too few blocks')
    await subject.remove(third)
    expect(await found()).to.include('OUT_OF_ORDER')
    const { _id, _rev: _r, ...of } = fourth
    await subject.remove(fourth)
    await (await subject.db()).write([{ ...of, _id: _id.replace(/\d{9}$/, '000000003') }])
    expect(await found()).to.include.members(['FOREIGN'])
  })

  it('is found cut off at its end by whoever noted the end, and by the server that wrote it', async () => {
    const { one, writer } = await written()
    const { heads } = await one.verify(1)
    await one[Symbol.asyncDispose]()
    const mine = (await subject.blocks()).filter((block) => block.writer === writer)
    await subject.remove(...mine.slice(-1))
    expect(await found(), 'nobody else knows').to.deep.equal([])
    expect(await found(subject.turn('one')), 'the next turn of that server').to.deep.equal(['CUT_OFF'])
    const { faults } = await subject.turn('another').verify(1, heads)
    expect(faults.map(({ code }) => code)).to.deep.equal(['CUT_OFF'])
  })

  it('is found cut off by a server that had named what is gone, also a whole chain', async () => {
    const { one, other, writer } = await written()
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await subject.turn('third').append(1, read('d'))
    expect(await found()).to.deep.equal([])
    const mine = (await subject.blocks()).filter((block) => block.writer === writer)
    await subject.remove(...mine.slice(-1))
    expect(await found()).to.deep.equal(['MISSING'])
    await subject.remove(...mine.slice(0, -1))
    expect(await found()).to.deep.equal(['MISSING'])
  })

  it('tells of documents that are no blocks of it', async () => {
    await written()
    await (await subject.db()).write([{ _id: 'note', text: 'nothing happened' }])
    expect(await found()).to.deep.equal(['FOREIGN'])
  })

  it('stays whole when the key changes and the old one is forgotten, once a new turn has begun', async () => {
    await written()
    const keys = [{ kid: 'two', secret: 'another secret of 32 characters!!' }]
    expect(await found(subject.turn('new', { keys }))).to.deep.equal(['UNSEALED'])
    const turn = subject.turn('new', { keys })
    await turn.append(1, read('e'))
    expect(await found(turn)).to.deep.equal([])
    expect((await turn.verify(1)).unknownSeals).to.equal(8)
    expect(await found(subject.turn('both', { keys: [...keys, ...auditKeys] }))).to.deep.equal([])
  })

  it('loses its oldest part after its time and stays whole, but not more than it says', async () => {
    const keepDays = 365
    await subject.turn('one').append(1, read('old'))
    await subject.turn('two').append(1, read('also old'))
    subject.now += 360 * 86_400_000
    const turn = subject.turn('one', { keepDays })
    await turn.append(1, read('new'))
    subject.now += 10 * 86_400_000
    await turn.sweep()
    const kinds = (await turn.read(1, everything)).entries.map(({ kind }) => kind)
    expect(kinds).to.deep.equal(['AUDIT_PRUNED', 'READ'])
    expect(await found(turn)).to.deep.equal([])
    const [oldest] = await subject.blocks()
    if (oldest) await subject.remove(oldest)
    expect(await found(turn)).to.deep.equal(['MISSING'])
  })

  it('is read newest first, in pages, by time, kind, actor and subject', async () => {
    const audit = subject.turn('one')
    for (let n = 0; n < 7; n += 1) {
      subject.now += 1000
      await audit.append(1, n % 2 === 0 ? read(`c${n}`) : { ...read(`c${n}`), kind: 'LISTED' })
    }
    const ids: string[] = []
    const query = { ...everything, limit: 3 }
    let page = await audit.read(1, query)
    for (;;) {
      ids.push(...page.entries.map(({ subjects }) => subjects?.[0]?.id ?? ''))
      if (!page.next) break
      page = await audit.read(1, { ...query, after: page.next })
    }
    expect(ids).to.deep.equal(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0'])
    const only = async (more: Partial<typeof everything>): Promise<number> =>
      (await audit.read(1, { ...everything, ...more })).entries.length
    expect(await audit.read(1, { ...everything, kinds: ['LISTED'] })).to.have.nested.property(
      'entries.length',
      3,
    )
    expect(await audit.read(1, { ...everything, subjects: ['c1', 'c2'] })).to.have.nested.property(
      'entries.length',
      2,
    )
    expect(await audit.read(1, { ...everything, actor: 'u2' })).to.have.nested.property('entries.length', 0)
    const at = new Date(subject.now - 2000).toISOString()
    expect(await audit.read(1, { ...everything, from: at })).to.have.nested.property('entries.length', 3)
    expect(await audit.read(1, { ...everything, to: at })).to.have.nested.property('entries.length', 4)
    expect(await only({ limit: 2 })).to.equal(2)
    expect(await audit.read(2, everything), 'another group').to.have.nested.property('entries.length', 0)
  })

  it('keeps reads that come while the store is away, and refuses what has to be on disk before it is answered', async () => {
    const failing = new FailingStore(subject.store)
    const audit = subject.turn('one', { store: failing })
    await audit.append(1, read('before'))
    failing.away = 'after'
    audit.note(1, read('noted'))
    const refused = await audit.append(1, read('asked')).then(
      () => 'written',
      (error: unknown) => (error as Error).name,
    )
    expect(refused).to.equal('StoreUnavailable')
    failing.away = 'before'
    expect(await audit.append(1, read('again')).catch(() => 'refused')).to.equal('refused')
    failing.away = false
    await audit.append(1, read('after'))
    const ids = (await audit.read(1, everything)).entries.map(({ subjects }) => subjects?.[0]?.id)
    expect(ids).to.deep.equal(['after', 'asked', 'noted', 'before'])
    expect(await found(audit)).to.deep.equal([])
  })

  it('tells repeated refusals of one user and origin once a minute, with how many they were', async () => {
    const audit = subject.turn('one')
    const entry = { kind: 'SIGN_IN_FAILED', actor: { kind: 'unknown' }, origin: 'x' } as const
    for (let n = 0; n < 50; n += 1) await audit.refusedSignIn(1, entry)
    await audit.refusedSignIn(1, { ...entry, origin: 'y' })
    await audit[Symbol.asyncDispose]()
    const { entries } = await subject.turn('two').read(1, everything)
    expect(entries.map(({ origin, detail }) => [origin, detail?.['times']])).to.deep.equal([
      ['x', 49],
      ['y', undefined],
      ['x', undefined],
    ])
  })

  it('tells the same read of the same record once a block, with how often it was', async () => {
    const audit = subject.turn('one')
    for (const requestId of ['first', 'second', 'third']) audit.note(1, { ...read('a'), requestId })
    audit.note(1, { ...read('b'), requestId: 'fourth' })
    audit.note(1, { ...read('a'), actor: { kind: 'user', userId: 'u2' } })
    await audit.append(1, read('a'))
    audit.note(1, { ...read('a'), requestId: 'fifth' })
    const { entries } = await audit.read(1, everything)
    const told = entries.map(({ actor, subjects, requestId, detail }) => [
      ...[actor.userId, subjects?.[0]?.id, requestId, detail?.['times']],
    ])
    expect(told).to.deep.equal([
      ['u1', 'a', 'fifth', undefined],
      ['u1', 'a', undefined, undefined],
      ['u2', 'a', undefined, undefined],
      ['u1', 'b', 'fourth', undefined],
      ['u1', 'a', 'first', 3],
    ])
    expect(await found()).to.deep.equal([])
  })

  it('has each entry of a batch on disk when it is stopped', async () => {
    const audit = subject.turn('one')
    for (let n = 0; n < 1200; n += 1) audit.note(1, read(`n${n}`))
    await audit[Symbol.asyncDispose]()
    const blocks: BlockDoc[] = await subject.blocks()
    expect(blocks.map(({ entries }) => entries.length)).to.deep.equal([500, 500, 200])
    expect(await found()).to.deep.equal([])
  })
})
