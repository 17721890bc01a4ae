/**
 * The place where a photograph or a video was taken, blotted out where it stands: no byte moves and nothing is encoded
 * anew. It stands in the GPS directory of EXIF, which is a TIFF inside JPEG, HEIC, WebP and PNG, in XMP as text, and in a
 * video's boxes (location-video.ts).
 */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { StagedFile } from '../storage/port.ts'
import { inPng } from './location-png.ts'
import { firstOf, inVideo, isVideo, type Patch, type Read } from './location-video.ts'

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

/** No photograph has more; a file that is made of them would cost a server hours. */
const most = { segments: 2000, tiffs: 100, packets: 20, gpsFields: 200 }

/** A JPEG up to this size is searched all through, for pictures behind the first one. Bytes. */
const searchedBytes = 100 * 2 ** 20
const packetBytes = 2 ** 20

/** The file without its place as a stream of the same length; undefined where it says none. */
export const withoutPlace = async (staged: StagedFile, type: string): Promise<Readable | undefined> => {
  if (!photographs.has(type) && !isVideo(type)) return undefined
  const read = readerOf(staged)
  const patches = await patchesOf(staged, read, type)
  if (patches.length === 0) return undefined
  return Readable.from(patched(await staged.open(), patches))
}

const aheadBytes = 64 * 1024

/** Reads parts of a file, small ones out of the part read before: headers stand close together. */
const readerOf = (staged: StagedFile): Read => {
  const direct: Read = async (at, length) =>
    await buffer(await staged.open({ start: at, end: at + length - 1 }))
  let held = { at: 0, bytes: Buffer.alloc(0) }
  return async (at, length) => {
    if (length <= 0 || at >= staged.size) return Buffer.alloc(0)
    if (length > aheadBytes) return await direct(at, length)
    const end = Math.min(at + length, staged.size)
    if (at < held.at || end > held.at + held.bytes.length)
      held = { at, bytes: Buffer.from(await direct(at, aheadBytes)) }
    return Buffer.from(held.bytes.subarray(at - held.at, end - held.at))
  }
}

const patchesOf = async (staged: StagedFile, read: Read, type: string): Promise<Patch[]> => {
  if (isVideo(type)) return await inVideo(read, staged.size)
  if (type !== 'image/jpeg') return await inOthers(staged, read, type)
  const behind = staged.size <= searchedBytes ? await inOthers(staged, read, type) : []
  return [...(await inJpeg(read)), ...behind]
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
  for (let at = 2, segments = 0; segments < most.segments; segments += 1) {
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
  return patches
}

/** `exif:GPSLatitude`, by whatever prefix, and what drones write; bounded, so that no text takes long. */
const xmpPlace =
  /(?<![\w.-])(?!xmlns:)[\w.-]{1,40}:gps\w{0,40}\s{0,9}=\s{0,9}(["'])[\s\S]{0,300}?\1|<([\w.-]{1,40}:gps\w{0,40})[^>]{0,300}>[^<]{0,300}<\/\2>/gi

/** Blanks in the place of what the text says, so that it stays well-formed. */
const inXmp = (body: Buffer, at: number): Patch[] =>
  firstOf(body.toString('latin1').matchAll(xmpPlace), most.gpsFields).map((match) => ({
    at: at + match.index,
    bytes: Buffer.alloc(match[0].length, 0x20),
  }))

/** The GPS directory of a TIFF that begins at `base`, its count and its values made zero. */
const inTiff = async (read: Read, base: number): Promise<Patch[]> => {
  const head = await read(base, 8)
  if (!isTiff(head, 0)) return []
  const little = head.toString('latin1', 0, 2) === 'II'
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
  const patches: Patch[] = type === 'image/tiff' ? await inTiff(read, 0) : []
  const { tiffs, packets } = await marksIn(staged)
  for (const base of tiffs) patches.push(...(await inTiff(read, base)))
  for (const at of packets) {
    const bytes = await read(at, packetBytes)
    const end = bytes.indexOf('</x:xmpmeta>')
    if (end >= 0) patches.push(...inXmp(bytes.subarray(0, end), at))
  }
  return type === 'image/png' ? await inPng(read, staged.size, patches) : patches
}

/** Where the TIFFs of EXIF blocks and the packets of XMP begin. */
const marksIn = async (staged: StagedFile): Promise<{ tiffs: Set<number>; packets: Set<number> }> => {
  const [tiffs, packets] = [new Set<number>(), new Set<number>()]
  let before = Buffer.alloc(0)
  let at = 0
  for await (const chunk of await staged.open()) {
    const bytes = Buffer.concat([before, chunk as Buffer])
    const start = at - before.length
    for (const [text, tiffAfter] of marks)
      for (const found of placesOf(text, bytes))
        if (tiffs.size < most.tiffs && isTiff(bytes, found + tiffAfter)) tiffs.add(start + found + tiffAfter)
    for (const found of placesOf('<x:xmpmeta', bytes))
      if (packets.size < most.packets) packets.add(start + found)
    at += (chunk as Buffer).length
    before = bytes.subarray(Math.max(0, bytes.length - 16))
  }
  return { tiffs, packets }
}

const isTiff = (bytes: Buffer, at: number): boolean =>
  ['II*\0', 'MM\0*'].includes(bytes.toString('latin1', at, at + 4))

function* placesOf(text: string, bytes: Buffer): Generator<number> {
  for (let found = bytes.indexOf(text); found >= 0; found = bytes.indexOf(text, found + 1)) yield found
}
