/** What the tests of merge share: records to merge, and edits of them in one line. */
import { entryStamp } from '../../../sync/merge/clock.ts'
import { applyEdit, seenStamp } from '../../../sync/merge/record.ts'
import type { RecordType } from '../../../sync/merge/policy.ts'
import type { Applied, Changes, Edit, RecordState, Sight } from '../../../sync/merge/types.ts'

export const noon = Date.parse('2026-03-29T12:00:00Z')
export const recordId = '00000000-0000-4000-8000-000000000001'

export const appointment = (over: Record<string, unknown> = {}): RecordState => ({
  fields: {
    siteId: 1,
    practitionerId: 'vet-1',
    startsAt: '09:00',
    endsAt: '09:20',
    clientId: 'client-1',
    animalIds: ['rex'],
    status: 'BOOKED',
    reasonId: null,
    reasonText: 'booster',
    notes: 'limps',
    modifiedAt: '2026-03-29T12:00:00Z',
    ...over,
  },
  clocks: {},
})

export const animal = (over: Record<string, unknown> = {}): RecordState => ({
  fields: { name: 'Rex', weightGrams: 900, allergies: ['eggs', 'nuts'], notes: null, ...over },
  clocks: {},
})

export const treatment = (over: Record<string, unknown> = {}): RecordState => ({
  fields: {
    animalId: 'rex',
    code: 'VAC',
    description: 'vaccine',
    quantity: '1',
    unitPrice: 500,
    fixedPrice: null,
    currency: 'GBP',
    vatRate: 2000,
    notes: null,
    invoiceId: null,
    voided: null,
    ...over,
  },
  clocks: {},
})

export interface Said extends Partial<Sight> {
  changes: Changes
  /** Names the edit, its user and its device. */
  id: string
  /** Minutes after noon. */
  minute?: number
  generation?: number
}

/** The edit as the server makes it where it enters. By default its base is the creation. */
export function enter(type: RecordType, state: RecordState, said: Said): Edit {
  const { id, minute = 0, generation = 2, sawGeneration = 1, changes } = said
  const sight: Sight = { by: said.by ?? `user ${id}`, device: said.device ?? id, changes, sawGeneration }
  const time = noon + minute * 60_000
  const seen = seenStamp(type, state, sight)
  const stamp = entryStamp({ editedAt: time, sentAt: time, receivedAt: time, seen, editId: id })
  return { ...sight, stamp, generation }
}

export const edit = (type: RecordType, state: RecordState, said: Said): Applied =>
  applyEdit(type, state, enter(type, state, said))

/** The state after edits that did not see each other, unless they say so. */
export const edited = (type: RecordType, state: RecordState, ...edits: Said[]): RecordState =>
  edits.reduce((so, said, i) => edit(type, so, { generation: i + 2, ...said }).state, state)
