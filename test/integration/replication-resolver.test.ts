import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { openGroups, type Group, type Groups } from '../../sync/group.ts'
import { planOf } from '../../sync/resolver/plan.ts'
import { settle } from '../../sync/resolver/settle.ts'
import { openCouchStore } from '../../sync/store/couch/couch-store.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Leaf, Store, StoredDoc } from '../../sync/store/port.ts'
import { borrowed } from '../support/server.ts'

type Fields = Record<string, unknown>

const base = {
  groupId: 1,
  siteIds: [1],
  createdAt: '2026-01-01T00:00:00.000Z',
  modifiedAt: '2026-01-01T00:00:00.000Z',
  schemaVersion: 1,
  createdBy: null,
}
const leafOf = (id: string, hashes: string[], fields: Fields): Leaf => {
  const type = id.slice(0, id.indexOf(':'))
  const doc: StoredDoc = { _id: id, _rev: `${hashes.length}-${hashes[0] ?? ''}`, type, ...base, ...fields }
  return { doc, revisions: { start: hashes.length, ids: hashes } }
}
const gone = (id: string, hashes: string[], fields: Fields = {}): Leaf => {
  const { revisions } = leafOf(id, hashes, {})
  return {
    doc: { _id: id, _rev: `${hashes.length}-${hashes[0] ?? ''}`, _deleted: true, ...fields },
    revisions,
  }
}
const version = (value: unknown, at: number, generation: number) => ({
  stamp: `${String(at).padStart(13, '0')}-0000-${'a'.repeat(12)}`,
  ...{ value, by: null, generation },
})

describe('What the resolver makes of leaves', () => {
  const id = 'animal:x'
  const two = (): Leaf[] => [
    leafOf(id, ['b', 'a'], {
      name: 'Star',
      breed: 'Cob',
      allergies: ['nuts'],
      clocks: { breed: { live: [version('Cob', 5, 2)], gone: [] } },
    }),
    leafOf(id, ['c', 'a'], { name: 'Star', breed: 'Fell', allergies: [], weightGrams: 7 }),
  ]

  it('is one record with both values, and the other leaf ends', () => {
    const [one, other] = two()
    const plan = planOf([one, other] as Leaf[])
    expect(plan.ends).to.deep.equal(['2-c'])
    expect(plan.successor).to.deep.include({ _rev: '2-b', breed: 'Cob', allergies: ['nuts'] })
    const breeds = (plan.successor?.['clocks'] as Record<string, { live: { value: unknown }[] }>)['breed']
      ?.live
    expect(breeds?.map(({ value }) => value)).to.have.members(['Cob', 'Fell'])
  })

  it('depends on nothing but the leaves, in whatever order the losers come', () => {
    const [winner, ...losers] = [
      ...two(),
      leafOf(id, ['d', 'a'], { name: 'Comet' }),
      leafOf(id, ['e'], { breed: 'Cob' }),
    ]
    if (!winner) return
    const expected = JSON.stringify(planOf([winner, ...losers]).successor)
    fc.assert(
      fc.property(fc.shuffledSubarray(losers, { minLength: losers.length }), (order) => {
        expect(JSON.stringify(planOf([winner, ...order]).successor)).to.equal(expected)
      }),
    )
  })

  it('is nothing where there is one leaf, or the others have ended', () => {
    expect(planOf([two()[0] as Leaf])).to.deep.equal({ kept: [], successor: undefined, ends: [] })
    const ended = gone(id, ['x', 'c', 'a'], { merged: true })
    expect(planOf([two()[0] as Leaf, ended]).successor).to.equal(undefined)
  })

  it('lets a change stand against a deletion, but for treatment codes', () => {
    expect(planOf([two()[0] as Leaf, gone(id, ['x', 'a'])]).ends).to.deep.equal([])
    const code = leafOf('treatmentCode:C', ['b', 'a'], { name: 'Consultation' })
    expect(planOf([code, gone('treatmentCode:C', ['x', 'a'])]).ends).to.deep.equal(['2-b'])
    const merged = gone('treatmentCode:C', ['x', 'c', 'a'], { merged: true })
    expect(planOf([code, merged]).ends).to.deep.equal([])
  })

  it('makes a second payment under one id a record of its own, and merges no invoiced treatment', () => {
    const pay = (hash: string, amount: number) => leafOf('payment:p', [hash], { amount, method: 'CARD' })
    const plan = planOf([pay('b', 100), pay('a', 5)])
    expect(plan).to.deep.include({ ends: ['1-a'], successor: undefined })
    expect(plan.kept[0]).to.deep.include({ amount: 5, review: { of: 'p', revision: '1-a' } })
    expect(planOf([pay('b', 100), pay('a', 100)]).kept).to.deep.equal([])
    const line = (hash: string, quantity: string, invoiceId: string | null) =>
      leafOf('treatment:t', [hash], { quantity, invoiceId })
    const treatments = planOf([line('b', '1', null), line('a', '2', 'i')])
    expect(treatments.ends).to.deep.equal(['1-b'])
    expect(treatments.kept[0]).to.deep.include({ quantity: '1', invoiceId: null })
  })

  it('keeps what another document’s losing leaf held', () => {
    const plan = planOf([leafOf('invoice:i', ['b'], { n: 2 }), leafOf('invoice:i', ['a'], { n: 1 })])
    expect(plan.kept[0]).to.deep.include({ _id: 'past:i:1-a', recordType: 'invoice' })
    expect(plan.ends).to.deep.equal(['1-a'])
  })
})

