/**
 * What the changes of a list begin with again, because clocks of servers on one store differ and a write lands after it
 * began: less what the caller has had already. The cursor carries it, so no server has to remember its callers.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** How far back the next changes begin; ms. */
export const slackMs = 600_000

/** Changes that a cursor remembers, the newest; of more in that time the older ones are told twice. */
const mostTold = 300
const markLength = 8

/** Marks of the changes that were told, of eight characters each, oldest first. */
export const toldMarks = z
  .string()
  .max(mostTold * markLength)
  .regex(/^(?:[\w-]{8})*$/)

/** A change as text: when the record was modified, U+0000, its id, U+0000, its revision. */
type Change = string

const markOf = (change: Change): string =>
  createHash('sha256').update(change).digest('base64url').slice(0, markLength)

export const wasTold = (told: string): ((change: Change) => boolean) => {
  const marks = new Set<string>()
  for (let at = 0; at < told.length; at += markLength) marks.add(told.slice(at, at + markLength))
  return (change) => marks.size > 0 && marks.has(markOf(change))
}

/**
 * @param told as the cursor had it
 * @param changes that this page tells, by time
 * @param now ms since the epoch
 */
export const toldWith = (told: string, changes: readonly Change[], now: number): string => {
  const lately = new Date(now - slackMs).toISOString()
  const young = changes.filter((change) => change >= lately).map(markOf)
  return (told + young.join('')).slice(-mostTold * markLength)
}
