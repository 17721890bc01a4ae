/** The frames of a backup's file, as bytes. */
import { open, type FileHandle } from 'node:fs/promises'
import { ArchiveDamaged } from './archive-damaged.ts'
import { magic, mostBlockBytes, sealerFor, unpacked, type Sealer } from './archive-file.ts'

const longestHead = 2048
/** Blocks that are inflated at once. */
const atOnce = 3

/** @throws ArchiveDamaged, PassphraseWrong */
export async function* archiveBytes(file: string, passphrase: string | undefined): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r')
  try {
    const head = await readHead(handle)
    const sealer = await sealerFor(head, passphrase)
    const under: Promise<Buffer>[] = []
    for await (const { block, isLast, at } of blocksIn(handle, head.length)) {
      under.push(settled(opened(sealer, { block, isLast, at })))
      if (under.length >= atOnce) yield (await under.shift()) ?? Buffer.alloc(0)
    }
    for (const block of under) yield await block
  } finally {
    await handle.close()
  }
}

/** Awaited in its turn: what fails before that must not count as not looked after. */
const settled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}

interface Block {
  block: Buffer
  at: number
  isLast: boolean
}

const opened = async (sealer: Sealer, { block, at, isLast }: Block): Promise<Buffer> => {
  let plain: Buffer
  try {
    plain = sealer.open(block, at, isLast)
  } catch (cause) {
    throw new ArchiveDamaged('The backup is damaged, or cut short: a part of it is not what was written.', {
      cause,
    })
  }
  return await unpacked(plain, isLast)
}

/** The two lines at the beginning. */
const readHead = async (handle: FileHandle): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestHead), 0, longestHead, 0)
  const end = buffer.indexOf('\n', magic.length)
  if (end < 0 || end >= bytesRead)
    throw new ArchiveDamaged('This is no backup of ours, or its first lines are damaged.')
  return buffer.subarray(0, end + 1)
}

async function* blocksIn(handle: FileHandle, from: number): AsyncGenerator<Block> {
  const { size } = await handle.stat()
  const length = Buffer.alloc(4)
  for (let [place, at] = [from, 0]; place < size; at += 1) {
    const { bytesRead } = await handle.read(length, 0, 4, place)
    const bytes = length.readUInt32BE(0)
    if (bytesRead < 4 || bytes === 0 || bytes > mostBlockBytes || place + 4 + bytes > size)
      throw new ArchiveDamaged('The backup is damaged, or cut short.')
    const { buffer } = await handle.read(Buffer.allocUnsafe(bytes), 0, bytes, place + 4)
    place += 4 + bytes
    yield { block: buffer, at, isLast: place === size }
  }
}
