/** How sync stands, made of what is known (pure). */
import { told } from '../tabs/messages.ts'
import type { FirstPull, Tally } from './context.ts'
import type { SyncPhase, SyncReport, SyncStatus } from './status-types.ts'

export const initialStatus: SyncStatus = {
  online: false,
  phase: 'stopped',
  pending: 0,
  rejected: 0,
  conflicts: 0,
  lastSyncedAt: null,
  progress: { done: 0, total: 0 },
  error: null,
}

interface Counts {
  pending: number
  rejected: number
  conflicts: number
  before: SyncStatus
}

/** What a run says of itself. */
interface Running {
  caughtUp: number
  collections: number
  tally: Tally
  firstPull: Readonly<FirstPull> | null
}

/** Documents that came and items answered, and all that are known of. */
const progressOf = (
  { tally, firstPull, caughtUp, collections }: Running,
  pending: number,
): SyncStatus['progress'] => {
  const documents = tally.pulled + (firstPull?.here ?? 0)
  const items = tally.pushed + tally.rejected
  // What changes while it is counted makes the count one of a moment ago.
  const expected = caughtUp === collections ? documents : Math.max(documents, firstPull?.total ?? 0)
  return { done: documents + items, total: expected + items + pending }
}

/** How this tab, or this app, stands. */
export const statusOf = (
  facts: Counts & { run: Running | null; ended: boolean; online: boolean; error: Error | null },
): SyncStatus => {
  const { run, ended, online, error, pending, rejected, conflicts, before } = facts
  const caughtUp = run?.caughtUp ?? 0
  const running = { running: run !== null, ended, online, pending }
  return {
    online: run ? online : before.online,
    phase: phaseOf({ ...running, caughtUp: caughtUp === run?.collections }),
    ...{ pending, rejected, conflicts },
    lastSyncedAt: before.lastSyncedAt,
    progress: run ? progressOf(run, pending) : { done: 0, total: 0 },
    error: error && told(error),
  }
}

/** How a tab stands for which another syncs: as that one, but for what each counts for itself. */
export const followed = (
  elsewhere: SyncStatus,
  { pending, rejected, conflicts, started, before }: Counts & { started: boolean },
): SyncStatus => {
  // What it told of its own stop is over as soon as this tab leads.
  const told = elsewhere.phase === 'stopped' ? 'waiting' : elsewhere.phase
  const phase = told === 'idle' && pending > 0 ? 'pushing' : told
  const lastSyncedAt = elsewhere.lastSyncedAt ?? before.lastSyncedAt
  return { ...elsewhere, phase: started ? phase : 'stopped', pending, rejected, conflicts, lastSyncedAt }
}

/** What was done between two counts. */
export const reportOf = (before: Tally, after: Tally, durationMs: number): SyncReport => ({
  pushed: after.pushed - before.pushed,
  pulled: after.pulled - before.pulled,
  rejected: after.rejected - before.rejected,
  conflicts: [...after.conflicts].filter((id) => !before.conflicts.has(id)).length,
  durationMs,
})

/** The phase that these facts make. */
const phaseOf = (facts: {
  running: boolean
  ended: boolean
  online: boolean
  pending: number
  caughtUp: boolean
}): SyncPhase => {
  if (facts.ended) return 'ended'
  if (!facts.running) return 'stopped'
  if (!facts.online) return 'waiting'
  if (facts.pending > 0) return 'pushing'
  return facts.caughtUp ? 'idle' : 'pulling'
}
