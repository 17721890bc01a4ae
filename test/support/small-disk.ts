/** A disk of a few megabytes in memory, to be filled; made by mounting a tmpfs, which root may. */
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SmallDisk extends AsyncDisposable {
  directory: string
  /** Takes all the room there is. */
  fill(): Promise<void>
  /** Gives it back. */
  clear(): Promise<void>
}

/** undefined where this user may not mount. */
export const mountSmallDisk = async (megabytes: number): Promise<SmallDisk | undefined> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory])
  } catch {
    await rmdir(directory)
    return undefined
  }
  const filler = path.join(directory, 'filler')
  return {
    directory,
    async fill() {
      const handle = await open(filler, 'a')
      const full = (error: unknown): void => {
        if ((error as { code?: unknown }).code !== 'ENOSPC') throw error
      }
      // Large pieces first, then what is left of the last page.
      try {
        for (const size of [1 << 20, 4096, 1]) {
          const piece = Buffer.alloc(size)
          for (let more = true; more;)
            more = await handle.appendFile(piece).then(
              () => true,
              (error: unknown) => (full(error), false),
            )
        }
      } finally {
        await handle.close()
      }
    },
    clear: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      await run('umount', [directory])
      await rmdir(directory)
    },
  }
}
