/**
 * Makes a cluster of one CouchDB node while it is in use: further nodes join, every database is copied onto them, and
 * only when they have everything are they asked (https://docs.couchdb.org/en/stable/cluster/sharding.html). Until
 * then they are in maintenance mode, in which a node takes copies and answers nobody: a read of several copies would
 * find documents missing in those that are empty still.
 */
import nano from 'nano'
import { setTimeout as pause } from 'node:timers/promises'
import { isOneCopy, shardsOf, widened, type ShardMap } from './shard-map.ts'

const lookMs = 500
const here = '_node/_local'

export interface Growing {
  /** Of the node that has the data, with an administrator's credentials. */
  url: string
  /** Names of Erlang, like couchdb@couchdb2.example. */
  nodes: readonly string[]
  print: (line: string) => void
}

type Ask = <T>(method: string, path: string, body?: unknown) => Promise<T>

const askerOf = (url: string): Ask => {
  const { origin, username, password } = new URL(url)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const Authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = nano({ url: origin, headers: { Authorization } })
  return async <T>(method: string, path: string, body?: unknown) =>
    (await server.request({
      method,
      path,
      ...(body === undefined ? {} : { body }),
    })) as T
}

/** @throws where a node cannot be reached, or would answer before it has the data */
export const grow = async ({ url, nodes, print }: Growing): Promise<void> => {
  const ask = askerOf(url)
  await join(ask, nodes, print)
  for (const node of nodes)
    if ((await ask<unknown>('get', `_node/${node}/_config/couchdb/maintenance_mode`)) !== 'true')
      throw new Error(
        `${node} is not in maintenance mode: set [couchdb] maintenance_mode = true and restart it`,
      )
  const databases = (await ask<string[]>('get', '_all_dbs')).filter((db) => !isOneCopy(db))
  const maps: ShardMap[] = []
  for (const db of databases) maps.push(await widen(ask, db, nodes, print))
  for (const map of maps) await copied(ask, map, nodes)
  print(`${maps.length} databases are on ${nodes.length} further nodes`)
  const { all_nodes } = await ask<{ all_nodes: string[] }>('get', '_membership')
  for (const node of all_nodes)
    await ask('put', `_node/${node}/_config/cluster/n`, String(Math.min(3, all_nodes.length)))
  for (const node of nodes) await ask('put', `_node/${node}/_config/couchdb/maintenance_mode`, 'false')
  print('The nodes answer')
}

const join = async (ask: Ask, nodes: readonly string[], print: Growing['print']): Promise<void> => {
  const { cluster_nodes } = await ask<{ cluster_nodes: string[] }>('get', '_membership')
  for (const node of nodes)
    if (!cluster_nodes.includes(node)) {
      await ask('put', `${here}/_nodes/${node}`, {})
      print(`${node} has joined`)
    }
  for (let tries = 0; ; tries += 1) {
    const { all_nodes } = await ask<{ all_nodes: string[] }>('get', '_membership')
    const missing = nodes.filter((node) => !all_nodes.includes(node))
    if (missing.length === 0) return
    if (tries === 60) throw new Error(`${missing.join(', ')} cannot be reached: are name and cookie right?`)
    await pause(lookMs)
  }
}

const widen = async (
  ask: Ask,
  db: string,
  nodes: readonly string[],
  print: Growing['print'],
): Promise<ShardMap> => {
  const where = `${here}/_dbs/${encodeURIComponent(db)}`
  const map = await ask<ShardMap>('get', where)
  const next = widened(map, nodes)
  if (next !== map) {
    await ask('put', where, next)
    print(`${db}: ${Object.keys(map.by_range).length} shards`)
  }
  await ask('post', `${encodeURIComponent(db)}/_sync_shards`)
  return next
}

interface ShardInfo {
  doc_count: number
  doc_del_count: number
}

/** Resolves when each copy has as many documents as the first has now. What comes later goes to all copies. */
const copied = async (ask: Ask, map: ShardMap, nodes: readonly string[]): Promise<void> => {
  for (const shard of shardsOf(map)) {
    const name = encodeURIComponent(shard)
    const known = async (where: string): Promise<number> => {
      const { doc_count, doc_del_count } = await ask<ShardInfo>('get', `${where}/${name}`)
      return doc_count + doc_del_count
    }
    const wanted = await known(here)
    for (const node of nodes)
      for (;;) {
        const has = await known(`_node/${node}`).catch(() => -1) // not made yet
        if (has >= wanted) break
        await ask('post', `${encodeURIComponent(map._id)}/_sync_shards`)
        await pause(lookMs)
      }
  }
}
