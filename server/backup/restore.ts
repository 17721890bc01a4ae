/**
 * Puts a backup back into a store and a file storage that are empty. Everything that it writes may be written twice, so
 * a restore that was killed begins again at the backup's start and leaves what is there. Until it is whole no server
 * opens the store; then all of it has been read back and compared.
 */
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Database, Store } from '../../sync/store/port.ts'
import {
  copiesOf,
  CopyWriter,
  digestOfDocument,
  digestOfLocal,
  DigestSum,
  type DocumentCopy,
} from '../../sync/store/transfer/document-copy.ts'
import { countDocuments } from '../../sync/store/transfer/walk.ts'
import type { FileAddress, FileStorage } from '../../uploads/storage/port.ts'
import { CliError } from '../cli/command.ts'
import type { WorkProgress } from '../cli/work-progress.ts'
import { optionsOf } from '../databases.ts'
import { Filling, isFileDocument } from '../unfinished.ts'
import type { FileHead, Manifest } from './contents.ts'
import { drained, readBackup, type Item } from './read-backup.ts'
import type { Verified } from './verify.ts'

/** Files that are written at once, where they are small. */
const filesAtOnce = 8
const smallFile = 2 * 1024 * 1024

export interface Restoring {
  verified: Verified
  /** Reads the backup from its start. */
  read: () => AsyncIterable<Uint8Array>
  store: Store
  openFiles: () => Promise<FileStorage>
  progress: WorkProgress
}

export interface RestoredDatabase {
  name: string
  /** Deleted ones too. */
  documents: number
  locals: number
  /** Of all that it holds, read back; 64 hex digits. */
  digest: string
}

export interface Restored {
  manifest: Manifest
  databases: RestoredDatabase[]
}

/** @throws StoreUnfinished, CliError; the store is then no whole one, and no server opens it */
export const restore = async (restoring: Restoring): Promise<Restored> => {
  const { verified, store, openFiles, read, progress } = restoring
  const { head, manifest } = verified
  const filling = await Filling.begin(store, { what: 'restore', source: head.id })
  for (const name of head.databases) await store.database(name, optionsOf(name))
  await using files = await openFiles()
  if (!filling.resumed) await assertNoFiles(files)
  const items = manifest.sections.reduce((sum, section) => sum + section.items, 0)
  progress.begin('Restoring', items, 'documents and files')
  const writer = new FileWriter(files)
  for await (const item of readBackup(read())) await put(item, restoring, writer)
  await writer.flush()
  progress.begin('Comparing', items, 'documents and files')
  const databases = await new Comparison(restoring, files).run()
  progress.end()
  await filling.end()
  return { manifest, databases }
}

const assertNoFiles = async (files: FileStorage): Promise<void> => {
  for await (const { groupId } of files.list())
    throw new CliError(`The file storage to be filled is not empty: it has files of group ${groupId}`)
}

const put = async (item: Item, { store, progress }: Restoring, files: FileWriter): Promise<void> => {
  if (item.kind === 'locals') {
    const db = await store.database(item.database, optionsOf(item.database))
    await Promise.all(item.locals.map(({ id, body }) => db.putLocal(id, body)))
  } else if (item.kind === 'documents') {
    const writer = new CopyWriter(await store.database(item.database, optionsOf(item.database)))
    for (const copy of item.copies) await writer.add(copy)
    await writer.flush()
    progress.add(item.copies.length)
  } else if (item.kind === 'database') await store.database(item.database, optionsOf(item.database))
  else if (item.kind === 'file') {
    await files.add(item.file, item.bytes)
    progress.add(1)
  }
}

/** Writes files, small ones several at once: each waits for the disk a while. */
class FileWriter {
  readonly #files: FileStorage
  readonly #under = new Set<Promise<void>>()

  constructor(files: FileStorage) {
    this.#files = files
  }

