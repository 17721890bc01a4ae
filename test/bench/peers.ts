/** The peers of our own sync: PouchDB 9 and RxDB's `replicateCouchDB`, at their own batch sizes. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createRxDatabase, type RxCollection } from 'rxdb'
import { replicateCouchDB } from 'rxdb/plugins/replication-couchdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { startOpenReplication } from '../support/open-replication.ts'
import { openLocal, openRemote, type PouchDoc } from '../support/replicating-pouch.ts'
import { timed } from './row.ts'

/** A database behind HTTP. The URL may hold a name and a password, as PouchDB takes them. */
export interface PeerDatabase {
  url: string
}

/** On CouchDB where COUCHDB_URL is set, else on the conformance server: a database with these documents. */
export const withPeerDatabase = async <T>(
  docs: readonly object[],
  work: (database: PeerDatabase) => Promise<T>,
): Promise<T> => {
  await using open = await startOpenReplication()
  const couch = process.env['COUCHDB_URL']
  const url = `${couch === undefined ? open.url : couch.replace(/\/$/, '')}/bench-${randomUUID()}`
  await ask(url, 'PUT', '')
  try {
    if (docs.length > 0) await ask(url, 'POST', '/_bulk_docs', JSON.stringify({ docs }))
    return await work({ url })
  } finally {
    await ask(url, 'DELETE', '')
  }
}

const plainUrl = (url: string): string => {
  const plain = new URL(url)
  plain.username = plain.password = ''
  return plain.href
}

const headersOf = (url: string): Record<string, string> => {
  const { username, password } = new URL(url)
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return username ? { Authorization: `Basic ${Buffer.from(both).toString('base64')}` } : {}
}

/** Asks a database, signed in as its URL says. */
export const ask = async (url: string, method: string, to: string, body?: string): Promise<unknown> => {
  const headers = { ...headersOf(url), 'Content-Type': 'application/json' }
  const answer = await fetch(`${plainUrl(url)}${to}`, { method, headers, ...(body ? { body } : {}) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${to} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

const withLocal = async <T>(work: (local: ReturnType<typeof openLocal>['db']) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-peer-'))
  try {
    await using local = openLocal(directory)
    return await work(local.db)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Seconds that PouchDB takes to pull what is there, or what has come since a place in the changes.
 * @param expected documents that have to come
 */
export const pullByPouch = ({ url }: PeerDatabase, expected: number, since?: unknown): Promise<number> =>
  withLocal(async (local) => {
    const remote = openRemote(url)
    let read = 0
    const ms = await timed(async () => {
      read = (await local.replicate.from(remote, since === undefined ? {} : { since })).docs_read
    })
    if (read < expected) throw new Error(`PouchDB read ${read} documents of ${expected}`)
    return ms / 1000
  })

/** Seconds that PouchDB takes to push documents that it has. */
export const pushByPouch = ({ url }: PeerDatabase, docs: readonly PouchDoc[]): Promise<number> =>
  withLocal(async (local) => {
    await local.bulkDocs(docs)
    const remote = openRemote(url)
    return (await timed(() => local.replicate.to(remote))) / 1000
  })

const withCollection = async <T>(work: (collection: RxCollection) => Promise<T>): Promise<T> => {
  const database = await createRxDatabase({
    ...{ name: `peer-${randomUUID()}`, storage: getRxStorageMemory(), multiInstance: false },
  })
  try {
    const schema = {
      ...{ version: 0, primaryKey: 'id', type: 'object' },
      properties: { id: { type: 'string', maxLength: 200 } },
    } as const
    const { records } = await database.addCollections({ records: { schema } })
    return await work(records as RxCollection)
  } finally {
    await database.close()
  }
}

const replicate = async (
  { url }: PeerDatabase,
  collection: RxCollection,
  ways: Pick<Parameters<typeof replicateCouchDB>[0], 'pull' | 'push'>,
): Promise<number> => {
  const replication = replicateCouchDB({
    ...{ replicationIdentifier: url, collection, live: false, waitForLeadership: false },
    url: `${plainUrl(url)}/`,
    fetch: (to, init) => fetch(to, { ...init, headers: { ...init?.headers, ...headersOf(url) } }),
    ...ways,
  })
  return (await timed(() => replication.awaitInitialReplication())) / 1000
}

/** As `pullByPouch`, by `replicateCouchDB`. */
export const pullByRxdb = (database: PeerDatabase, expected: number, since?: unknown): Promise<number> =>
  withCollection(async (collection) => {
    const from = since === undefined ? {} : { initialCheckpoint: { sequence: since as number } }
    const seconds = await replicate(database, collection, { pull: from })
    const read = await collection.count().exec()
    if (read < expected) throw new Error(`replicateCouchDB read ${read} documents of ${expected}`)
    return seconds
  })

/** As `pushByPouch`, by `replicateCouchDB`. */
export const pushByRxdb = (database: PeerDatabase, docs: readonly PouchDoc[]): Promise<number> =>
  withCollection(async (collection) => {
    await collection.bulkInsert(docs.map(({ _id, ...fields }) => ({ ...fields, id: _id })))
    return await replicate(database, collection, { push: {} })
  })
