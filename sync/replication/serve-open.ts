import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Store } from '../store/port.ts'
import { openReplica } from './open-replica.ts'
import type { DatabaseAdmin, ReplicationOptions } from './replica.ts'
import { replicationRouter } from './router.ts'

export interface OpenServer extends AsyncDisposable {
  readonly url: string
}

/** Databases of a store as clients make and remove them: opening one must not make it. */
function adminOf(store: Store): DatabaseAdmin & { has(name: string): Promise<boolean> } {
  const known = new Set<string>()
  const has = async (name: string): Promise<boolean> => known.has(name) || (await store.list()).includes(name)
  return {
    has,
    async create(name) {
      if (await has(name)) return false
      known.add(name)
      await store.database(name)
      return true
    },
    async compact(name) {
      if (!(await has(name))) return false
      await (await store.database(name)).compact()
      return true
    },
    async destroy(name) {
      if (!(await has(name))) return false
      known.delete(name)
      await store.destroy(name)
      return true
    },
  }
}

/** Serves a store's databases to everybody at the root, as a CouchDB without credentials; for conformance suites. */
export async function serveOpen(
  options: { store: Store; port: number } & Pick<ReplicationOptions, 'onFault'>,
): Promise<OpenServer> {
  const { store, port, onFault } = options
  const admin = adminOf(store)
  const stopping = new AbortController()
  const router = replicationRouter({
    uuid: randomUUID().replaceAll('-', ''),
    databases: admin,
    stopping: stopping.signal,
    onFault,
    open: async (name) => ((await admin.has(name)) ? openReplica(await store.database(name)) : undefined),
  })
  const server = createServer(express().disable('x-powered-by').use(router))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      stopping.abort()
      server.close()
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), 2000)
      await closed
      clearTimeout(late)
    },
  }
}
