/**
 * What RxDB asks where the device's state and the server's differ. The server's state is always taken; edits that
 * it has not answered for yet are laid on it again.
 */
import type { RxConflictHandler, WithDeleted } from 'rxdb'
import { reapply } from '../../../sync/merge/reapply.ts'
import type { RecordType } from '../../../sync/merge/policy.ts'
import type { LocalRecord } from '../local/records.ts'
import { isCreation } from './edit-log.ts'
import type { PendingChange, PendingEdit } from './pending-edit.ts'

/** The server's state of a record, with the edits that need not be sent again: applied, or refused. */
export type Answered = WithDeleted<LocalRecord> & {
  settledEdits?: string[]
  recentEdits?: string[]
  /** The device is not to hold the record once nothing of it is unsent. */
  leaves?: boolean
}

/** The edits of `pending` that `master` has no answer for. */
const unanswered = (pending: readonly PendingEdit[], master: Answered): PendingEdit[] => {
  const settled = new Set([...(master.settledEdits ?? []), ...(master.recentEdits ?? [])])
  // A creation is answered by there being the record; what was edited since is an edit of it, sent again.
  return pending.filter((edit) => !settled.has(edit.clientItemId))
}

/** The server's state with the unanswered edits on it. */
export const merged = (
  type: RecordType,
  local: WithDeleted<LocalRecord>,
  master: Answered,
): WithDeleted<LocalRecord> => {
  const { settledEdits: _settled, recentEdits: _recent, leaves, pendingEdits: _none, ...state } = master
  if (state._deleted) return { id: state.id, _deleted: true }
  const pending = unanswered(local.pendingEdits ?? [], master)
  const changes = pending.filter((edit): edit is PendingChange => !isCreation(edit))
  if (pending.length === 0) return leaves ? { id: state.id, _deleted: true } : state
  if (pending.some(isCreation)) return local
  return { ...reapply(type, state, changes), pendingEdits: pending } as WithDeleted<LocalRecord>
}

/** The conflict handler of a collection of records. */
export const conflictHandlerOf = (type: RecordType): RxConflictHandler<LocalRecord> => ({
  isEqual: (a, b) =>
    a.revision === b.revision && a._deleted === b._deleted && !a.pendingEdits && !b.pendingEdits,
  resolve: async ({ newDocumentState, realMasterState }) => merged(type, newDocumentState, realMasterState),
})

/** For what is only pulled: the server's state, always. */
export const pulledConflictHandler: RxConflictHandler<LocalRecord> = {
  isEqual: (a, b) =>
    a.revision !== undefined &&
    a.revision === b.revision &&
    a._deleted === b._deleted &&
    !a['resolution'] &&
    !b['resolution'],
  resolve: async ({ realMasterState }) => realMasterState,
}
