/** What waits for people in a group, from its index as it stands: it answers also while the store is away. */
import { lookupsBetween, partsOf, rowsOf } from '../../sync/feed/keys.ts'
import type { Group } from '../../sync/group.ts'

export interface GroupReading {
  groupId: number
  /** How far the index is behind the store; ms. */
  syncLag: number
  conflictsOpen: number
  /** In the last 30 days, for as long as they are kept. */
  rejectedLately: number
}

const rejectedMs = 30 * 86_400_000
/** Counted at most; more would be no other news. */
const limit = 10_000

/** @param now ms since the epoch */
export const readingOf = async (
  { groupId, index }: Pick<Group, 'groupId' | 'index'>,
  now: number,
): Promise<GroupReading> => {
  // A record of several sites has its conflicts in the channel of each.
  const rows = await index.scan(rowsOf('conflicts'), { limit })
  const conflicts = new Set(rows.map(([key]) => partsOf(key)[3]))
  const since = new Date(now - rejectedMs).toISOString()
  const rejected = await index.scan(lookupsBetween(['rejected.user']), { limit })
  return {
    groupId,
    syncLag: Math.round(index.lagMs),
    conflictsOpen: conflicts.size,
    rejectedLately: rejected.filter(([key]) => (partsOf(key)[2] ?? '') >= since).length,
  }
}
