/** Ids and chance of the demo: the same each time, so that seeding twice doubles nothing. */
import { createHash } from 'node:crypto'

const digest = (parts: readonly (string | number)[]): Buffer =>
  createHash('sha256')
    .update(`vetspace demo\n${parts.join('\n')}`)
    .digest()

/** A UUID (RFC 9562, version 8) that always comes of these words. */
export const demoUuid = (...parts: (string | number)[]): string => {
  const bytes = digest(parts).subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Numbers that look random and are always the same for these words: each call gives one in 0 ≤ n < 1. */
export const demoChance = (...parts: (string | number)[]): (() => number) => {
  let state = digest(parts).readUInt32LE(0)
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of a list. */
export const oneOf = <T>(list: readonly T[], chance: () => number): T => {
  const item = list[Math.floor(chance() * list.length)]
  if (item === undefined) throw new RangeError('Nothing to choose from')
  return item
}
