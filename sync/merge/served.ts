/**
 * Fields that the server keeps, and fields that merge does not know: joined by what they hold, so that merging
 * stays order-free. The write path computes the served ones again afterwards.
 */
import { canonical, keysOf, own, put, same } from './canonical.ts'

const rank = (value: unknown): number => {
  if (value === null || value === undefined) return 0
  if (Array.isArray(value)) return 4
  return ['boolean', 'number', 'string'].indexOf(typeof value) + 1 || 5
}

function joinObjects(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const joined: Record<string, unknown> = {}
  for (const key of keysOf(a, b)) put(joined, key, joinValues(own(a, key), own(b, key)))
  return joined
}

function joinArrays(a: unknown[], b: unknown[]): unknown[] {
  const all = new Map([...a, ...b].map((element) => [canonical(element), element]))
  return [...all].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, element]) => element)
}

/** The join of two values: something over nothing, the greater of two, the union of lists and of objects. */
export function joinValues(a: unknown, b: unknown): unknown {
  if (same(a, b)) return a ?? b ?? null
  if (rank(a) !== rank(b)) return rank(a) > rank(b) ? a : b
  if (Array.isArray(a) && Array.isArray(b)) return joinArrays(a, b)
  if (rank(a) === 5) return joinObjects(a as Record<string, unknown>, b as Record<string, unknown>)
  return (a as string) > (b as string) ? a : b
}
