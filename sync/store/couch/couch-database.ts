import { randomBytes } from 'node:crypto'
import { Gate } from '../gate.ts'
import { Listeners } from '../listeners.ts'
import type {
  Change,
  ChangesOptions,
  Database,
  DatabaseInfo,
  DatabaseReader,
  Leaf,
  NewDoc,
  NewLeaf,
  RangeOptions,
  Seq,
  StoredAttachment,
  StoredDoc,
  WriteResult,
} from '../port.ts'
import { assertText, isDocId, isRevision, prepare, prepareLeaf, prepareLocal } from '../prepared.ts'
import { ancestryIn } from '../winning.ts'
import { rowsOf, toChange, toLeaves, type ChangesAnswer } from './answers.ts'
import { ChangeFeed } from './change-feed.ts'
import type { CouchClient, CouchRequest } from './couch-client.ts'
import { readAttachment, readDocs, readLeavesOf, readLocals, readRange } from './couch-reads.ts'
import { identityId } from './local-ids.ts'
import { acknowledged, chunks, writeDocs, writeLeaves } from './couch-writes.ts'

function pathOf(id: string): string {
  const design = '_design/'
  return id.startsWith(design) ? design + encodeURIComponent(id.slice(design.length)) : encodeURIComponent(id)
}

/** A database of a CouchDB. */
export class CouchDatabase implements Database {
  readonly name: string
  readonly #client: CouchClient
  readonly #db: string
  readonly #gate = new Gate('database of CouchDB')
  readonly #listeners = new Listeners()
  #feed: ChangeFeed | undefined
  #identity: string | undefined

  /** @param options.db its name in CouchDB */
  constructor(options: { name: string; db: string; client: CouchClient }) {
    this.name = options.name
    this.#db = options.db
    this.#client = options.client
  }

