/** A short mark of a value's content: equal values have equal marks, whatever the order of their keys. */
import { createHash } from 'node:crypto'

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, v]) => [key, sorted(v)]))
}

/** @returns 32 hex digits */
export const canonical = (value: unknown): string =>
  createHash('md5')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
