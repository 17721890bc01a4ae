/**
 * The place where a video was taken, in MP4 and QuickTime: text by ISO 6709 (`+51.5074-000.1278/`) in `©xyz` or in Apple's
 * metadata, and 3GPP's `loci`, all of them within the box `moov`.
 */

/** Bytes that take the place of those at `at`. */
export interface Patch {
  at: number
  bytes: Buffer
}

export type Read = (at: number, length: number) => Promise<Buffer>

const videos = new Set(['video/mp4', 'video/quicktime', 'video/3gpp', 'audio/mp4'])
export const isVideo = (type: string): boolean => videos.has(type)

/** An hour's video has five megabytes of it. */
const mostMoovBytes = 64 * 2 ** 20
const mostBoxes = 2000
const mostPlaces = 1000
const place = /[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?(?:CRS[\w:]+)?\//g

/** What blots it out: blanks for the text, an empty `free` box for `loci`. */
export const inVideo = async (read: Read, size: number): Promise<Patch[]> => {
  let at = 0
  for (let boxes = 0; at + 8 <= size && boxes < mostBoxes; boxes += 1) {
    const head = await read(at, 16)
    const short = head.readUInt32BE(0)
    const length = short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short
    if (head.toString('latin1', 4, 8) === 'moov')
      return length > mostMoovBytes ? [] : inMoov(await read(at, length || size - at), at)
    if (length < 8) return [] // 0: up to the end
    at += length
  }
  return []
}

/** The first of what may be endless. */
export const firstOf = <T>(items: Iterable<T>, most: number): T[] => {
  const found: T[] = []
  for (const item of items) if (found.push(item) >= most) break
  return found
}

const inMoov = (moov: Buffer, at: number): Patch[] => {
  const text = moov.toString('latin1')
  const patches = firstOf(text.matchAll(place), mostPlaces).map((match) => ({
    at: at + match.index,
    bytes: Buffer.alloc(match[0].length, 0x20),
  }))
  const end = patches.length + mostPlaces
  for (
    let found = text.indexOf('loci');
    found >= 4 && patches.length < end;
    found = text.indexOf('loci', found + 1)
  ) {
    const length = moov.readUInt32BE(found - 4)
    // A box of 20 to 300 bytes; anything else is four letters by chance.
    if (length < 20 || length > 300 || found - 4 + length > moov.length) continue
    patches.push({ at: at + found, bytes: Buffer.concat([Buffer.from('free'), Buffer.alloc(length - 8)]) })
  }
  return patches
}
