/** An edit laid on a stored record: merged, with what it replaced kept for the history. */
import type { Actor } from '../actor.ts'
import type { EditItem } from '../contract/upload.ts'
import { entryStamp, stampTime } from '../merge/clock.ts'
import { conflictsOf } from '../merge/conflicts.ts'
import { applyEdit, seenStamp } from '../merge/record.ts'
import { isOwn } from '../merge/register.ts'
import { editRefusal } from '../merge/policy.ts'
import type { Edit, RecordState } from '../merge/types.ts'
import { bareId, generationOf, schemaVersion, type AppliedEdit, type RecordDoc } from './document.ts'
import { refuse, Refusal, type WritableType } from './items.ts'
import { markOf } from './mark.ts'

/** Ids of applied edits kept in the record; an older repetition is found in the history. */
const keptEdits = 50

export interface EditContext {
  actor: Actor
  deviceId: string | null
  /** ms since the epoch: when the batch left the device by its own clock, and came in by ours */
  sentAt: number
  receivedAt: number
  /** The highest generation that the editor had seen; 0: unknown. */
  sawGeneration: number
}

export interface EditRequest {
  clientItemId: string
  editedAt: number
  changes: EditItem['changes']
  /** The changes as they were sent, before units were completed. */
  sent: EditItem['changes']
}

export interface Edited {
  doc: RecordDoc
  /** null where nothing changed */
  history: HistoryDoc | null
  /** A differing value that the edit had not seen stands beside it. */
  concurrent: boolean
  /** Others had changed the record, in whatever field, since the revision that the edit was made on. */
  amongOthers: boolean
}

/** One edit of a record: what it changed, and what stood there before (I2). */
export interface HistoryDoc {
  _id: string
  type: 'history'
  recordType: string
  recordId: string
  clientItemId: string
  groupId: number
  siteIds: number[]
  /** When the edit was made, as far as the device's clock can be believed. */
  at: string
  by: string | null
  deviceId: string | null
  generation: number
  /** Mark of the changes as they were sent (mark.ts). */
  mark: string
  changes: Record<string, { from: unknown; to: unknown }>
  /** Shown values before, by field. */
  replaced: Record<string, unknown>
  /** Ids of conflicts that this edit settled or made others of; for devices that come from another index. */
  settled?: string[]
  schemaVersion: number
}

const envelopeFields = new Set([
  '_id',
  '_rev',
  'type',
  'groupId',
  'createdAt',
  'modifiedAt',
  'schemaVersion',
  'createdBy',
  'sent',
  'clocks',
  'applied',
  'bookings',
  'replicated',
  'credited',
  'erased',
])

/** The record's own fields, apart from what the server keeps beside them. */
export const fieldsOfDoc = (doc: RecordDoc): Record<string, unknown> =>
  Object.fromEntries(Object.entries(doc).filter(([field]) => !envelopeFields.has(field)))

/** Lays `request` on `doc`, which keeps its `_rev`: the revision that the write replaces. */
export const editRecord = (
  type: WritableType,
  doc: RecordDoc,
  request: EditRequest,
  context: EditContext,
): Edited | Refusal => {
  const state = { fields: fieldsOfDoc(doc), clocks: doc.clocks ?? {} }
  const refusal = editRefusal(type, state.fields, request.changes)
  if (refusal) return new Refusal([refusal])
  const changes = withVoiding(request.changes, context)
  if (changes instanceof Refusal) return changes
  const { actor, deviceId, sentAt, receivedAt, sawGeneration } = context
  const generation = generationOf(doc._rev) + 1
  const device = deviceId === null ? {} : { device: deviceId }
  const sight = { by: actor.userId, ...device, changes, sawGeneration }
  const seen = seenStamp(type, state, sight)
  const { editedAt, clientItemId } = request
  const stamp = entryStamp({ editedAt, sentAt, receivedAt, seen, editId: clientItemId })
  const edit: Edit = { ...sight, stamp, generation }
  const applied = applyEdit(type, state, edit)
  const fields =
    type === 'appointment'
      ? withStatusTimes(
          state.fields,
          applied.state.fields,
          changes['status']?.to as string | undefined,
          stampTime(stamp) ?? receivedAt,
        )
      : applied.state.fields
  const edits: AppliedEdit[] = [
    ...(doc.applied ?? []),
    { id: clientItemId, generation, mark: markOf(request.sent) },
  ].slice(-keptEdits)
  const next: RecordDoc = {
    ...doc,
    ...fields,
    modifiedAt: new Date(receivedAt).toISOString(),
    clocks: applied.state.clocks,
    applied: edits,
  }
  if (type === 'appointment') next.siteIds = [Number(next['siteId'])]
  const history = historyOf({
    type,
    doc: next,
    request,
    context,
    generation,
    changes,
    stamp,
    replaced: applied.replaced,
    settled: settledBy(type, bareId(doc._id), state, applied.state),
  })
  const amongOthers =
    sawGeneration > 0 &&
    Object.values(state.clocks).some(({ live }) =>
      live.some((version) => version.generation > sawGeneration && !isOwn(version, sight)),
    )
  return { doc: next, history, concurrent: applied.concurrent, amongOthers }
}

