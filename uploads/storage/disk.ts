/**
 * Files on a disk of this machine:
 *
 *     <directory>/incoming/<uuid>                        arriving, or left over from a crash
 *     <directory>/partial/group-<groupId>-<uuid>         arriving in pieces (disk-partials.ts)
 *     <directory>/group-<groupId>/ab/cd/abcd…            committed, named by the SHA-256 of the bytes
 *
 * A commit is a rename: a reader sees no file or all of it. The bytes are synced before it and the folders after
 * it, every time all of them, because another process may have made one and died before that was on disk.
 */
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdir, open, opendir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { DiskPartials } from './disk-partials.ts'
import { stagedFile, sweepFolder, writeStaged, type Measured } from './disk-staging.ts'
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

export interface DiskStorageOptions {
  /** Made where it is missing. Everything in it belongs to the storage. */
  directory: string
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const makeFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

class DiskStorage implements FileStorage {
  readonly #directory: string
  readonly #incoming: string
  readonly partials: PartialFiles
  readonly #closing = new AbortController()
  /** Files that are arriving, so that dispose can wait until each has cleaned up. */
  readonly #arriving = new Set<Promise<unknown>>()
  readonly #staged = new Set<StagedFile>()

  constructor(directory: string, incoming: string) {
    this.#directory = directory
    this.#incoming = incoming
    setMaxListeners(0, this.#closing.signal) // one for each file that is arriving
    this.partials = new DiskPartials({
      directory: join(directory, 'partial'),
      incoming,
      signal: this.#closing.signal,
      hold: (groupId, path, measured) => this.#hold(groupId, path, measured),
    })
  }

  async stage(groupId: number, bytes: Readable | AsyncIterable<Uint8Array>): Promise<StagedFile> {
    if (this.#closing.signal.aborted) throw new StorageClosed('The file storage is closed.')
    this.#groupFolder(groupId)
    const arrival = this.#receive(groupId, bytes)
    const settled = arrival.catch(() => undefined)
    this.#arriving.add(settled)
    try {
      return await arrival
    } finally {
      this.#arriving.delete(settled)
    }
  }

  async #receive(groupId: number, bytes: Readable | AsyncIterable<Uint8Array>): Promise<StagedFile> {
    const path = join(this.#incoming, randomUUID())
    const measured = await writeStaged({ path, bytes, signal: this.#closing.signal })
    return this.#hold(groupId, path, measured)
  }

  /** A written file in `incoming` as its receiver holds it. */
  #hold(groupId: number, path: string, measured: Measured): StagedFile {
    const file = stagedFile({
      path,
      measured,
      publish: () => this.#publish(path, { groupId, sha256: measured.sha256 }),
      onEnd: (ended) => this.#staged.delete(ended),
    })
    this.#staged.add(file)
    return file
  }

  async #publish(from: string, address: FileAddress): Promise<FileAddress> {
    const to = this.#pathOf(address)
    const folder = dirname(to)
    await makeFolder(folder)
    const now = new Date()
    await utimes(from, now, now) // committed now, whenever it was written: `removeOlder` goes by it
    await rename(from, to)
    await rm(from, { force: true }) // a rename onto another name of the same bytes does nothing
    const above = dirname(folder)
    await Promise.all([folder, above, dirname(above), this.#directory].map(syncFolder))
    return address
  }

  async stat(address: FileAddress): Promise<{ size: number } | undefined> {
    try {
      return { size: (await stat(this.#pathOf(address))).size }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async open(address: FileAddress, range?: ByteRange): Promise<Readable> {
    try {
      const handle = await open(this.#pathOf(address), 'r')
      return handle.createReadStream(range)
    } catch (error) {
      if (isMissing(error)) throw new FileMissing('There is no such file.', { cause: error })
      throw error
    }
  }

  async remove(address: FileAddress): Promise<void> {
    await rm(this.#pathOf(address), { force: true })
  }

  async removeOlder(address: FileAddress, before: number): Promise<boolean> {
    // Out of reach first, then looked at: a commit of the same bytes in between is a file of its own.
    const aside = join(this.#incoming, randomUUID())
    const path = this.#pathOf(address)
    try {
      if ((await stat(path)).mtimeMs >= before) return false
      await rename(path, aside)
      const late = (await stat(aside)).mtimeMs >= before
      if (late) await rename(aside, path)
      else await rm(aside, { force: true })
      return !late
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  sweepArriving(before: number): Promise<void> {
    return sweepFolder(this.#incoming, before)
  }

  async *list(): AsyncGenerator<StoredFile> {
    for (const group of await readdir(this.#directory)) {
      const groupId = Number(/^group-(\d+)$/.exec(group)?.[1])
      if (!groupId) continue
      for await (const entry of await opendir(join(this.#directory, group), { recursive: true }))
        if (entry.isFile()) {
          const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
          if (found) yield { groupId, sha256: entry.name, storedAt: found.mtimeMs }
        }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#arriving)
    await Promise.all([...this.#staged].map((file) => file.abort()))
  }

  /** Refuses what is no group id or no SHA-256, so that no address can name a place outside its group's folder. */
  #groupFolder(groupId: number): string {
    if (!Number.isSafeInteger(groupId) || groupId < 1) throw new TypeError(`Not a group id: ${groupId}`)
    return join(this.#directory, `group-${groupId}`)
  }

  #pathOf({ groupId, sha256 }: FileAddress): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('Not a SHA-256 in lower-case hex.')
    return join(this.#groupFolder(groupId), sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  }
}

/** Opens the files of a directory. */
export const openDiskStorage = async ({ directory }: DiskStorageOptions): Promise<FileStorage> => {
  const incoming = join(directory, 'incoming')
  await Promise.all([makeFolder(incoming), makeFolder(join(directory, 'partial'))])
  return new DiskStorage(directory, incoming)
}