const couchUrl = process.env['COUCHDB_URL']

for (const kind of ['embedded', 'couchdb'] as const)
  describe(`Resolvers over one ${kind} store`, () => {
    let directory = ''
    let store: Store
    const servers: Groups[] = []
    const groups: Group[] = []
    const failures: unknown[] = []
    const siteId = 1
    before(async function () {
      if (kind === 'couchdb' && couchUrl === undefined) {
        process.stdout.write('      skipped: COUCHDB_URL is not set\n')
        this.skip()
      }
      directory = await mkdtemp(join(tmpdir(), 'vetspace-resolver-'))
      store =
        kind === 'embedded'
          ? await openLevelStore({ dataDir: directory })
          : await openCouchStore({ url: couchUrl ?? '', prefix: `resolver-${randomUUID().slice(0, 8)}-` })
      for (const name of ['one', 'two', 'three']) {
        const log = { error: (details: object) => failures.push(details) }
        const server = openGroups({
          store: borrowed(store),
          dataDir: join(directory, name),
          now: Date.now,
          log,
        })
        servers.push(server)
        groups.push(await server.get(1))
      }
    })
    after(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]()
      expect(failures).to.deep.equal([])
      if (!directory) return
      for (const name of await store.list()) await store.destroy(name)
      await store[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    })

    const first = (): Group => groups[0] as Group
    const living = async (id: string): Promise<StoredDoc[]> =>
      (await first().db.leaves(id)).flatMap(({ doc }) => (doc._deleted ? [] : [doc]))
    /** Resolves when a record has one living leaf again, as each index sees it. */
    const settled = async (id: string): Promise<StoredDoc> => {
      for (;;) {
        const [doc, ...others] = await living(id)
        if (doc && others.length === 0) return doc
        await Promise.all(groups.map(({ index }) => index.catchUp()))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }

    it('merge what another database’s replication left, all at once, without fighting', async function () {
      this.timeout(60_000)
      const ids = Array.from({ length: 30 }, () => `animal:${randomUUID()}`)
      await first().db.writeRevisions(
        ids.flatMap((id) => [
          leafOf(id, ['b', 'a'], { name: 'Star', breed: 'Cob' }),
          leafOf(id, ['c', 'a'], { name: 'Star', breed: 'Fell', weightGrams: 7 }),
          leafOf(id, ['d', 'a'], { name: 'Comet', breed: 'Cob' }),
        ]),
      )
      const docs = await Promise.all(ids.map(settled))
      await Promise.all(groups.map((group) => settle(group, ids, Date.now())))
      for (const [i, doc] of docs.entries()) {
        expect(await first().db.get(ids[i] ?? ''), 'not written again').to.deep.equal(doc)
        expect(doc._rev).to.match(/^3-/)
        expect(doc['clocks']).to.include.keys('name', 'breed', 'weightGrams')
      }
      const contents = docs.map(({ _id, _rev, ...doc }) => JSON.stringify(doc))
      expect(new Set(contents).size).to.equal(1)
    })

    it('show the clash of appointments that replication brought', async function () {
      this.timeout(60_000)
      const practitionerId = randomUUID()
      const at = (hour: number) => `2026-06-15T${String(hour).padStart(2, '0')}:00:00.000Z`
      const slot = (from: number) => ({
        ...{ siteId, practitionerId, clientId: 'c', animalIds: [], status: 'BOOKED', clash: null },
        ...{ startsAt: at(from), endsAt: at(from + 1) },
      })
      const [mine, theirs] = [`appointment:${randomUUID()}`, `appointment:${randomUUID()}`]
      await first().db.writeRevisions([
        leafOf(mine, ['a'], slot(9)),
        leafOf(theirs, ['b', 'a'], slot(9)),
        leafOf(theirs, ['c', 'a'], slot(9)),
      ])
      await settled(theirs)
      await settle(first(), [theirs], Date.now())
      const clash = async (id: string) => (await first().db.get(id))?.['clash']
      while (((await clash(mine)) ?? null) === null) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await clash(mine)).to.deep.equal({ with: [theirs.slice(12)] })
      expect(await clash(theirs)).to.deep.equal({ with: [mine.slice(12)] })
    })
  })
