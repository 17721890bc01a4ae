/** The value types that records and calls share. Each refuses what it cannot keep. */
import { z } from 'zod'

/** A lower-case UUID (RFC 9562 text form, any version). */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a lower-case UUID')
  .meta({ format: 'uuid' })

/** An instant: ISO 8601 with an offset or `Z`. */
export const instant = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-03-29T09:30:00Z' })

/** A calendar day, `YYYY-MM-DD`, in the site's own time zone. */
export const day = z.iso.date('must be a date such as 2026-03-29')

export const groupId = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
export const siteId = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)

/** Money in minor units (pence, cents). */
export const money = z.int().min(-1e12).max(1e12)
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a three-letter ISO 4217 code such as GBP')
/** VAT in basis points: 2000 is 20 %. */
export const vatRate = z.int().min(0).max(100_000)

/** A quantity: a decimal string (`"2.5"`) or a number, at most 6 places. */
export const quantity = z.union(
  [
    z.string().regex(/^-?\d{1,9}(\.\d{1,6})?$/, 'must be a decimal such as "2.5"'),
    z
      .number()
      .min(-1e9)
      .max(1e9)
      .refine((n) => Number(n.toFixed(6)) === n, 'must have at most 6 decimal places'),
  ],
  'must be a number, or a decimal such as "2.5"',
)

export const shortText = z.string().max(200)
/** Text that says something: not of spaces alone. */
export const saying = (most: number) => z.string().max(most).regex(/\S/, 'must not be empty')
export const longText = z.string().max(20_000)
/** A word from a practice's own list (a payment method, a category, a species): not empty, up to 80 characters. */
export const word = z.string().min(1).max(80)
export const revision = z.string().min(1).max(200)

/** A field that may be left out or be null; stored as null. */
export const optional = <T extends z.ZodType>(type: T) => type.nullable().default(null)
