/**
 * Files that arrive in pieces, on a disk. What arrived of one is hashed as it comes: a file that came through one
 * process has not to be read again when it is complete.
 */
import { createHash, randomUUID, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, link, open, rename, rm, stat, truncate, utimes, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { writeStaged, type Measured } from './disk-staging.ts'
import {
  FileMissing,
  StorageClosed,
  type Appended,
  type PartialFiles,
  type PartialKey,
  type StagedFile,
} from './port.ts'
import { WriteBehind } from './write-behind.ts'

export interface DiskPartialsOptions {
  directory: string
  /** Where staged files are; on the same file system. */
  incoming: string
  /** Aborted when the storage is disposed. */
  signal: AbortSignal
  /** Takes a file in `incoming` over as a staged one. */
  hold: (groupId: number, path: string, measured: Measured) => StagedFile
}

interface Running {
  hash: Hash
  /** Bytes that the hash has seen. */
  size: number
}

/** Running hashes that are remembered; of a file whose hash is not, the bytes are read again. */
const mostHashes = 500
const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

export class DiskPartials implements PartialFiles {
  readonly #options: DiskPartialsOptions
  readonly #hashes = new Map<string, Running>()

  constructor(options: DiskPartialsOptions) {
    this.#options = options
  }

  async create(key: PartialKey): Promise<void> {
    const path = this.#pathOf(key)
    const handle = await open(path, 'wx', 0o600)
    await handle.close()
    await syncFolder(dirname(path))
    this.#remember(path, { hash: createHash('sha256'), size: 0 })
  }

  async size(key: PartialKey): Promise<number | undefined> {
    try {
      return (await stat(this.#pathOf(key))).size
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async append(key: PartialKey, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<Appended> {
    const path = this.#pathOf(key)
    const handle = await this.#open(path)
    try {
      const running = this.#hashes.get(path)
      if (running?.size !== offset) this.#hashes.delete(path)
      const appended = await this.#write(handle, offset, bytes, this.#hashes.get(path))
      await handle.sync()
      if (!(await isStillAt(handle, path))) throw new FileMissing('The file was taken over or removed.')
      return appended
    } catch (error) {
      this.#hashes.delete(path)
      throw error
    } finally {
      await handle.close()
    }
  }

  async #open(path: string): Promise<FileHandle> {
    if (this.#options.signal.aborted) throw new StorageClosed('The file storage is closed.')
    try {
      return await open(path, 'r+')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw new FileMissing('There is no such file.', { cause: error })
      throw error
    }
  }

  async #write(
    handle: FileHandle,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    running: Running | undefined,
  ): Promise<Appended> {
    const file = new WriteBehind(handle, offset)
    const source = bytes[Symbol.asyncIterator]()
    for (;;) {
      if (this.#options.signal.aborted)
        return { size: await file.end(), broken: new StorageClosed('The file storage is closed.') }
      let next: IteratorResult<Uint8Array>
      try {
        next = await source.next()
      } catch (error) {
        return { size: await file.end(), broken: error }
      }
      if (next.done === true) return { size: await file.end() }
      const taken = file.take(next.value)
      running?.hash.update(next.value)
      if (running) running.size += next.value.byteLength
      await taken
    }
  }

  /** A copy takes its place: whoever has the former file open writes to what nobody finds. */
  async takeOver(key: PartialKey): Promise<void> {
    const path = this.#pathOf(key)
    this.#hashes.delete(path)
    const copy = join(this.#options.incoming, randomUUID())
    try {
      await copyFile(path, copy)
      const handle = await open(copy, 'r+')
      await handle.sync().finally(() => handle.close())
      await rename(copy, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await rm(copy, { force: true })
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  async truncate(key: PartialKey, size: number): Promise<void> {
    const path = this.#pathOf(key)
    this.#hashes.delete(path)
    await truncate(path, size)
    const handle = await this.#open(path)
    await handle.sync().finally(() => handle.close())
  }

  async stage(groupId: number, keys: readonly PartialKey[]): Promise<StagedFile> {
    const paths = keys.map((key) => this.#pathOf(key))
    const path = join(this.#options.incoming, randomUUID())
    const [only] = paths
    if (only !== undefined && paths.length === 1) {
      await linkOrCopy(only, path)
      // Arriving now, whenever its last byte was written: `sweepArriving` goes by it.
      const now = new Date()
      await utimes(path, now, now)
      return this.#options.hold(groupId, path, await this.#measure(only))
    }
    const whole = Readable.from(inOrder(paths))
    return this.#options.hold(
      groupId,
      path,
      await writeStaged({ path, bytes: whole, signal: this.#options.signal }),
    )
  }

  async #measure(path: string): Promise<Measured> {
    const { size } = await stat(path)
    const running = this.#hashes.get(path)
    if (running?.size === size) return { size, sha256: running.hash.copy().digest('hex') }
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Uint8Array)
    return { size, sha256: hash.digest('hex') }
  }

  async remove(key: PartialKey): Promise<void> {
    const path = this.#pathOf(key)
    this.#hashes.delete(path)
    await rm(path, { force: true })
  }

  #remember(path: string, running: Running): void {
    const [oldest] = this.#hashes.keys()
    if (oldest !== undefined && this.#hashes.size >= mostHashes) this.#hashes.delete(oldest)
    this.#hashes.set(path, running)
  }

  #pathOf({ groupId, id }: PartialKey): string {
    if (!Number.isSafeInteger(groupId) || groupId < 1) throw new TypeError(`Not a group id: ${groupId}`)
    if (!uuidText.test(id)) throw new TypeError('Not a UUID.')
    return join(this.#options.directory, `group-${groupId}-${id}`)
  }
}

const isStillAt = async (handle: FileHandle, path: string): Promise<boolean> => {
  const [mine, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)])
  return mine.ino === there?.ino
}

/** A second name for the same bytes costs nothing; some file systems have none. */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new FileMissing('There is no such file.', { cause: error })
    await copyFile(from, to)
    const handle = await open(to, 'r+')
    await handle.sync().finally(() => handle.close())
  }
}

async function* inOrder(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) for await (const chunk of createReadStream(path)) yield chunk as Uint8Array
}
