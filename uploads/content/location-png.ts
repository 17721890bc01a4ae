/** PNG (its chunks: PNG 1.2, section 5): XMP that is packed, and the checksum of every chunk that is patched. */
import { promisify } from 'node:util'
import { crc32, inflate } from 'node:zlib'
import type { Patch, Read } from './location-video.ts'

const mostChunkBytes = 2 ** 20
/** A picture of 100 MB in pieces of 8 kB has 12,000. */
const mostChunks = 20_000
const mostPacked = 20
const mostXmpBytes = 4 * 2 ** 20
const keyword = Buffer.from('XML:com.adobe.xmp\0')
const unpack = promisify(inflate)

/** The patches of a PNG, with what else they need. */
export const inPng = async (read: Read, size: number, found: readonly Patch[]): Promise<Patch[]> => {
  const patches = [...found]
  let looked = 0
  for (let at = 8, chunks = 0; at + 12 <= size && chunks < mostChunks; chunks += 1) {
    const head = await read(at, 8)
    const [length, type] = [head.readUInt32BE(0), head.toString('latin1', 4)]
    const [from, to] = [at + 4, at + 8 + length]
    const patched = found.some((patch) => patch.at >= from && patch.at < to)
    const mayBePacked = (type === 'zTXt' || type === 'iTXt') && looked < mostPacked
    if (length < mostChunkBytes && (patched || mayBePacked)) {
      looked += 1
      patches.push(...(await inChunk(await read(from, to - from), from, found)))
    }
    at = to + 4
  }
  return patches
}

/** @param chunk type and data, which stand at `from` */
const inChunk = async (chunk: Buffer, from: number, found: readonly Patch[]): Promise<Patch[]> => {
  const packed = await packedPlace(chunk)
  const own = packed === undefined ? [] : [{ at: from + packed, bytes: packedBlanks(chunk.length - packed) }]
  const all = [...own, ...found.filter(({ at }) => at >= from && at < from + chunk.length)]
  if (all.length === 0) return []
  for (const { at, bytes } of all) bytes.copy(chunk, at - from)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(chunk))
  return [...own, { at: from + chunk.length, bytes: sum }]
}

/** Where in a chunk packed XMP begins that says a place. */
const packedPlace = async (chunk: Buffer): Promise<number | undefined> => {
  if (!chunk.subarray(4, 4 + keyword.length).equals(keyword)) return undefined
  let at = 4 + keyword.length
  if (chunk.toString('latin1', 0, 4) === 'zTXt') at += 1
  else {
    if (chunk[at] !== 1) return undefined // not packed
    at = chunk.indexOf(0, chunk.indexOf(0, at + 2) + 1) + 1 // behind two names
  }
  const text = await unpack(chunk.subarray(at), { maxOutputLength: mostXmpBytes }).catch(() => undefined)
  return text?.includes('GPS') && chunk.length - at > leastPacked ? at : undefined
}

const blockBytes = 65_535
const leastPacked = 11

/** Blanks as zlib has them, unpacked, in just so many bytes. */
const packedBlanks = (length: number): Buffer => {
  const parts = [Buffer.from([0x78, 0x01])]
  let left = length - 6
  const sum = { low: 1, high: 0 } // Adler-32
  while (left > 0) {
    // What remains must hold another block's head, or nothing.
    const bytes = left - 5 <= blockBytes ? left - 5 : Math.min(blockBytes, left - 11)
    const head = Buffer.alloc(5)
    head[0] = left - 5 === bytes ? 1 : 0
    head.writeUInt16LE(bytes, 1)
    head.writeUInt16LE(bytes ^ 0xffff, 3)
    parts.push(head, Buffer.alloc(bytes, 0x20))
    for (let i = 0; i < bytes; i += 1) {
      sum.low = (sum.low + 0x20) % 65_521
      sum.high = (sum.high + sum.low) % 65_521
    }
    left -= 5 + bytes
  }
  const adler = Buffer.alloc(4)
  adler.writeUInt16BE(sum.high, 0)
  adler.writeUInt16BE(sum.low, 2)
  return Buffer.concat([...parts, adler])
}