  info(): Promise<DatabaseInfo> {
    return this.#run(async () => {
      const { body } = await this.#ask({})
      const { doc_count, update_seq } = body as { doc_count: number; update_seq: Seq }
      return { docCount: doc_count, updateSeq: update_seq }
    })
  }

  async identity(): Promise<string> {
    this.#identity ??= await this.#keptIdentity()
    return this.#identity
  }

  /** In a local document, which CouchDB copies to no other database. */
  async #keptIdentity(): Promise<string> {
    const kept = await this.getLocal(identityId)
    if (typeof kept?.['identity'] === 'string') return kept['identity']
    await this.putLocal(identityId, { identity: randomBytes(9).toString('base64url') })
    return String((await this.getLocal(identityId))?.['identity'])
  }

  reader(): Promise<DatabaseReader> {
    return Promise.resolve({
      frozen: false,
      changes: (options) => this.changes(options),
      leavesOf: (ids) => this.#run(() => readLeavesOf(this.#client, this.#db, ids)),
      attachment: (id, rev, name) => this.attachment(id, rev, name),
      locals: (options) => this.#run(() => readLocals(this.#client, this.#db, options)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    })
  }

  get(id: string): Promise<StoredDoc | undefined> {
    return this.#run(async () => {
      assertText(id)
      if (!isDocId(id)) return undefined
      const { body } = await this.#ask({ path: pathOf(id), expected: [404] })
      return body as StoredDoc | undefined
    })
  }

  getMany(ids: readonly string[]): Promise<(StoredDoc | undefined)[]> {
    return this.#run(async () => readDocs(this.#client, this.#db, [...ids]))
  }

  range(options: RangeOptions): Promise<StoredDoc[]> {
    return this.#run(async () => readRange(this.#client, this.#db, options))
  }

  write(docs: readonly NewDoc[]): Promise<WriteResult[]> {
    return this.#run(async () => writeDocs(this.#client, this.#db, docs.map(prepare)))
  }

  changes(options: ChangesOptions): Promise<{ changes: Change[]; lastSeq: Seq }> {
    return this.#run(async () => {
      const { since = 0, limit, docs = false } = options
      // CouchDB takes a limit of 0 for 1.
      if (limit <= 0) return { changes: [], lastSeq: since }
      const query = { style: 'all_docs', since, limit, include_docs: docs }
      const { status, body } = await this.#ask({ path: '_changes', query, expected: [400] })
      if (status === 400) throw new RangeError(`The sequence ${since} is not one of this database.`)
      const rows = rowsOf<ChangesAnswer['results'][number]>(body, 'results')
      return { changes: rows.map(toChange), lastSeq: (body as ChangesAnswer).last_seq }
    })
  }

  subscribe(listener: () => void): () => void {
    const remove = this.#listeners.add(listener)
    const notify = () => this.#listeners.notify()
    if (!this.#gate.closed) this.#feed ??= new ChangeFeed({ client: this.#client, db: this.#db, notify })
    return () => {
      remove()
      if (this.#listeners.size === 0) this.#stopFeed()
    }
  }

  attachment(id: string, rev: string, name: string): Promise<StoredAttachment | undefined> {
    return this.#run(async () => {
      assertText(id)
      if (!isDocId(id) || !isRevision(rev)) return undefined
      return readAttachment(this.#client, this.#db, { id, rev, name })
    })
  }

  revision(id: string, rev: string): Promise<Leaf | undefined> {
    return this.#run(async () => {
      assertText(id)
      if (!isDocId(id) || !isRevision(rev)) return undefined
      const body = JSON.stringify({ docs: [{ id, rev }] })
      const answer = await this.#ask({ method: 'POST', path: '_bulk_get', query: { revs: true }, body })
      return toLeaves(answer.body)[0]
    })
  }

  compact(): Promise<void> {
    return this.#run(async () => {
      await this.#ask({ method: 'POST', path: '_compact' })
    })
  }

  leaves(id: string): Promise<Leaf[]> {
    return this.#run(async () => {
      assertText(id)
      if (!isDocId(id)) return []
      // Without a revision _bulk_get gives all leaves, and other than `open_revs` takes any id.
      const body = JSON.stringify({ docs: [{ id }] })
      const answer = await this.#ask({ method: 'POST', path: '_bulk_get', query: { revs: true }, body })
      return toLeaves(answer.body)
    })
  }

  async ancestry(id: string, rev: string): Promise<string[] | undefined> {
    return ancestryIn(await this.leaves(id), rev)
  }

  missingRevs(request: Readonly<Record<string, readonly string[]>>): Promise<Record<string, string[]>> {
    return this.#run(async () => {
      const asked = Object.entries(request)
      asked.forEach(([id]) => assertText(id))
      const missing = new Map<string, string[]>()
      for (const part of chunks(asked, ([id, revs]) => id.length + revs.length * 40)) {
        const known = part
          .filter(([id]) => isDocId(id))
          .map(([id, revs]) => [id, revs.filter(isRevision)] as const)
        const body = JSON.stringify(Object.fromEntries(known))
        const answer = await this.#ask({ method: 'POST', path: '_revs_diff', body })
        const rows = new Map(Object.entries(answer.body as Record<string, { missing: string[] }>))
        for (const [id, revs] of part) {
          const gone = new Set(rows.get(id)?.missing)
          // What CouchDB was not asked, as it would refuse the whole question, is not there.
          const none = revs.filter((rev) => !isDocId(id) || !isRevision(rev) || gone.has(rev))
          if (none.length > 0) missing.set(id, none)
        }
      }
      return Object.fromEntries(missing)
    })
  }

  writeRevisions(leaves: readonly NewLeaf[]): Promise<void> {
    return this.#run(async () => writeLeaves(this.#client, this.#db, leaves.map(prepareLeaf)))
  }

  getLocal(id: string): Promise<{ [field: string]: unknown } | undefined> {
    return this.#run(async () => {
      assertText(id)
      if (!isDocId(id)) return undefined
      const { body } = await this.#ask({ path: `_local/${encodeURIComponent(id)}`, expected: [404] })
      if (body === undefined) return undefined
      const { _id, _rev, ...fields } = body as StoredDoc
      return fields
    })
  }

  putLocal(id: string, body: { [field: string]: unknown } | null): Promise<void> {
    return this.#run(async () => {
      const json = prepareLocal(id, body)
      const path = `_local/${encodeURIComponent(id)}`
      if (json === null) acknowledged(await this.#ask({ method: 'DELETE', path, expected: [404] }))
      else acknowledged(await this.#ask({ method: 'PUT', path, body: json }))
    })
  }

  /** Refuses new calls and waits for those under way, which end within the client's time. */
  async close(): Promise<void> {
    this.#stopFeed()
    this.#listeners.clear()
    await this.#gate.close()
  }

  #stopFeed(): void {
    this.#feed?.stop()
    this.#feed = undefined
  }

  #ask(request: Omit<CouchRequest, 'db'>) {
    return this.#client.request({ ...request, db: this.#db })
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.run(work)
  }
}
