/**
 * A hybrid logical clock. A stamp is text that sorts: `<ms, 13 digits>-<counter, base 36>-<12 hex of the edit>`.
 * The naive stamp, the device's own time, lets a clock in 2099 win every merge for ever. Here a device's clock
 * counts only by its differences: how long before sending the edit was made, taken off the time it was received.
 */
import { hash128 } from './hash.ts'
import type { Stamp } from './types.ts'

const digits = 13
const counterWidth = 4
const maxMs = 10 ** digits - 1
const maxCounter = 36 ** counterWidth - 1

/** What the server knows of an edit's time when it enters; times in milliseconds. */
export interface Entry {
  /** By the device's clock. */
  editedAt: number
  /** By the device's clock, when the batch was sent. */
  sentAt: number
  /** By the server's clock. */
  receivedAt: number
  /** The highest stamp of what the edit had seen; null where it had seen nothing stamped. */
  seen: Stamp | null
  /** Names the edit for ever: the same edit gets the same ending, two edits never do. */
  editId: string
}

const write = (ms: number, counter: number, salt: string): Stamp =>
  [
    String(ms).padStart(digits, '0'),
    counter.toString(36).padStart(counterWidth, '0'),
    // A hash, because the first digits of a time-ordered UUID are the same for a minute's edits.
    hash128(salt).slice(0, 12),
  ].join('-')

const msOf = (stamp: Stamp) => Number(stamp.slice(0, digits))
const counterOf = (stamp: Stamp) => parseInt(stamp.slice(digits + 1, digits + 1 + counterWidth), 36)

/** Sorts before every stamp of an edit. */
export const ORIGIN: Stamp = `${'0'.repeat(digits)}-${'0'.repeat(counterWidth)}-${'0'.repeat(12)}`
const originPrefix = ORIGIN.slice(0, digits + counterWidth + 2)

/** The stamp of a value that was there before any edit: it sorts before all edits, and differing ones differ. */
export const originStamp = (canonicalValue: string): Stamp =>
  originPrefix + hash128(canonicalValue).slice(0, 12)

/** Whether a stamp is of a value that was there before any edit. */
export const isOrigin = (stamp: Stamp): boolean => stamp.startsWith(originPrefix)

/** The stamp one after `stamp`, ending in what tells the writer apart: the resolver's, from a revision's hash. */
export function successor(stamp: Stamp, salt: string): Stamp {
  const [ms, counter] = [msOf(stamp), counterOf(stamp)]
  return counter < maxCounter ? write(ms, counter + 1, salt) : write(Math.min(ms + 1, maxMs), 0, salt)
}

/** The stamp of an edit, given once, where it enters. An edit made "after" it was sent counts as just sent. */
export function entryStamp({ editedAt, sentAt, receivedAt, seen, editId }: Entry): Stamp {
  const age = Math.max(0, sentAt - editedAt)
  const ms = Math.min(maxMs, Math.max(1, Math.floor(receivedAt - (Number.isFinite(age) ? age : 0))))
  return seen !== null && msOf(seen) >= ms ? successor(seen, editId) : write(ms, 0, editId)
}

/** The time in a stamp, in milliseconds; null for what was there before any edit. */
export function stampTime(stamp: Stamp): number | null {
  return msOf(stamp) || null
}

/** Time and counter as text that sorts, ISO 8601 without its `Z`; empty for what was there before any edit. */
export function stampMoment(stamp: Stamp): string {
  const ms = stampTime(stamp)
  if (ms === null) return ''
  const counter = counterOf(stamp)
  return new Date(ms).toISOString().slice(0, -1) + (counter === 0 ? '' : String(counter).padStart(7, '0'))
}