const settledBy = (type: WritableType, id: string, before: RecordState, after: RecordState): string[] => {
  const were = conflictsOf(type, id, before)
  if (were.length === 0) return []
  const are = new Set(conflictsOf(type, id, after).map((conflict) => conflict.id))
  return were.flatMap((conflict) => (are.has(conflict.id) ? [] : [conflict.id]))
}

/** `voided` is asked for with a reason; who and when are the server's to say. */
const withVoiding = (changes: EditItem['changes'], context: EditContext): EditItem['changes'] | Refusal => {
  const asked = changes['voided']
  if (!asked) return changes
  const to = asked.to as { reason?: unknown } | null
  if (typeof to?.reason !== 'string' || to.reason === '')
    return refuse('INVALID_REQUEST', 'changes.voided.to.reason', 'Say why it is voided')
  const at = new Date(context.receivedAt).toISOString()
  return {
    ...changes,
    voided: { from: asked.from, to: { at, by: context.actor.userId, reason: to.reason.slice(0, 200) } },
  }
}

const calledOff = ['CANCELLED', 'FAILED_TO_SHOW']
const progress = ['BOOKED', 'ARRIVED', 'IN_TREATMENT', 'TREATED', 'PAID']

/**
 * When an appointment came to each status: the one that an edit set, also where another, further along, is shown;
 * without those further along than what is shown, and without a cancellation, which a mis-tap taken back leaves.
 */
const withStatusTimes = (
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  set: string | undefined,
  at: number,
): Record<string, unknown> => {
  const shown = after['status']
  if (set === undefined) return after
  const times = { ...(after['statusTimes'] as Record<string, string> | undefined) }
  if (set !== before['status'] || times[set] === undefined) times[set] = new Date(at).toISOString()
  const reached = progress.indexOf(String(shown))
  if (reached < 0) return { ...after, statusTimes: times }
  for (const status of [...progress.slice(reached + 1), ...calledOff]) delete times[status]
  return {
    ...after,
    statusTimes: times,
    ...((after['cancellation'] ?? null) === null ? {} : { cancellation: null }),
  }
}

interface HistoryRequest {
  type: WritableType
  doc: RecordDoc
  request: EditRequest
  context: EditContext
  generation: number
  changes: EditItem['changes']
  stamp: string
  replaced: Record<string, unknown>
  settled: string[]
}

const historyOf = (h: HistoryRequest): HistoryDoc => {
  const recordId = bareId(h.doc._id)
  return {
    _id: historyId(recordId, h.request.clientItemId),
    type: 'history',
    recordType: h.type,
    recordId,
    clientItemId: h.request.clientItemId,
    groupId: h.doc.groupId,
    siteIds: h.doc.siteIds,
    at: new Date(stampTime(h.stamp) ?? h.context.receivedAt).toISOString(),
    by: h.context.actor.userId,
    deviceId: h.context.deviceId,
    generation: h.generation,
    mark: markOf(h.request.sent),
    changes: Object.fromEntries(
      Object.entries(h.changes).map(([field, { from, to }]) => [
        field,
        { from: from ?? null, to: to ?? null },
      ]),
    ),
    replaced: h.replaced,
    ...(h.settled.length > 0 ? { settled: h.settled } : {}),
    schemaVersion,
  }
}

/** History entries of a record stand together; the same edit again is the same entry. */
export const historyId = (recordId: string, clientItemId: string): string =>
  `history:${recordId}:${clientItemId}`
