/** Merging a branch into the one that won: when its versions entered. */
import { own } from './canonical.ts'
import { layoutOf, valueOf } from './layout.ts'
import { originRegister } from './register.ts'
import type { RecordType } from './policy.ts'
import { elementsOf } from './sets.ts'
import type { RecordState, Register, Version } from './types.ts'

function held(type: RecordType, state: RecordState, key: string): Map<string, Version> {
  const slot = layoutOf(type).slots.get(key)
  const at = key.indexOf('/')
  const value = () =>
    slot === undefined
      ? elementsOf(own(state.fields, key.slice(0, at))).has(key.slice(at + 1))
      : valueOf(slot, state.fields)
  const { live } = own(state.clocks, key) ?? originRegister(value())
  return new Map(live.map((version) => [version.stamp, version]))
}

/**
 * `merged` as the successor of `branch` at `generation`: versions that the branch did not hold enter there.
 * With the generation of the branch they came from, an edit based on this branch would pass for having seen
 * them, and they would be lost without anyone having seen them.
 */
export function enterBranch(
  type: RecordType,
  branch: RecordState,
  merged: RecordState,
  generation: number,
): RecordState {
  const clocks = Object.entries(merged.clocks).map(([key, register]): [string, Register] => {
    const known = held(type, branch, key)
    const live = register.live.map((v) => known.get(v.stamp) ?? { ...v, generation })
    return [key, { live, gone: register.gone }]
  })
  return { fields: merged.fields, clocks: Object.fromEntries(clocks) }
}
