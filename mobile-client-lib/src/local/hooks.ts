/** What happens when an app writes to a collection: the change is logged, or refused with a reason. */
import type { RxCollection } from 'rxdb'
import { editRefusal, fieldsOf, type RecordType } from '../../../sync/merge/policy.ts'
import { changesBetween } from '../../../sync/merge/changes.ts'
import { same } from '../../../sync/merge/canonical.ts'
import { reapply } from '../../../sync/merge/reapply.ts'
import { isCreation, isData, isUnsentCreation, withChange } from '../edits/edit-log.ts'
import type { PendingChange, PendingEdit } from '../edits/pending-edit.ts'
import { ChangeRefusedError } from '../errors.ts'
import { withDefaults } from './defaults.ts'
import type { Journal } from './journal.ts'
import { newId, type LocalRecord } from './records.ts'

export interface HookContext {
  collection: RxCollection<LocalRecord>
  type: RecordType
  journal: Journal
  /** Edits that no push has had. */
  foldable: Set<string>
  /** Whether the pushes are this tab's own, so that it knows what they have had. */
  mayFold: () => boolean
  now: () => number
  groupId: number | null
  /** For documents: whether the file of this id is on the device. */
  hasFile?: (id: string) => Promise<boolean>
}

/** RxDB's own fields. */
const isOwn = (field: string): boolean => field.startsWith('_')

/** Installs the hooks of a collection whose changes are sent. */
export const installHooks = (context: HookContext): void => {
  const { collection } = context
  collection.preInsert((data: LocalRecord) => beforeInsert(context, data), false)
  collection.preSave((data: LocalRecord, before: LocalRecord) => beforeSave(context, data, before), false)
  collection.preRemove((data: LocalRecord) => refuseRemoval(context, data), false)
}

/** Installs the hooks of a collection that is only pulled; `open` names the fields the library itself writes. */
export const installReadOnly = (
  collection: RxCollection<LocalRecord>,
  open: readonly string[] = [],
): void => {
  const refuse = (): never => {
    throw new ChangeRefusedError(
      'READ_ONLY',
      `${collection.name} come from the server and are not changed here`,
    )
  }
  collection.preInsert(refuse, false)
  collection.preRemove(refuse, false)
  collection.preSave((data: LocalRecord, before: LocalRecord) => {
    const fields = new Set([...Object.keys(data), ...Object.keys(before)])
    for (const field of fields)
      if (!isOwn(field) && !open.includes(field) && !same(data[field], before[field])) refuse()
  }, false)
}

const beforeInsert = async (context: HookContext, data: LocalRecord): Promise<void> => {
  const { type, collection, hasFile, journal, now } = context
  data.id ||= newId()
  checkFields(type, data)
  for (const field of Object.keys(data))
    if (field !== 'id' && !isOwn(field) && !isData(type, field)) delete data[field]
  if (hasFile && !(await hasFile(data.id)))
    throw new ChangeRefusedError('FILE_MISSING', 'Add a document with client.documents.add')
  const editedAt = new Date(now()).toISOString()
  withDefaults(collection.name, data)
  if (context.groupId !== null) data['groupId'] = context.groupId
  data['createdAt'] = editedAt
  data['modifiedAt'] = editedAt
  data.pendingEdits = [{ clientItemId: data.id, editedAt, creation: true }]
  await journal.add(data.id)
}

const checkFields = (type: RecordType, data: LocalRecord): void => {
  for (const field of Object.keys(data))
    if (!isOwn(field) && field !== 'pendingEdits' && !Object.hasOwn(fieldsOf(type), field))
      throw new ChangeRefusedError('UNKNOWN_FIELD', `A ${type} has no field ${field}`, field)
}

const beforeSave = async (context: HookContext, data: LocalRecord, before: LocalRecord): Promise<void> => {
  const { type, foldable, journal, now, mayFold } = context
  if (data['_deleted'] === true) return refuseRemoval(context, data)
  checkFields(type, data)
  const seen = withLogged(type, data, before)
  keepServed(type, data, before)
  refuseInVain(type, data, seen)
  const log = withChange(seen, data, {
    type,
    editedAt: new Date(now()).toISOString(),
    newId,
    mayFold: (id) => mayFold() && foldable.has(id),
  })
  const known = new Set(seen.pendingEdits.map((edit) => edit.clientItemId))
  if (mayFold()) for (const { clientItemId } of log) if (!known.has(clientItemId)) foldable.add(clientItemId)
  if (log.length === 0) delete data.pendingEdits
  else {
    data.pendingEdits = log
    await journal.add(data.id)
  }
}

/** `before` with the edits that the library itself has added (a conflict's resolution, a retry) laid on it. */
const withLogged = (
  type: RecordType,
  data: LocalRecord,
  before: LocalRecord,
): LocalRecord & { pendingEdits: PendingEdit[] } => {
  const known = new Set((before.pendingEdits ?? []).map((edit) => edit.clientItemId))
  const added = (data.pendingEdits ?? []).filter((edit) => !known.has(edit.clientItemId))
  const changes = added.filter((edit): edit is PendingChange => !isCreation(edit))
  const pendingEdits = [...(before.pendingEdits ?? []), ...added]
  return { ...before, ...reapply(type, before, changes), pendingEdits }
}

/** What the server keeps stays as it is; an upsert that leaves fields out leaves them alone. */
const keepServed = (type: RecordType, data: LocalRecord, before: LocalRecord): void => {
  for (const [field, value] of Object.entries(before))
    if (!isOwn(field) && field !== 'pendingEdits' && data[field] === undefined) data[field] = value
  for (const [field, policy] of Object.entries(fieldsOf(type)))
    if (policy === 'served' && !same(data[field], before[field]))
      throw new ChangeRefusedError('FIELD_FIXED', `${field} is kept by the server`, field)
}

/** What the server would refuse in any case is refused here, while the user is there to put it right. */
const refuseInVain = (type: RecordType, data: LocalRecord, seen: LocalRecord): void => {
  if (isUnsentCreation(seen)) return
  const changes = changesBetween(type, seen, data)
  if (type === 'document' && Object.keys(changes).length > 0)
    throw new ChangeRefusedError('FIELD_FIXED', 'A document is not changed on the device once it was sent')
  const refusal = editRefusal(type, seen, changes)
  if (refusal) throw new ChangeRefusedError(refusal.code, refusal.message, refusal.path)
}

const refuseRemoval = ({ type }: HookContext, data: LocalRecord): void => {
  if (isUnsentCreation(data)) return
  const instead = type === 'treatment' ? 'void it' : type === 'payment' ? 'record a reversal' : 'change it'
  throw new ChangeRefusedError('REMOVE_REFUSED', `A ${type} that was sent is not removed; ${instead}`)
}
