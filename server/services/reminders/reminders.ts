/** Reminders: what an animal or a client is to be called in for, and when. */
import type { z } from 'zod'
import { isProspect } from '../../../sync/clients/is-prospect.ts'
import type { Reminder, reminderData, reminderStatus } from '../../../sync/contract/practice-records.ts'
import type { Group } from '../../../sync/group.ts'
import { apiRecord, docId, type RecordDoc } from '../../../sync/write/document.ts'
import { makeRecord, reviseRecord, type Revised, type Writing } from '../../../sync/write/revise.ts'
import { fail } from '../../http/problem.ts'

type Data = z.output<typeof reminderData>
type Status = z.output<typeof reminderStatus>

export const reminderOf = (doc: RecordDoc): Reminder => ({
  ...({ practitionerId: null, ...apiRecord(doc) } as unknown as Reminder),
  createdBy: doc.createdBy,
})

/** Makes a reminder. Fails with UNKNOWN_REFERENCE, PROSPECT_NOT_REGISTERED or ANIMAL_DECEASED. */
export const makeReminder = async (
  group: Group,
  { id, data }: { id: string; data: Data },
  writing: Writing,
): Promise<Reminder> => {
  const { siteId, clientId, animalId } = data
  const named = [docId('client', clientId), ...(animalId === null ? [] : [docId('animal', animalId)])]
  const [client, animal] = await group.db.getMany(named)
  if (!client) fail('UNKNOWN_REFERENCE', { errors: [{ path: 'clientId', message: 'is not known' }] })
  if (client && isProspect(client)) fail('PROSPECT_NOT_REGISTERED')
  if (animalId !== null && animal?.['clientId'] !== clientId)
    fail('UNKNOWN_REFERENCE', {
      errors: [{ path: 'animalId', message: 'is not an animal of this client' }],
    })
  if (animal && (animal['deceasedAt'] ?? null) !== null) fail('ANIMAL_DECEASED')
  const whose = ((animal ?? client)?.['siteIds'] as number[] | undefined) ?? []
  const siteIds = [...new Set([siteId, ...whose])].sort((a, b) => a - b)
  const fields = { ...data, status: 'OPEN', settledAt: null, settledBy: null }
  const record = { groupId: group.groupId, type: 'reminder', id, siteIds, fields }
  return reminderOf((await makeRecord(group.db, record, writing)).doc)
}

export interface ReminderChange {
  id: string
  /** The revision that the caller has seen. */
  expected: readonly string[] | undefined
  /** Fields that are undefined stay as they are. */
  changes: { [Field in 'kind' | 'text' | 'dueOn' | 'notes']?: Data[Field] | undefined } & {
    status?: Status | undefined
  }
}

/** Changes a reminder; one that was settled can be opened again. */
export const changeReminder = (
  group: Group,
  { id, expected, changes }: ReminderChange,
  writing: Writing,
): Promise<Revised> => {
  const settled = { settledAt: new Date(writing.at).toISOString(), settledBy: writing.by }
  const change = (doc: RecordDoc): Record<string, unknown> | undefined => {
    const given = Object.entries(changes).filter(
      ([field, value]) => value !== undefined && doc[field] !== value,
    )
    if (given.length === 0) return undefined
    const fields = Object.fromEntries(given)
    if (fields['status'] === undefined) return fields
    return { ...fields, ...(fields['status'] === 'OPEN' ? { settledAt: null, settledBy: null } : settled) }
  }
  return reviseRecord(group.db, { type: 'reminder', id, expected, change }, writing)
}

/** The reminders of a client or an animal, by the day they are due. */
export const remindersOf = async (
  group: Group,
  whose: 'client' | 'animal',
  id: string,
): Promise<Reminder[]> => {
  const keys = await group.index.lookup([`reminder.${whose}`, id])
  const docs = await group.db.getMany(keys.map((parts) => docId('reminder', parts[1] ?? '')))
  return docs.flatMap((doc) => (doc ? [reminderOf(doc as RecordDoc)] : []))
}
