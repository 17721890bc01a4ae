/** Where shards stand, when nodes join. */
import { expect } from 'chai'
import fc from 'fast-check'
import { isOneCopy, shardsOf, widened, type ShardMap } from '../../../couchdb-config/shard-map.ts'

const map = (nodes: string[], ranges: string[]): ShardMap => ({
  ...{ _id: 'vetspace-group-1', _rev: '1-a', shard_suffix: [46, 49, 55], props: {} },
  changelog: nodes.flatMap((node) => ranges.map((range): [string, string, string] => ['add', range, node])),
  by_node: Object.fromEntries(nodes.map((node) => [node, [...ranges]])),
  by_range: Object.fromEntries(ranges.map((range) => [range, [...nodes]])),
})
const names = fc.uniqueArray(fc.constantFrom('a@x', 'b@x', 'c@x', 'd@x'), { minLength: 1 })
const ranges = fc.uniqueArray(fc.constantFrom('0-1', '1-2', '2-3'), { minLength: 1 })

describe('A map of shards', () => {
  it('gains every shard on every node once, loses none, and is left alone the second time', () => {
    fc.assert(
      fc.property(names, names, ranges, (has, joins, all) => {
        const before = map(has, all)
        const copy = structuredClone(before)
        const after = widened(before, joins)
        expect(before).to.deep.equal(copy)
        const nodes = new Set([...has, ...joins])
        for (const range of all) expect(after.by_range[range]).to.have.members([...nodes])
        for (const node of nodes) expect(after.by_node[node]).to.have.members(all)
        expect(after.changelog).to.have.length(nodes.size * all.length)
        expect(after).to.include({ _id: before._id, _rev: before._rev })
        expect(widened(after, joins)).to.equal(after)
      }),
    )
  })

  it('names the shards as a node does', () => {
    expect(shardsOf(map(['a@x'], ['00-7f']))).to.deep.equal(['shards/00-7f/vetspace-group-1.17'])
  })

  it('leaves databases of one copy where they are, whatever their prefix', () => {
    for (const db of ['vetspace-ledger-1', 'ledger-12', 'vetspace-bridge-lane', 'x-bridge-lane'])
      expect(isOneCopy(db), db).to.equal(true)
    for (const db of ['vetspace-bridge', 'vetspace-group-1', '_users', 'my-ledger', 'ledger-1-old'])
      expect(isOneCopy(db), db).to.equal(false)
  })
})
