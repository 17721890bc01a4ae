/**
 * Unsent changes are a log of edits on the record itself, not a difference to be guessed later: each edit has the
 * clientItemId under which it is sent, however often, until the server has answered for it (I3).
 */
import { changesBetween } from '../../../sync/merge/changes.ts'
import { same } from '../../../sync/merge/canonical.ts'
import { fieldsOf, type RecordType } from '../../../sync/merge/policy.ts'
import type { LocalRecord } from '../local/records.ts'
import type { Changes, PendingCreation, PendingEdit } from './pending-edit.ts'

export const isCreation = (edit: PendingEdit | undefined): edit is PendingCreation =>
  edit !== undefined && 'creation' in edit

/** Whether nobody but this device knows the record. */
export const isUnsentCreation = (record: LocalRecord): boolean => isCreation(record.pendingEdits?.[0])

/** The fields that a creation brings: not the server's own, nor what can only happen to a record that there is. */
export const isData = (type: RecordType, field: string): boolean => {
  const policy = fieldsOf(type)[field]
  return policy !== undefined && policy !== 'served' && policy !== 'oneWay'
}

/** A step that was taken (arrived, in treatment) is an event with a time of its own, also where others follow. */
const isStep = (type: RecordType, field: string): boolean => fieldsOf(type)[field] === 'status'

/** Whether a change of this field can be part of the creation that it follows. */
const joinsCreation = (type: RecordType, field: string): boolean =>
  isData(type, field) && !isStep(type, field)

/** The data of a record that is sent to make it: as it stands, but for the steps, which follow. */
const dataOf = (type: RecordType, record: LocalRecord): Record<string, unknown> => {
  const fields = { ...record }
  for (const edit of (record.pendingEdits ?? []).toReversed())
    if (!isCreation(edit)) Object.assign(fields, fromOf(edit.changes))
  return Object.fromEntries(
    Object.entries(fields).filter(([field, value]) => isData(type, field) && value !== undefined),
  )
}

/** The items that send a record's unsent edits, in their order. */
export const itemsOf = (type: RecordType, record: LocalRecord): Record<string, unknown>[] =>
  (record.pendingEdits ?? []).map((edit) =>
    isCreation(edit)
      ? { clientItemId: edit.clientItemId, editedAt: edit.editedAt, data: dataOf(type, record) }
      : { ...edit, id: record.id },
  )

export interface LogContext {
  type: RecordType
  /** Device's clock, ISO 8601. */
  editedAt: string
  newId: () => string
  /** Whether this edit was made since the app started and never handed to a push. */
  mayFold: (clientItemId: string) => boolean
}

/** The record's log after a local change from `before` to `after`. */
export const withChange = (before: LocalRecord, after: LocalRecord, context: LogContext): PendingEdit[] => {
  const { type, editedAt } = context
  const log = before.pendingEdits ?? []
  const changes = changesBetween(type, before, after) as Changes
  if (Object.keys(changes).length === 0) return log
  const [first, ...rest] = log
  if (!isCreation(first)) return appended(before, after, log, context)
  // Steps, and what can only happen to a record that there is (a voiding), follow it as edits of their own.
  const later = Object.fromEntries(Object.entries(changes).filter(([field]) => !joinsCreation(type, field)))
  const joins = Object.keys(later).length < Object.keys(changes).length
  const creation = joins && rest.length === 0 ? { ...first, editedAt } : first
  if (Object.keys(later).length === 0) return [creation, ...rest]
  const edit = { clientItemId: context.newId(), editedAt, baseRevision: null, changes: later }
  return [creation, ...rest, edit]
}

/**
 * An edit that was never handed to a push takes the next one in, under a new id: should a push have had it
 * all the same, the worst that comes of it is a conflict to look at, not a loss.
 */
const appended = (
  before: LocalRecord,
  after: LocalRecord,
  log: PendingEdit[],
  { type, editedAt, newId, mayFold }: LogContext,
): PendingEdit[] => {
  const last = log.at(-1)
  const changed = Object.keys(changesBetween(type, before, after))
  const folds =
    last !== undefined &&
    !isCreation(last) &&
    mayFold(last.clientItemId) &&
    ![...Object.keys(last.changes), ...changed].some((field) => isStep(type, field)) &&
    last.baseRevision === (before.revision ?? null) &&
    Object.entries(last.changes).every(([field, { to }]) => same(to, before[field]))
  const origin = folds ? { ...before, ...fromOf(last.changes) } : before
  const changes = changesBetween(type, origin, after) as Changes
  const kept = folds ? log.slice(0, -1) : log
  if (Object.keys(changes).length === 0) return kept
  return [...kept, { clientItemId: newId(), editedAt, baseRevision: before.revision ?? null, changes }]
}

const fromOf = (changes: Changes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(changes).map(([field, { from }]) => [field, from]))
