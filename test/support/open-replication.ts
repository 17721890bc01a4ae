/** A server that speaks the replication protocol to everybody, over an embedded store of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveOpen } from '../../sync/replication/serve-open.ts'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { Store } from '../../sync/store/port.ts'

export type Json = Record<string, unknown>

export interface Reply {
  status: number
  headers: Headers
  body: Json
  text: string
}

export interface OpenReplication extends AsyncDisposable {
  url: string
  store: Store
  /** For databases of PouchDB on LevelDB. */
  directory: string
  /** What the server could not explain. */
  faults: unknown[]
  request(
    path: string,
    options?: { method?: string; json?: unknown; raw?: string; headers?: HeadersInit },
  ): Promise<Reply>
}

export const startOpenReplication = async (): Promise<OpenReplication> => {
  const directory = await mkdtemp(join(tmpdir(), 'vetspace-replication-'))
  const store = await openLevelStore({ dataDir: directory })
  const faults: unknown[] = []
  const server = await serveOpen({ store, port: 0, onFault: (error) => faults.push(error) })
  return {
    ...{ url: server.url, store, directory, faults },
    async request(path, { method, json, raw, headers } = {}) {
      const body = json === undefined ? raw : JSON.stringify(json)
      const response = await fetch(server.url + path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type') === 'application/json' && /^[[{]/.test(text)
      const { status } = response
      return { status, headers: response.headers, text, body: isJson ? safeParse(text) : {} }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A continuous feed has the type of JSON and is none. */
const safeParse = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}
