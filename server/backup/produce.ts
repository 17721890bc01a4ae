/**
 * A backup as a row of frames, of a store that is in use. Files come first, then the databases, then the files that
 * their records name and that had come meanwhile: so a record names no file that is not in the backup. Databases stand
 * in the order in which what refers to another comes before it (`order`), and a database's local documents before its
 * documents, because a client's checkpoint must not be ahead of what is there.
 */
import { randomUUID } from 'node:crypto'
import { filesNamedBy } from '../../sync/feed/document-keys.ts'
import { type Database, type DatabaseReader, type Seq, type Store } from '../../sync/store/port.ts'
import { copiesOf } from '../../sync/store/transfer/document-copy.ts'
import { changePages, localDocuments } from '../../sync/store/transfer/walk.ts'
import { FileMissing, type FileAddress, type FileStorage } from '../../uploads/storage/port.ts'
import { optionsOf } from '../databases.ts'
import { databasesOf, isFileDocument } from '../unfinished.ts'
import { writtenDocument, type Manifest, type Section } from './contents.ts'
import { encodeFrame } from './frames.ts'
import { SectionCount } from './section-count.ts'

export interface BackupSource {
  store: Pick<Store, 'list' | 'database'>
  files: Pick<FileStorage, 'list' | 'open' | 'stat'>
  /** ms since the epoch */
  now: () => number
}

const localsAFrame = 200
const frameBytes = 512 * 1024
/** A database that is never still for so long is taken as it goes. */
const longestUnrestMs = 30_000

/**
 * What was answered to a caller may not be there without the work that it was for (`accounts` has answers of calls,
 * `uploads` the documents that uploads became), and a booking is completed from its ledger, never the other way round.
 */
const order = [/^accounts$/, /^uploads$/, /^(?!group-|ledger-|bridge)/, /^group-/, /^ledger-/, /^bridge/]
const rank = (name: string): number => order.findIndex((pattern) => pattern.test(name))
const inOrder = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }))

const keyOf = ({ groupId, sha256 }: FileAddress): string => `${groupId}/${sha256}`

export async function* backupFrames(source: BackupSource): AsyncGenerator<Buffer> {
  yield* new Backup(source).frames()
}

class Backup {
  readonly #source: BackupSource
  /** Files that are in it. */
  readonly #files = new Set<string>()
  /** Files that records name and that are not in it yet. */
  readonly #named = new Map<string, FileAddress>()
  readonly #manifest: Manifest = { at: '', sections: [], files: 0, fileBytes: 0, missing: [] }

  constructor(source: BackupSource) {
    this.#source = source
  }

  async *frames(): AsyncGenerator<Buffer> {
    const { store, files } = this.#source
    const head = { id: randomUUID(), at: this.#time(), databases: inOrder(await databasesOf(store)) }
    yield encodeFrame('H', JSON.stringify(head))
    yield* this.#filesSection(files.list())
    yield* this.#databases()
    yield* this.#filesSection(this.#named.values())
    this.#manifest.at = this.#time()
    yield encodeFrame('M', JSON.stringify(this.#manifest))
  }

  #time(): string {
    return new Date(this.#source.now()).toISOString()
  }

  async *#databases(): AsyncGenerator<Buffer> {
    const { store } = this.#source
    const databases: Database[] = []
    for (const name of inOrder(await databasesOf(store))) {
      const db = await store.database(name, optionsOf(name))
      await db.info()
      databases.push(db)
    }
    // All in one turn: where readers stand still, they show one moment of the whole store.
    const at = this.#time()
    const readers = await Promise.all(databases.map((db) => db.reader()))
    try {
      for (const [i, reader] of readers.entries()) yield* this.#database(databases[i]?.name ?? '', reader, at)
    } finally {
      await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()))
    }
  }

