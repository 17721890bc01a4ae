/** Ids and chance of the demo: the same each time, so that seeding twice doubles nothing. */
import { createHash } from 'node:crypto'
import { uuidOf } from '../uuid-of.ts'

const seedOf = (parts: readonly (string | number)[]): string => `vetspace demo\n${parts.join('\n')}`

/** A UUID that always comes of these words. */
export const demoUuid = (...parts: (string | number)[]): string => uuidOf(seedOf(parts))

/** Numbers that look random and are always the same for these words: each call gives one in 0 ≤ n < 1. */
export const demoChance = (...parts: (string | number)[]): (() => number) => {
  let state = createHash('sha256').update(seedOf(parts)).digest().readUInt32LE(0)
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
