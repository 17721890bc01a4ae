/**
 * A file storage whose small files are in CouchDB (couch-files.ts) and whose others are in another storage, through which
 * all of them arrive. What is in either is found, so that the limit may change.
 */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { CouchFiles } from './couch-files.ts'
import {
  FileMissing,
  StorageClosed,
  type ByteRange,
  type FileAddress,
  type FileStorage,
  type PartialFiles,
  type StagedFile,
  type StoredFile,
} from './port.ts'

export interface SmallInCouchOptions {
  couch: CouchFiles
  /** Keeps the others; disposed with this. */
  others: FileStorage
  /** Largest file in bytes that is kept in CouchDB; 0: none any more. */
  limit: number
}

export class SmallInCouch implements FileStorage {
  readonly partials: PartialFiles
  readonly #couch: CouchFiles
  readonly #others: FileStorage
  readonly #limit: number

  constructor({ couch, others, limit }: SmallInCouchOptions) {
    this.#couch = couch
    this.#others = others
    this.#limit = limit
    const { partials } = others
    this.partials = {
      create: (key) => partials.create(key),
      size: (key) => partials.size(key),
      append: (key, offset, bytes) => partials.append(key, offset, bytes),
      takeOver: (key) => partials.takeOver(key),
      truncate: (key, size) => partials.truncate(key, size),
      remove: (key) => partials.remove(key),
      stage: async (groupId, keys) => this.#held(groupId, await partials.stage(groupId, keys)),
    }
  }

  async stage(groupId: number, bytes: Readable | AsyncIterable<Uint8Array>): Promise<StagedFile> {
    return this.#held(groupId, await this.#others.stage(groupId, bytes))
  }

  #held(groupId: number, staged: StagedFile): StagedFile {
    const { sha256, size } = staged
    if (size > this.#limit) return staged
    let ended = false
    const abort = async (): Promise<void> => {
      ended = true
      await staged.abort()
    }
    const commit = async (): Promise<FileAddress> => {
      if (ended) throw new StorageClosed('This staged file was committed or aborted before.')
      ended = true
      try {
        const address = { groupId, sha256 }
        await this.#couch.put(address, await buffer(await staged.open()))
        return address
      } finally {
        await staged.abort()
      }
    }
    const look = (range?: ByteRange): Promise<Readable> => staged.open(range)
    return { sha256, size, open: look, commit, abort, [Symbol.asyncDispose]: abort }
  }

  async stat(address: FileAddress): Promise<{ size: number } | undefined> {
    const there = async () => {
      const size = await this.#couch.size(address)
      return size === undefined ? undefined : { size }
    }
    const elsewhere = () => this.#others.stat(address)
    return this.#limit > 0
      ? ((await there()) ?? (await elsewhere()))
      : ((await elsewhere()) ?? (await there()))
  }

  async open(address: FileAddress, range?: ByteRange): Promise<Readable> {
    if (this.#limit > 0)
      return (await this.#couch.open(address, range)) ?? (await this.#others.open(address, range))
    try {
      return await this.#others.open(address, range)
    } catch (error) {
      const bytes = error instanceof FileMissing ? await this.#couch.open(address, range) : undefined
      if (!bytes) throw error
      return bytes
    }
  }

  async remove(address: FileAddress): Promise<void> {
    await this.#couch.remove(address)
    await this.#others.remove(address)
  }

  async removeOlder(address: FileAddress, before: number): Promise<boolean> {
    const removed = await this.#couch.removeOlder(address, before)
    return (await this.#others.removeOlder(address, before)) || removed
  }

  sweepArriving(before: number): Promise<void> {
    return this.#others.sweepArriving(before)
  }

  async *list(): AsyncGenerator<StoredFile> {
    yield* this.#couch.list()
    yield* this.#others.list()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#others[Symbol.asyncDispose]()
  }
}
