import { randomBytes } from 'node:crypto'
import { Gate } from '../gate.ts'
import { Listeners } from '../listeners.ts'
import {
  StoreUnavailable,
  type Change,
  type ChangesOptions,
  type Database,
  type DatabaseInfo,
  type DatabaseReader,
  type Leaf,
  type NewDoc,
  type NewLeaf,
  type RangeOptions,
  type Seq,
  type StoredAttachment,
  type StoredDoc,
  type WriteResult,
} from '../port.ts'
import { assertText, prepare, prepareLeaf, prepareLocal } from '../prepared.ts'
import { ancestryIn } from '../winning.ts'
import { LevelHandle, type MakeLevel } from './level-handle.ts'
import { LevelReader } from './level-reader.ts'
import { readAttachment, readRevision } from './old-revisions.ts'
import { readChanges, readLeaves, readRange, toDoc } from './reads.ts'
import { keys, lineageOf, parseRecord, type DocRecord } from './records.ts'
import { knows } from './revision-tree.ts'
import { Writer } from './writer.ts'

/** So many documents are read at once, from LevelDB's cache or the system's: another thread takes ten times as long. */
const few = 4

function storeError(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (typeof code !== 'string' || !code.startsWith('LEVEL_')) return cause
  return new StoreUnavailable('The embedded store did not answer.', { cause })
}

/** A database in a LevelDB of its own; see the README beside the port. */
export class LevelDatabase implements Database {
  readonly name: string
  readonly #handle: LevelHandle
  readonly #gate = new Gate('embedded store')
  readonly #listeners = new Listeners()
  readonly #writer: Writer
  #closing: Promise<void> | undefined
  #identity: Promise<string> | undefined

  private constructor(name: string, handle: LevelHandle, keepOld: boolean) {
    this.name = name
    this.#handle = handle
    this.#writer = new Writer(handle, { keepOld, onChange: () => this.#listeners.notify() })
  }

  /** Opens the database in `directory`, or makes it. */
  static async open(options: {
    name: string
    directory: string
    make: MakeLevel
    keepOld: boolean
  }): Promise<LevelDatabase> {
    const handle = new LevelHandle(options.directory, options.make)
    await handle.readable()
    return new LevelDatabase(options.name, handle, options.keepOld)
  }

  /** Whether the last write could not be brought to disk. */
  get failed(): boolean {
    return this.#handle.failed
  }

  info(): Promise<DatabaseInfo> {
    return this.#run(async () => {
      await this.#handle.readable()
      const { docCount, updateSeq } = this.#handle.counters
      return { docCount, updateSeq }
    })
  }

  identity(): Promise<string> {
    return (this.#identity ??= this.#run(async () => {
      const level = await this.#handle.readable()
      const kept = await level.get(keys.identity)
      if (kept !== undefined) return kept
      const made = randomBytes(9).toString('base64url')
      await level.put(keys.identity, made, { sync: true })
      return made
    }).catch((error: unknown) => {
      this.#identity = undefined
      throw error
    }))
  }

  reader(): Promise<DatabaseReader> {
    return this.#run(async () => new LevelReader(await this.#handle.readable(), (work) => this.#run(work)))
  }

  async get(id: string): Promise<StoredDoc | undefined> {
    return (await this.getMany([id]))[0]
  }

  getMany(ids: readonly string[]): Promise<(StoredDoc | undefined)[]> {
    return this.#run(async () => {
      const asked = [...ids]
      asked.forEach(assertText)
      const level = await this.#handle.readable()
      const wanted = asked.map(keys.doc)
      const texts = asked.length > few ? await level.getMany(wanted) : wanted.map((key) => level.getSync(key))
      return asked.map((id, at) => toDoc(id, texts[at]))
    })
  }

  range(options: RangeOptions): Promise<StoredDoc[]> {
    return this.#run(async () => readRange(await this.#handle.readable(), options))
  }

  write(docs: readonly NewDoc[]): Promise<WriteResult[]> {
    return this.#run(async () => {
      return this.#writer.write({ kind: 'edits', edits: docs.map(prepare) })
    })
  }

  changes(options: ChangesOptions): Promise<{ changes: Change[]; lastSeq: Seq }> {
    return this.#run(async () => {
      const level = await this.#handle.readable()
      return readChanges(level, options, this.#handle.counters.updateSeq)
    })
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  attachment(id: string, rev: string, name: string): Promise<StoredAttachment | undefined> {
    return this.#run(async () => {
      assertText(id)
      return readAttachment(await this.#handle.readable(), { id, rev, name })
    })
  }

  revision(id: string, rev: string): Promise<Leaf | undefined> {
    return this.#run(async () => {
      assertText(id)
      return readRevision(await this.#handle.readable(), id, rev)
    })
  }

  compact(): Promise<void> {
    return this.#run(async () => {
      await this.#writer.write({ kind: 'compact' })
    })
  }

  leaves(id: string): Promise<Leaf[]> {
    return this.#run(async () => {
      assertText(id)
      return readLeaves(await this.#handle.readable(), id)
    })
  }

  async ancestry(id: string, rev: string): Promise<string[] | undefined> {
    return ancestryIn(await this.leaves(id), rev)
  }

  missingRevs(request: Readonly<Record<string, readonly string[]>>): Promise<Record<string, string[]>> {
    return this.#run(async () => {
      const asked = Object.entries(request)
      asked.forEach(([id]) => assertText(id))
      const level = await this.#handle.readable()
      const texts = await level.getMany(asked.map(([id]) => keys.doc(id)))
      const missing = asked.map(([id, revs], at): [string, string[]] => [id, unknownOf(revs, texts[at])])
      return Object.fromEntries(missing.filter(([, revs]) => revs.length > 0))
    })
  }

  writeRevisions(leaves: readonly NewLeaf[]): Promise<void> {
    return this.#run(async () => {
      await this.#writer.write({ kind: 'leaves', leaves: leaves.map(prepareLeaf) })
    })
  }

  getLocal(id: string): Promise<{ [field: string]: unknown } | undefined> {
    return this.#run(async () => {
      assertText(id)
      const level = await this.#handle.readable()
      const text = await level.get(keys.local(id))
      return text === undefined ? undefined : (JSON.parse(text) as { [field: string]: unknown })
    })
  }

  putLocal(id: string, body: { [field: string]: unknown } | null): Promise<void> {
    return this.#run(async () => {
      await this.#writer.write({ kind: 'local', id, body: prepareLocal(id, body) })
    })
  }

  /** Refuses new calls, waits for those under way, and closes. */
  close(): Promise<void> {
    this.#closing ??= this.#gate.close().then(() => {
      this.#listeners.clear()
      return this.#handle.close()
    })
    return this.#closing
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.run(async () => {
      try {
        return await work()
      } catch (error) {
        throw storeError(error)
      }
    })
  }
}

function unknownOf(revs: readonly string[], text: string | undefined): string[] {
  if (text === undefined) return [...revs]
  const record = parseRecord<DocRecord>(text)
  const winner = { rev: record.rev, deleted: record.deleted === true }
  return revs.filter((rev) => !knows(lineageOf(record), winner, rev))
}
