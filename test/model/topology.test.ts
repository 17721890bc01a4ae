/**
 * Every pair of what can happen to a record on two sides that have not heard of each other (made, changed, deleted,
 * brought back), at equal clocks and equal generations, in every order of arrival, and between stores that exchange
 * what they have while a resolver works at each. In the end all say the same, and nothing that was said is lost.
 */
import { expect } from 'chai'
import { rm, mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { openGroups, type Group, type Groups } from '../../sync/group.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Leaf, Store, StoredDoc } from '../../sync/store/port.ts'
import { settle } from '../../sync/resolver/settle.ts'
import { doings, linesOf, types, type Doing, type Type } from './topology/lines.ts'
import { scratch } from './sync/scratch.ts'

const noon = Date.parse('2026-06-15T12:00:00Z')
/** Exchanges within which stores have to come to rest. */
const maxRounds = 8

interface Peer {
  store: Store
  groups: Groups
  group: Group
}

/** How what two sides did comes together. */
const topologies = ['a first', 'b first', 'both at once', 'two stores', 'three stores in a ring'] as const
type Topology = (typeof topologies)[number]

describe('Made, changed, deleted and brought back, against each other at equal clocks', function () {
  this.timeout(5 * 60_000)
  let directory = ''
  const peers: Peer[] = []
  before(async () => {
    directory = await mkdtemp(path.join(scratch(), 'vetspace-topology-'))
    for (const name of ['0', '1', '2']) {
      const dataDir = path.join(directory, name)
      const store = await openLevelStore({ dataDir })
      const log = { error: (details: object) => expect.fail(JSON.stringify(details)) }
      const groups = openGroups({ store, dataDir, now: () => noon, log })
      peers.push({ store, groups, group: await groups.get(1) })
    }
  })
  after(async () => {
    for (const { groups, store } of peers) {
      await groups[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    }
    await rm(directory, { recursive: true, force: true })
  })

  const at = (n: number): Group => (peers[n] as Peer).group
  const arrive = async (group: Group, id: string, leaves: readonly Leaf[]): Promise<void> => {
    await group.db.writeRevisions(leaves)
    await settle(group, [id], noon)
  }

  /** Everything about a record that a store has: its leaves, and what the resolver put beside it. */
  const about = async (group: Group, id: string): Promise<Leaf[]> => {
    const { changes } = await group.db.changes({ limit: 100_000, docs: true })
    const bare = id.slice(id.indexOf(':') + 1)
    const ids = changes.flatMap((change) => (isAbout(change.doc, change.id, { id, bare }) ? [change.id] : []))
    return (await Promise.all(ids.map((one) => group.db.leaves(one)))).flat()
  }

  const exchange = async (from: Group, to: Group, id: string): Promise<void> => {
    const leaves = await about(from, id)
    const asked: Record<string, string[]> = {}
    for (const { doc } of leaves) (asked[doc._id] ??= []).push(doc._rev)
    const missing = await to.db.missingRevs(asked)
    const news = leaves.filter(({ doc }) => missing[doc._id]?.includes(doc._rev))
    if (news.length > 0) await arrive(to, id, news)
  }

  /** Until an exchange moves nothing; each peer sends to the next. */
  const exchangeAll = async (all: readonly Group[], id: string): Promise<void> => {
    let before = ''
    for (let round = 0; round < maxRounds; round += 1) {
      for (const [i, group] of all.entries()) await exchange(group, all[(i + 1) % all.length] as Group, id)
      if (all.length === 2) await exchange(all[1] as Group, all[0] as Group, id)
      const states = await Promise.all(all.map(async (group) => fingerprint(await about(group, id))))
      const now = states.join('\n')
      if (now === before && new Set(states).size === 1) return
      before = now
    }
    expect.fail(`${id} does not come to rest: ${before}`)
  }

  const bring = async (
    topology: Topology,
    id: string,
    [a, b]: readonly [Leaf[], Leaf[]],
  ): Promise<Group[]> => {
    switch (topology) {
      case 'a first':
      case 'b first':
        for (const leaves of topology === 'a first' ? [a, b] : [b, a]) await arrive(at(0), id, leaves)
        return [at(0)]
      case 'both at once':
        await Promise.all([a, b].map((leaves) => arrive(at(0), id, leaves)))
        await settle(at(0), [id], noon)
        return [at(0)]
      case 'two stores':
        await Promise.all([arrive(at(0), id, a), arrive(at(1), id, b)])
        await exchangeAll([at(0), at(1)], id)
        return [at(0), at(1)]
      case 'three stores in a ring':
        await Promise.all([arrive(at(0), id, a), arrive(at(1), id, b)])
        await exchangeAll([at(0), at(1), at(2)], id)
        return [at(0), at(1), at(2)]
    }
  }

  let count = 0
  for (const type of types)
    for (const a of doings)
      for (const b of doings)
        it(`${type}: ${a} against ${b}`, async () => {
          const ends = new Map<string, string>()
          for (const topology of topologies) {
            count += 1
            const { id, lines, said } = linesOf(type, [a, b], count)
            for (const group of await bring(topology, id, lines)) {
              const all = await about(group, id)
              check({ type, doings: [a, b], id, said, all })
              ends.set(topology, whatStands(id, all))
            }
          }
          expect(new Set(ends.values()).size, JSON.stringify([...ends], null, 1)).to.equal(1)
        })
})

const isAbout = (
  doc: StoredDoc | undefined,
  storedId: string,
  { id, bare }: { id: string; bare: string },
): boolean => {
  const review = doc?.['review'] as { of?: unknown } | undefined
  return storedId === id || doc?.['recordId'] === bare || review?.of === bare
}

const livingOf = (all: readonly Leaf[], id: string): StoredDoc[] =>
  all.flatMap(({ doc }) => (doc._id === id && !doc._deleted ? [doc] : []))

const fingerprint = (all: readonly Leaf[]): string =>
  all
    .map(({ doc }) => `${doc._id} ${doc._rev}`)
    .sort()
    .join(', ')

/** The record's content, whatever its id is called in this round. */
const whatStands = (id: string, all: readonly Leaf[]): string => {
  const bare = id.slice(id.indexOf(':') + 1)
  const shown = livingOf(all, id)
  const beside = all.filter(({ doc }) => doc._id !== id && !doc._deleted).length
  return JSON.stringify([shown, beside]).replaceAll(bare, '')
}

interface Ended {
  type: Type
  doings: readonly [Doing, Doing]
  id: string
  /** A value that each side said, and no other. */
  said: readonly (string | undefined)[]
  all: readonly Leaf[]
}

const check = ({ type, doings: [a, b], id, said, all }: Ended): void => {
  const living = livingOf(all, id)
  const bothDeleted = a === 'deleted' && b === 'deleted'
  const deletionWins = type === 'treatmentCode' && (a === 'deleted' || b === 'deleted')
  expect(living.length, `living leaves of ${id}`).to.equal(bothDeleted || deletionWins ? 0 : 1)
  const everything = JSON.stringify(all.flatMap(({ doc }) => (doc._deleted ? [] : [doc])))
  for (const value of said)
    if (value !== undefined) expect(everything, `${id} lost ${value}`).to.include(value)
}
