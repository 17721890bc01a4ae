import type { Snapshot } from 'classic-level'
import {
  StoreUnavailable,
  type Change,
  type ChangesOptions,
  type DatabaseReader,
  type Leaf,
  type LocalDoc,
  type Seq,
  type StoredAttachment,
} from '../port.ts'
import { assertText } from '../prepared.ts'
import { allOf } from './in-steps.ts'
import type { Level } from './level-handle.ts'
import { changesIn, leavesIn } from './reads.ts'
import { keys } from './records.ts'

type Run = <T>(work: () => Promise<T>) => Promise<T>

/** A database as it stood when the reader was made: one snapshot of LevelDB, which later writes do not touch. */
export class LevelReader implements DatabaseReader {
  readonly frozen = true
  readonly #level: Level
  readonly #snapshot: Snapshot
  readonly #run: Run

  /** @param run does a call of the database, or refuses it where that is closed */
  constructor(level: Level, run: Run) {
    this.#level = level
    this.#snapshot = level.snapshot()
    this.#run = run
  }

  changes(options: ChangesOptions): Promise<{ changes: Change[]; lastSeq: Seq }> {
    const since = Number(options.since ?? 0)
    return this.#run(() => changesIn(this.#level, this.#snapshot, { ...options, since }))
  }

  leavesOf(ids: readonly string[]): Promise<Leaf[][]> {
    return this.#run(async () => {
      ids.forEach(assertText)
      const texts = await this.#level.getMany(ids.map(keys.doc), { snapshot: this.#snapshot })
      return await Promise.all(ids.map((id, at) => leavesIn(this.#level, this.#snapshot, id, texts[at])))
    })
  }

  attachment(id: string, rev: string, name: string): Promise<StoredAttachment | undefined> {
    return this.#run(async () => {
      const snapshot = this.#snapshot
      const text = await this.#level.get(keys.doc(id), { snapshot })
      const leaves = await leavesIn(this.#level, snapshot, id, text)
      const stubs = leaves.find(({ doc }) => doc._rev === rev)?.doc._attachments ?? {}
      const stub = Object.hasOwn(stubs, name) ? stubs[name] : undefined
      if (!stub) return undefined
      const key = keys.attachment(id, stub.digest)
      const data = await this.#level.get<string, Uint8Array>(key, { valueEncoding: 'view', snapshot })
      if (!data) throw new StoreUnavailable('The embedded store lost the bytes of an attachment.')
      return { stub, data }
    })
  }

  locals({ after = '', limit }: { after?: string; limit: number }): Promise<LocalDoc[]> {
    return this.#run(async () => {
      const range = { gt: keys.local(after), lt: 'm', limit, snapshot: this.#snapshot }
      const entries = await allOf(this.#level.iterator(range))
      return entries.map(([key, text]) => ({ id: key.slice(1), body: JSON.parse(text) as LocalDoc['body'] }))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#snapshot.close()
  }
}
