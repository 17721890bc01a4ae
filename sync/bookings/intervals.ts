/** Sets of time as lists of intervals. */
import type { Interval } from './calendar.ts'

export const overlap = (a: Interval, b: Interval): boolean => a.from < b.to && b.from < a.to

export const overlapsAny = (one: Interval, list: readonly Interval[]): boolean =>
  list.some((other) => overlap(one, other))

/** Whether one interval of the list holds all of `one`. */
export const within = (one: Interval, list: readonly Interval[]): boolean =>
  list.some(({ from, to }) => from <= one.from && one.to <= to)

/** In order, those that touch or overlap made one; empty ones left out. */
export const union = (list: readonly Interval[]): Interval[] => {
  const made: Interval[] = []
  for (const { from, to } of [...list].sort((a, b) => a.from - b.from)) {
    if (from >= to) continue
    const last = made.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else made.push({ from, to })
  }
  return made
}

/** What is in both. */
export const common = (a: readonly Interval[], b: readonly Interval[]): Interval[] =>
  union(
    a.flatMap((one) =>
      b.map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) })),
    ),
  )

/** What is in `list` and in none of `holes`. */
export const without = (list: readonly Interval[], holes: readonly Interval[]): Interval[] => {
  let left = union(list)
  for (const hole of holes)
    left = left.flatMap((one) =>
      overlap(one, hole)
        ? [
            { from: one.from, to: hole.from },
            { from: hole.to, to: one.to },
          ].filter(({ from, to }) => from < to)
        : [one],
    )
  return left
}