  async add(file: FileHead, bytes: AsyncGenerator<Buffer>): Promise<void> {
    if ((await this.#files.stat(file))?.size === file.size) return
    if (file.size > smallFile) return await this.#keep(file, bytes)
    const kept = this.#keep(file, streamOf([await buffer(bytes)])).finally(() => this.#under.delete(kept))
    kept.catch(() => undefined) // told by whoever awaits it
    this.#under.add(kept)
    if (this.#under.size >= filesAtOnce) await Promise.race(this.#under)
  }

  /** Resolves when all that was added is on disk. */
  async flush(): Promise<void> {
    await Promise.all(this.#under)
  }

  async #keep({ groupId, sha256 }: FileHead, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await using staged = await this.#files.stage(groupId, bytes)
    if (staged.sha256 !== sha256) throw new CliError('A file of the backup is not what it was')
    await staged.commit()
  }
}

async function* streamOf(bytes: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes
}

/** Reads the backup again and, beside it, what it has become. */
class Comparison {
  readonly #restoring: Restoring
  readonly #files: FileStorage
  readonly #databases = new Map<string, Counted>()

  constructor(restoring: Restoring, files: FileStorage) {
    this.#restoring = restoring
    this.#files = files
  }

  async run(): Promise<RestoredDatabase[]> {
    for await (const item of readBackup(this.#restoring.read())) {
      if (item.kind === 'database') await this.#counted(item.database)
      else if (item.kind === 'locals') await this.#locals(item)
      else if (item.kind === 'documents') await this.#documents(item)
      else if (item.kind === 'file') {
        await drained(item.bytes) // its digest is in its address
        await this.#file(item.file)
      }
    }
    const restored: RestoredDatabase[] = []
    for (const [name, counted] of this.#databases) restored.push(await this.#end(name, counted))
    return restored
  }

  async #counted(name: string): Promise<Counted> {
    let counted = this.#databases.get(name)
    if (!counted) {
      const db = await this.#restoring.store.database(name, optionsOf(name))
      counted = { db, documents: 0, locals: 0, sum: new DigestSum(), changed: new Map() }
      this.#databases.set(name, counted)
    }
    return counted
  }

  async #locals({ database, locals }: Extract<Item, { kind: 'locals' }>): Promise<void> {
    const { db, ...counted } = await this.#counted(database)
    for (const local of locals) {
      const digest = digestOfLocal(local)
      const kept = digestOfLocal({ id: local.id, body: (await db.getLocal(local.id)) ?? {} })
      if (!kept.equals(digest)) throw notTheSame(database)
      counted.sum.add(digest)
    }
    const all = this.#databases.get(database)
    if (all) all.locals += locals.length
  }

  async #documents({ database, copies, again }: Extract<Item, { kind: 'documents' }>): Promise<void> {
    const counted = await this.#counted(database)
    const changed = this.#restoring.verified.again.get(database)
    // Of a document that stands several times the last one counts.
    if (again) for (const copy of copies) counted.changed.set(copy.id, digestOfDocument(copy))
    else
      await this.#same(database, counted, copies.filter(({ id }) => changed?.has(id) !== true).map(toDigest))
    this.#restoring.progress.add(copies.length)
  }

  async #same(name: string, counted: Counted, digests: readonly [string, Buffer][]): Promise<void> {
    await using reader = await counted.db.reader()
    let at = 0
    for await (const copy of copiesOf(
      reader,
      digests.map(([id]) => id),
    )) {
      const [, digest] = digests[at] ?? []
      if (!digest || !digestOfDocument(copy).equals(digest)) throw notTheSame(name)
      counted.sum.add(digest)
      at += 1
    }
    counted.documents += digests.length
  }

  async #file(address: FileAddress): Promise<void> {
    const hash = createHash('sha256')
    for await (const chunk of await this.#files.open(address)) hash.update(chunk as Buffer)
    if (hash.digest('hex') !== address.sha256)
      throw new CliError(`The file ${address.sha256} is not what it was`)
    this.#restoring.progress.add(1)
  }

  async #end(name: string, counted: Counted): Promise<RestoredDatabase> {
    await this.#same(name, counted, [...counted.changed])
    await using reader = await counted.db.reader()
    const own = (id: string): boolean => !isFileDocument(name, id)
    if ((await countDocuments(reader, { own })) !== counted.documents) throw notTheSame(name)
    const { documents, locals, sum } = counted
    return { name, documents, locals, digest: sum.hex }
  }
}

interface Counted {
  db: Database
  documents: number
  locals: number
  sum: DigestSum
  /** Digests of documents that stand several times in the backup. */
  changed: Map<string, Buffer>
}

const toDigest = (copy: DocumentCopy): [string, Buffer] => [copy.id, digestOfDocument(copy)]

const notTheSame = (name: string): CliError =>
  new CliError(
    `The database ${name} is not the same as in the backup: remove what was restored and begin anew`,
  )
