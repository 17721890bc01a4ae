/** PouchDB as it comes from npm, in the part that replicates. */
import { createRequire } from 'node:module'
import { openSyncedPouch } from './synced-pouch.ts'

export interface PouchDoc {
  _id: string
  _rev?: string
  _deleted?: boolean
  _conflicts?: string[]
  [field: string]: unknown
}

export interface Replicated {
  ok: boolean
  docs_read: number
  docs_written: number
  doc_write_failures: number
  errors: unknown[]
}

interface Replication extends Promise<Replicated> {
  on(event: string, listener: (value: unknown) => void): Replication
  cancel(): void
}

interface Replicate {
  to(target: Pouch, options?: object): Replication
  from(source: Pouch, options?: object): Replication
}

export interface Pouch {
  put(doc: PouchDoc): Promise<{ rev: string }>
  get(id: string, options?: object): Promise<PouchDoc>
  getAttachment(id: string, name: string, options?: object): Promise<Buffer>
  putAttachment(
    id: string,
    name: string,
    rev: string,
    bytes: Buffer | string,
    type: string,
  ): Promise<{ rev: string }>
  removeAttachment(id: string, name: string, rev: string): Promise<{ rev: string }>
  remove(id: string, rev: string): Promise<{ rev: string }>
  bulkDocs(docs: readonly PouchDoc[], options?: object): Promise<{ ok?: boolean; id: string; rev: string }[]>
  bulkGet(options: object): Promise<{ results: { id: string; docs: object[] }[] }>
  allDocs(options?: object): Promise<{ total_rows: number; rows: { id: string; doc?: PouchDoc }[] }>
  changes(options: object): Replication & Promise<{ results: { id: string }[]; last_seq: unknown }>
  info(): Promise<{ doc_count: number }>
  destroy(): Promise<unknown>
  close(): Promise<void>
  replicate: Replicate
  sync(remote: Pouch, options?: object): Replication
}

interface PouchClass {
  plugin(plugin: unknown): PouchClass
  new (name: string, options: object): Pouch
}

const require = createRequire(import.meta.url)
const core = require('pouchdb-core') as { default?: PouchClass } & PouchClass
const PouchDB = (core.default ?? core)
  .plugin(require('pouchdb-adapter-http'))
  .plugin(require('pouchdb-replication'))

/** A PouchDB on LevelDB in this directory. */
export const openLocal = (directory: string): { db: Pouch } & AsyncDisposable => {
  const opened = openSyncedPouch(directory)
  return {
    db: opened.db as unknown as Pouch,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** PouchDB's client of a database behind HTTP, which it makes where it is missing. */
export const openRemote = (url: string): Pouch => new PouchDB(url, { adapter: 'http' })

/** Resolves when `done` finds what it waits for; asked again after each change of the database. */
export const until = async (db: Pouch, done: () => Promise<boolean>): Promise<void> => {
  if (await done()) return
  await new Promise<void>((resolve, reject) => {
    const feed = db.changes({ live: true, since: 0, return_docs: false })
    const look = (): void => {
      done().then((found) => {
        if (!found) return
        feed.cancel()
        resolve()
      }, reject)
    }
    void feed.on('change', look).on('error', reject as (value: unknown) => void)
  })
}
