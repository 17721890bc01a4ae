/** What merge could not settle alone, computed from the state; nothing is stored for it to be found. */
import type { Conflict } from '../contract/upload.ts'
import { own } from './canonical.ts'
import { stampTime } from './clock.ts'
import { hashUuid } from './hash.ts'
import { layoutOf } from './layout.ts'
import type { RecordType } from './policy.ts'
import { contenders, shownValue } from './shown.ts'
import type { RecordState, Stamp } from './types.ts'

const timeOf = (stamp: Stamp): string | null => {
  const ms = stampTime(stamp)
  return ms === null ? null : new Date(ms).toISOString()
}

/** The conflicts of a record, by field or unit. The id names the values that differ: others, another conflict. */
export function conflictsOf(type: RecordType, recordId: string, state: RecordState): Conflict[] {
  const conflicts: Conflict[] = []
  const { slots } = layoutOf(type)
  for (const key of Object.keys(state.clocks)) {
    const [slot, register] = [slots.get(key), own(state.clocks, key)]
    if (slot === undefined || register === undefined) continue
    const versions = contenders(slot.kind, register.live)
    if (versions.length === 0) continue
    const stamps = versions.map((version) => version.stamp).sort()
    conflicts.push({
      id: hashUuid([type, recordId, key, ...stamps].join('\n')),
      recordType: type,
      recordId,
      field: key,
      fields: [...slot.fields],
      shown: shownValue(slot.kind, register.live),
      values: versions.map(({ value, by, stamp }) => ({ value, by, at: timeOf(stamp), stamp })),
    })
  }
  return conflicts.sort((a, b) => (a.field < b.field ? -1 : 1))
}
