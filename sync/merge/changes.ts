/** What was changed between two sets of fields, in the form that an edit carries. */
import { own, same } from './canonical.ts'
import { layoutOf } from './layout.ts'
import type { RecordType } from './policy.ts'
import { elementsOf } from './sets.ts'
import type { Changes } from './types.ts'

/**
 * The changes that lead from one set of fields to another. A unit is said whole, also what did not change of
 * it: only so does `from` name the version that was seen. Served and unknown fields, and those that `after`
 * does not have, are left out.
 */
export function changesBetween(
  type: RecordType,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Changes {
  const { slots, sets } = layoutOf(type)
  const changes: Changes = {}
  const value = (field: string) =>
    (Object.hasOwn(after, field) ? own(after, field) : own(before, field)) ?? null
  const was = (field: string) => own(before, field) ?? null
  for (const slot of slots.values()) {
    if (slot.fields.every((field) => same(was(field), value(field)))) continue
    for (const field of slot.fields) changes[field] = { from: was(field), to: value(field) }
  }
  for (const field of sets) {
    const keys = (list: unknown) => [...elementsOf(list).keys()].sort()
    if (same(keys(was(field)), keys(value(field)))) continue
    changes[field] = { from: was(field), to: value(field) }
  }
  return changes
}
