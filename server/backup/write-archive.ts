/** Writes a backup to a file under another name, which is given its own when all of it is on disk and was read back. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { syncDirectory } from '../../sync/store/level/level-handle.ts'
import { CliError } from '../cli/command.ts'
import { blockBytes, newSealer, packed, type Sealer } from './archive-file.ts'

/** Blocks that are compressed at once. */
const atOnce = 3

export interface Writing {
  file: string
  frames: AsyncIterable<Uint8Array>
  passphrase: string | undefined
  /** Reads the file back under the name that it has until then. */
  check: (file: string) => Promise<void>
  /** Bytes of frames that were written. */
  onBytes: (bytes: number) => void
}

/** @throws CliError where there is a file of this name already; whatever fails, nothing of it stays */
export const writeArchive = async ({ file, frames, passphrase, check, onBytes }: Writing): Promise<void> => {
  await assertFree(file)
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  const handle = await open(partial, 'wx', 0o600)
  try {
    await writeBlocks(handle, { frames, sealer: await newSealer(passphrase), onBytes })
    await handle.sync()
    await handle.close()
    await check(partial)
    await assertFree(file)
    await rename(partial, file)
    await syncDirectory(path.dirname(path.resolve(file)))
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw error
  }
}

const assertFree = async (file: string): Promise<void> => {
  const there = await open(file, 'r').catch(() => undefined)
  await there?.close()
  if (there) throw new CliError(`${file} is there already; a backup replaces no file`)
}

const writeBlocks = async (
  handle: FileHandle,
  {
    frames,
    sealer,
    onBytes,
  }: { frames: AsyncIterable<Uint8Array>; sealer: Sealer; onBytes: Writing['onBytes'] },
): Promise<void> => {
  await handle.write(sealer.head)
  const under: Promise<Buffer>[] = []
  let at = 0
  const store = async (isLast: boolean): Promise<void> => {
    const block = await under.shift()
    if (!block) return
    const sealed = sealer.seal(block, at, isLast)
    at += 1
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    await handle.writev([length, sealed])
  }
  let before: Buffer | undefined
  for await (const bytes of blocksOf(frames)) {
    if (before) under.push(settled(packed(before, false)))
    before = bytes
    onBytes(bytes.length)
    if (under.length >= atOnce) await store(false)
  }
  while (under.length > 0) await store(false)
  under.push(packed(before ?? Buffer.alloc(0), true))
  await store(true)
}

/** Awaited in its turn: what fails before that must not count as not looked after. */
const settled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}

/** The bytes in pieces of one size, the last one shorter. */
async function* blocksOf(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(blockBytes)
  let filled = 0
  for await (const chunk of frames) {
    for (let from = 0; from < chunk.byteLength;) {
      const taken = Math.min(blockBytes - filled, chunk.byteLength - from)
      block.set(chunk.subarray(from, from + taken), filled)
      filled += taken
      from += taken
      if (filled < blockBytes) continue
      yield block
      block = Buffer.allocUnsafe(blockBytes)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}
