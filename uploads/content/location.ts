/**
 * The place where a photograph was taken, blotted out where it stands: no byte moves and no pixel is encoded anew.
 * It stands in the GPS directory of EXIF, which is a TIFF inside JPEG, HEIC, WebP and PNG, and in JPEG's XMP as text.
 */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import type { StagedFile } from '../storage/port.ts'

/** Bytes that take the place of those at `at`. */
interface Patch {
  at: number
  bytes: Buffer
}

type Read = (at: number, length: number) => Promise<Buffer>

const photographs = new Set([
  'image/jpeg',
  'image/heic',
  'image/heif',
  'image/avif',
  'image/webp',
  'image/png',
  'image/tiff',
])
const gpsTag = 0x8825
/** Bytes of a value by its TIFF type. */
const typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]
const mostEntries = 500

/** The photograph without its place as a stream of the same length; undefined where it has none, or is no photograph. */
export const withoutPlace = async (staged: StagedFile, type: string): Promise<Readable | undefined> => {
  if (!photographs.has(type)) return undefined
  const read: Read = async (at, length) =>
    await buffer(await staged.open({ start: at, end: at + length - 1 }))
  const patches = type === 'image/jpeg' ? await inJpeg(read) : await inOthers(staged, read, type)
  if (patches.length === 0) return undefined
  return Readable.from(patched(await staged.open(), patches))
}

async function* patched(source: AsyncIterable<Uint8Array>, patches: readonly Patch[]) {
  let at = 0
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk)
    for (const patch of patches) {
      const from = Math.max(patch.at, at)
      const to = Math.min(patch.at + patch.bytes.length, at + bytes.length)
      if (from < to) patch.bytes.copy(bytes, from - at, from - patch.at, to - patch.at)
    }
    yield bytes
    at += bytes.length
  }
}

/** JPEG: segments up to the picture itself. */
const inJpeg = async (read: Read): Promise<Patch[]> => {
  const patches: Patch[] = []
  for (let at = 2; ;) {
    const head = await read(at, 4)
    if (head.length < 4 || head[0] !== 0xff || head[1] === 0xda) return patches
    const length = head.readUInt16BE(2)
    if (length < 2) return patches
    if (head[1] === 0xe1) {
      const body = await read(at + 4, length - 2)
      if (body.subarray(0, 6).toString('latin1') === 'Exif\0\0')
        patches.push(...(await inTiff(read, at + 10)))
      else patches.push(...inXmp(body, at + 4))
    }
    at += 2 + length
  }
}

const xmpPlace = /exif:GPS\w+\s*=\s*(["'])[\s\S]*?\1|<exif:GPS(\w+)[^>]*>[\s\S]*?<\/exif:GPS\2>/g

/** Blanks in the place of what the text says, so that it stays well-formed. */
const inXmp = (body: Buffer, at: number): Patch[] =>
  [...body.toString('latin1').matchAll(xmpPlace)].map((match) => ({
    at: at + match.index,
    bytes: Buffer.alloc(match[0].length, 0x20),
  }))

/** The GPS directory of a TIFF that begins at `base`, its count and its values made zero. */
const inTiff = async (read: Read, base: number): Promise<Patch[]> => {
  const head = await read(base, 8)
  const order = head.subarray(0, 4).toString('latin1')
  if (order !== 'II*\0' && order !== 'MM\0*') return []
  const little = order.startsWith('II')
  const short = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const directory = async (offset: number) => {
    const count = await read(base + offset, 2)
    const entries = count.length < 2 ? 0 : Math.min(short(count, 0), mostEntries)
    return { offset, entries, bytes: await read(base + offset + 2, entries * 12) }
  }
  const first = await directory(long(head, 4))
  const patches: Patch[] = []
  for (let entry = 0; entry + 12 <= first.bytes.length; entry += 12) {
    if (short(first.bytes, entry) !== gpsTag) continue
    const gps = await directory(long(first.bytes, entry + 8))
    for (let own = 0; own + 12 <= gps.bytes.length; own += 12) {
      const length = (typeBytes[short(gps.bytes, own + 2)] ?? 0) * long(gps.bytes, own + 4)
      if (length > 4 && length < 65_536)
        patches.push({ at: base + long(gps.bytes, own + 8), bytes: Buffer.alloc(length) })
    }
    if (gps.entries > 0) patches.push({ at: base + gps.offset, bytes: Buffer.alloc(2 + gps.bytes.length) })
  }
  return patches
}

const marks: readonly (readonly [text: string, tiffAfter: number])[] = [
  ['Exif\0\0', 6],
  ['EXIF', 8],
  ['eXIf', 4],
]

/** Containers: wherever the mark of an EXIF block stands before the head of a TIFF. */
const inOthers = async (staged: StagedFile, read: Read, type: string): Promise<Patch[]> => {
  if (type === 'image/tiff') return await inTiff(read, 0)
  const patches: Patch[] = []
  for (const base of await basesIn(staged)) patches.push(...(await inTiff(read, base)))
  if (type === 'image/png') for (const patch of await checksumsOf(staged, read, patches)) patches.push(patch)
  return patches
}

const basesIn = async (staged: StagedFile): Promise<Set<number>> => {
  const bases = new Set<number>()
  let before = Buffer.alloc(0)
  let at = 0
  for await (const chunk of await staged.open()) {
    const bytes = Buffer.concat([before, chunk as Buffer])
    const start = at - before.length
    for (const [text, tiffAfter] of marks)
      for (let found = bytes.indexOf(text); found >= 0; found = bytes.indexOf(text, found + 1))
        bases.add(start + found + tiffAfter)
    at += (chunk as Buffer).length
    before = bytes.subarray(Math.max(0, bytes.length - 16))
  }
  return bases
}

/** PNG: the checksum of a chunk that was patched. */
const checksumsOf = async (staged: StagedFile, read: Read, patches: readonly Patch[]): Promise<Patch[]> => {
  if (patches.length === 0) return []
  const sums: Patch[] = []
  for (let at = 8; at + 12 <= staged.size;) {
    const head = await read(at, 8)
    const length = head.readUInt32BE(0)
    const [from, to] = [at + 4, at + 8 + length]
    if (patches.some((patch) => patch.at >= from && patch.at < to) && length < 1 << 20) {
      const chunk = await read(from, to - from)
      for (const { at: place, bytes } of patches) bytes.copy(chunk, Math.max(0, place - from))
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(chunk))
      sums.push({ at: to, bytes: sum })
    }
    at = to + 4
  }
  return sums
}