  async *#database(name: string, reader: DatabaseReader, at: string): AsyncGenerator<Buffer> {
    const count = new SectionCount()
    yield encodeFrame('S', JSON.stringify({ database: name } satisfies Section))
    let locals: string[] = []
    for await (const local of localDocuments(reader)) {
      count.locals += 1
      locals.push(JSON.stringify(local))
      if (locals.length < localsAFrame) continue
      yield count.frame('L', `[${locals.join(',')}]`)
      locals = []
    }
    if (locals.length > 0) yield count.frame('L', `[${locals.join(',')}]`)
    if (reader.frozen) {
      for await (const { changes } of changePages(reader))
        yield* this.#documents(name, { reader, ids: changes.map(({ id }) => id), count, kind: 'D' })
      yield this.#end(name, count, { from: at, to: at })
    } else {
      const times = yield* this.#untilStill(name, reader, count)
      yield this.#end(name, count, times)
    }
  }

  /**
   * A database that goes on changing: what has changed is taken again until nothing has. When nothing has changed since
   * the last look at any of its shards, all of them are as they were when that look began: one moment.
   */
  async *#untilStill(
    name: string,
    reader: DatabaseReader,
    count: SectionCount,
  ): AsyncGenerator<Buffer, { from: string; to: string }> {
    let since: Seq = 0
    let limitAt = Infinity
    for (let pass = 0; ; pass += 1) {
      const [begun, from] = [this.#source.now(), this.#time()]
      let changed = 0
      for await (const { changes, lastSeq } of changePages(reader, { since })) {
        const ids = changes.map(({ id }) => id)
        yield* this.#documents(name, { reader, ids, count, kind: pass === 0 ? 'D' : 'd' })
        changed += ids.length
        since = lastSeq
      }
      if (changed === 0) return { from, to: from }
      if (pass === 0) limitAt = this.#source.now() + longestUnrestMs
      if (begun > limitAt) return { from, to: this.#time() }
    }
  }

  async *#documents(
    name: string,
    {
      reader,
      ids,
      count,
      kind,
    }: { reader: DatabaseReader; ids: readonly string[]; count: SectionCount; kind: 'D' | 'd' },
  ): AsyncGenerator<Buffer> {
    let batch: string[] = []
    let bytes = 0
    const own = ids.filter((id) => !isFileDocument(name, id))
    for await (const copy of copiesOf(reader, own)) {
      const { json, attachments } = writtenDocument(copy)
      this.#note(
        name,
        copy.leaves.map(({ doc }) => doc),
      )
      count.items += 1
      if (kind === 'd') count.again += 1
      batch.push(json)
      bytes += json.length
      if (attachments.length === 0 && bytes < frameBytes) continue
      yield count.frame(kind, `[${batch.join(',')}]`)
      for (const data of attachments) yield count.attachment(data)
      batch = []
      bytes = 0
    }
    if (batch.length > 0) yield count.frame(kind, `[${batch.join(',')}]`)
  }

  /** Remembers which files a group's records name. */
  #note(database: string, docs: readonly { _id: string; [field: string]: unknown }[]): void {
    const groupId = Number(/^group-(\d+)$/.exec(database)?.[1])
    if (!groupId) return
    for (const doc of docs)
      for (const sha256 of filesNamedBy(doc)) {
        const address = { groupId, sha256 }
        if (!this.#files.has(keyOf(address))) this.#named.set(keyOf(address), address)
      }
  }

  #end(name: string, count: SectionCount, times: { from: string; to: string }): Buffer {
    const end = { ...count.end(), ...times }
    this.#manifest.sections.push({ name, ...end })
    return encodeFrame('E', JSON.stringify(end))
  }

  async *#filesSection(
    addresses: AsyncIterable<FileAddress> | Iterable<FileAddress>,
  ): AsyncGenerator<Buffer> {
    const count = new SectionCount()
    const from = this.#time()
    yield encodeFrame('S', JSON.stringify({ files: true } satisfies Section))
    for await (const { groupId, sha256 } of addresses) {
      const key = keyOf({ groupId, sha256 })
      if (!this.#files.has(key)) yield* this.#file({ groupId, sha256 }, count)
    }
    yield this.#end('files', count, { from, to: this.#time() })
  }

  async *#file(address: FileAddress, count: SectionCount): AsyncGenerator<Buffer> {
    const opened = await this.#open(address)
    if (!opened) {
      if (this.#named.has(keyOf(address))) this.#manifest.missing.push(address)
      return
    }
    this.#files.add(keyOf(address))
    yield count.frame('F', JSON.stringify({ ...address, size: opened.size }))
    for await (const chunk of opened.bytes) yield count.frame('B', chunk as Buffer)
    count.items += 1
    this.#manifest.files += 1
    this.#manifest.fileBytes += opened.size
  }

  /** Undefined where it is gone: swept since it was listed. */
  async #open(address: FileAddress) {
    const { files } = this.#source
    try {
      const found = await files.stat(address)
      return found && { size: found.size, bytes: await files.open(address) }
    } catch (error) {
      if (error instanceof FileMissing) return undefined
      throw error
    }
  }
}
