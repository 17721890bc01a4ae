/** Where a database's shards stand, as CouchDB keeps it in `_dbs`: pure. */

/** https://docs.couchdb.org/en/stable/cluster/sharding.html */
export interface ShardMap {
  _id: string
  _rev: string
  /** Characters of the shards' names, as numbers. */
  shard_suffix: number[]
  changelog: [what: string, range: string, node: string][]
  by_node: Record<string, string[]>
  by_range: Record<string, string[]>
  [field: string]: unknown
}

/** The map with a copy of every shard on each of these nodes; the same object where they have them already. */
export const widened = (map: ShardMap, nodes: readonly string[]): ShardMap => {
  const added = Object.entries(map.by_range).flatMap(([range, has]) =>
    nodes.filter((node) => !has.includes(node)).map((node) => [range, node] as const),
  )
  if (added.length === 0) return map
  const byNode: Record<string, string[]> = structuredClone(map.by_node)
  const byRange: Record<string, string[]> = structuredClone(map.by_range)
  for (const [range, node] of added) {
    byNode[node] = [...(byNode[node] ?? []), range]
    byRange[range] = [...(byRange[range] ?? []), node]
  }
  const changelog = added.map(([range, node]): [string, string, string] => ['add', range, node])
  return { ...map, by_node: byNode, by_range: byRange, changelog: [...map.changelog, ...changelog] }
}

/** The names of a database's shards, as a node knows them. */
export const shardsOf = ({ _id, shard_suffix, by_range }: ShardMap): string[] =>
  Object.keys(by_range).map((range) => `shards/${range}/${_id}${String.fromCharCode(...shard_suffix)}`)

/** Databases that stand in one copy for good (sync/SPEC.md, I6), whatever their name begins with. */
export const isOneCopy = (db: string): boolean => /(^|-)(ledger-\d+|bridge-lane)$/.test(db)
