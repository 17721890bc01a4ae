/** What stands in paths and queries, where everything is text. */
import { z } from 'zod'
import { groupId, siteId } from '../../sync/contract/fields.ts'

/** Digits, maybe with a sign: `0x1`, `1e0` and ` 1` are numbers to JavaScript, and to nobody who sends them. */
const digits = /^[+-]?\d+$/

/** A whole number, written in digits. */
const whole = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (typeof text === 'string' && digits.test(text) ? Number(text) : text), schema)

export const wholeBetween = (least: number, most: number) => whole(z.int().min(least).max(most))
export const groupIdText = whole(groupId)
export const siteIdText = whole(siteId)

/** `true` or `false`. */
export const truthText = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean(),
)

/** How many items a page has at most. */
export const limit = wholeBetween(1, 500).default(100)

/** Where a page begins; http/cursor.ts makes them. */
export const cursor = z
  .string()
  .min(1)
  .max(4000)
  .optional()
  .describe(
    '`nextCursor` of the page before, which was asked of this call with these same parameters; only `limit` may be ' +
      'another, and `modifiedSince`, where there is one, be left out',
  )
