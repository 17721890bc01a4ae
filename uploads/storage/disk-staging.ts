/** The first half of a disk upload: bytes on their way into a file that nobody can find yet. */
import { createHash } from 'node:crypto'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { StorageClosed, type ByteRange, type FileAddress, type StagedFile } from './port.ts'
import { WriteBehind } from './write-behind.ts'

/** What is known of bytes once they have all passed. */
export interface Measured {
  sha256: string
  size: number
}

/**
 * Writes a new file, hashed on the way, and syncs it; what the source brings faster than the disk takes it waits there.
 * Where that fails, or `signal` aborts it, no file is left.
 */
export const writeStaged = async (options: {
  path: string
  bytes: Readable | AsyncIterable<Uint8Array>
  signal: AbortSignal
}): Promise<Measured> => {
  const { path, signal } = options
  const source = options.bytes instanceof Readable ? options.bytes : Readable.from(options.bytes)
  // An error while the file is still being opened must not go unheard; the loop below meets it again.
  source.on('error', () => undefined)
  addAbortSignal(signal, source)
  const hash = createHash('sha256')
  const handle = await open(path, 'wx', 0o600)
  const file = new WriteBehind(handle)
  let size: number
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      const taken = file.take(chunk)
      hash.update(chunk)
      await taken
    }
    size = await file.end()
    await handle.sync()
  } catch (error) {
    await rm(path, { force: true })
    if (signal.aborted) throw new StorageClosed('The file storage is closed.', { cause: error })
    throw error
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex'), size }
}

/** A written file as its receiver holds it: to be committed or aborted, once. `onEnd` hears of either. */
export const stagedFile = (options: {
  path: string
  measured: Measured
  publish: () => Promise<FileAddress>
  onEnd: (file: StagedFile) => void
}): StagedFile => {
  const { path, measured, publish, onEnd } = options
  let ended = false
  const abort = async () => {
    if (ended) return
    ended = true
    await rm(path, { force: true })
    onEnd(file)
  }
  const commit = async () => {
    if (ended) throw new StorageClosed('This staged file was committed or aborted before.')
    ended = true
    try {
      return await publish()
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      onEnd(file)
    }
  }
  const look = async (range?: ByteRange): Promise<Readable> => {
    if (ended) throw new StorageClosed('This staged file was committed or aborted before.')
    return (await open(path, 'r')).createReadStream(range)
  }
  const file: StagedFile = { ...measured, open: look, commit, abort, [Symbol.asyncDispose]: abort }
  return file
}

/** Removes the files of a folder that were last written to before this time (ms since the epoch). */
export const sweepFolder = async (folder: string, before: number): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    // One that is gone meanwhile ended, or another process swept it.
    const found = await stat(path).catch(() => undefined)
    if (found && found.mtimeMs < before) await rm(path, { force: true })
  }
}
