/**
 * What the index holds for a document: pure, so that an index can be thrown away and made again from the
 * store's changes.
 */
import { clientMatchKeys } from '../clients/matching.ts'
import { animalSearchKeys, clientSearchKeys } from '../clients/search-fields.ts'
import type { CollectionName } from '../contract/records.ts'
import { conflictsOf } from '../merge/conflicts.ts'
import { recordTypes, type RecordType } from '../merge/policy.ts'
import { bareId, typeOf } from '../write/document.ts'
import type { Clocks } from '../merge/types.ts'
import type { StoredDoc } from '../store/port.ts'
import { documentKeys } from './document-keys.ts'
import { invoiceKeys, openTreatmentKeys, prescriptionKeys, reminderKeys } from './practice-keys.ts'

/** A document's place in a channel of a collection. */
export interface ChannelRow {
  collection: CollectionName
  /** `group`, or `site:<siteId>`. */
  channel: string
  /** What the window of the collection is measured by (UTC instant), or '' where it has no window. */
  date: string
  /** The row's id on a device. */
  id: string
}

export interface Entries {
  rows: ChannelRow[]
  /** Keys of the lookups: name, then parts, the document's id last. */
  keys: string[][]
}

/** As `toISOString` writes it, but for 29 February: by far the most are, and parsing takes ten times as long. */
const alreadySortable =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** A text that sorts as the instant does, whatever its offset; '' where there is none. */
export const sortableInstant = (instant: unknown): string => {
  if (typeof instant === 'string' && alreadySortable.test(instant)) return instant
  const ms = typeof instant === 'string' ? Date.parse(instant) : Number.NaN
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}

export const siteChannel = (siteId: number): string => `site:${siteId}`
export const groupChannel = 'group'

/** Types that are the whole group's where they name no site; another record without sites is nobody's. */
const groupWideTypes = new Set(['reference', 'treatmentCode'])
export const isGroupWide = (doc: StoredDoc): boolean => groupWideTypes.has(typeOf(doc._id))

export const siteIdsOf = (doc: StoredDoc): number[] =>
  Array.isArray(doc['siteIds']) ? (doc['siteIds'] as number[]) : []

/** The channels whose devices may hold a document: its sites', or the whole group's. */
const channelsOf = (doc: StoredDoc): string[] => {
  const siteIds = siteIdsOf(doc)
  if (siteIds.length > 0) return siteIds.map(siteChannel)
  return isGroupWide(doc) ? [groupChannel] : []
}

const collectionOf: Partial<Record<string, { collection: CollectionName; dateField?: string }>> = {
  reference: { collection: 'reference' },
  treatmentCode: { collection: 'treatmentCodes' },
  client: { collection: 'clients' },
  animal: { collection: 'animals' },
  appointment: { collection: 'appointments', dateField: 'startsAt' },
  treatment: { collection: 'treatments', dateField: 'treatedAt' },
  payment: { collection: 'payments', dateField: 'takenAt' },
  document: { collection: 'documents', dateField: 'createdAt' },
}

/** Where a type that has a window stands, and the field that the window is measured by. */
export const placeOf = (type: string): { collection: CollectionName; dateField: string } | undefined => {
  const { collection, dateField } = collectionOf[type] ?? {}
  return collection && dateField ? { collection, dateField } : undefined
}

/** Types whose concurrent edits can stand in conflict. */
const mergedTypes: ReadonlySet<string> = new Set<RecordType>(recordTypes)

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((v) => typeof v === 'string') : []

/** Lists that answer what changed since a time also name what was removed since, so a tombstone has this key too. */
const modifiedKey = (doc: StoredDoc): string[][] => [
  ['modified', typeOf(doc._id), sortableInstant(doc['modifiedAt']), doc._id],
]
/** An edit that took a record from its client, or from its site: the lists of those tell that it is gone. */
const leftKeys = (doc: StoredDoc): string[][] => {
  const { clientId, siteId } = (doc['replaced'] ?? {}) as Record<string, unknown>
  const record = [text(doc['recordType']), text(doc['recordId']), doc._id]
  return [
    ...(typeof clientId === 'string' ? [['client.left', clientId, ...record]] : []),
    ...(typeof siteId === 'number' ? [['site.left', String(siteId), ...record]] : []),
  ]
}
/** How long a patient waited, by when they came; ms. */
const waitKeys = (doc: StoredDoc, id: string): string[][] => {
  const { ARRIVED, IN_TREATMENT } = (doc['statusTimes'] ?? {}) as Record<string, unknown>
  const [from, to] = [sortableInstant(ARRIVED), sortableInstant(IN_TREATMENT)]
  if (from === '' || to === '') return []
  return [['site.waits', String(doc['siteId']), from, String(Date.parse(to) - Date.parse(from)), id]]
}
const listedWhenRemoved = new Set(['treatmentCode'])

const notHeld = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

/** Whether an appointment takes its practitioner's time. */
export const holdsTime = (doc: StoredDoc): boolean => !notHeld.has(String(doc['status']))

/**
 * The time that an appointment takes, with all that the rules about bookings ask of it, so that a month of a
 * practitioner is read by keys alone.
 */
const bookingKeys = (doc: StoredDoc, id: string): string[][] => {
  const [from, to] = [sortableInstant(doc['startsAt']), sortableInstant(doc['endsAt'])]
  if (from === '' || to === '' || !holdsTime(doc)) return []
  return [['booking', text(doc['practitionerId']), from, to, String(Number(doc['bookings'] ?? 0)), id]]
}

/** By the other side: a clash that one side says and the other does not is found from either. */
const clashKeys = (doc: StoredDoc, id: string): string[][] =>
  texts((doc['clash'] as { with?: unknown } | null | undefined)?.with).map((other) => ['clash', other, id])

const blockKeys = (doc: StoredDoc, id: string): string[][] => {
  const [from, to] = [sortableInstant(doc['startsAt']), sortableInstant(doc['endsAt'])]
  const practitioner = text(doc['practitionerId'])
  const whose = practitioner ? ['block.practitioner', practitioner] : ['block.site', String(doc['siteId'])]
  return [[...whose, from, to, id]]
}

const lookups: Partial<Record<string, (doc: StoredDoc, id: string) => string[][]>> = {
  reference: (doc, id) => (doc['kind'] === 'block' ? blockKeys(doc, id) : []),
  appointment: (doc, id) => {
    const at = sortableInstant(doc['startsAt'])
    return [
      ...bookingKeys(doc, id),
      ...clashKeys(doc, id),
      ['appointment.site', String(doc['siteId']), at, id],
      ['appointment.practitioner', text(doc['practitionerId']), at, id],
      ...texts(doc['animalIds']).map((animal) => ['animal.history', animal, at, doc._id]),
      ['client.appointments', text(doc['clientId']), at, id],
      ...waitKeys(doc, id),
      ...modifiedKey(doc),
    ]
  },
  treatment: (doc, id) => [
    ['animal.history', text(doc['animalId']), sortableInstant(doc['treatedAt']), doc._id],
    ...openTreatmentKeys(doc, id),
  ],
  document: documentKeys,
  client: (doc, id) => [...clientSearchKeys(doc, id), ...clientMatchKeys(doc, id)],
  animal: (doc, id) => [['client.animals', text(doc['clientId']), id], ...animalSearchKeys(doc, id)],
  payment: (doc, id) => [
    ['client.payments', text(doc['clientId']), sortableInstant(doc['takenAt']), id],
    // It changes what is left of invoices, whose lists tell of it.
    ['modified', 'invoice', sortableInstant(doc['modifiedAt']), doc._id],
  ],
  treatmentCode: modifiedKey,
  rejected: (doc) => [['rejected.user', text(doc['userId']), sortableInstant(doc['rejectedAt']), doc._id]],
  prospect: (doc, id) =>
    typeof doc['clientId'] === 'string' ? [['client.prospects', doc['clientId'], id]] : [],
  prospectBooking: (doc, id) => [['appointment.reference', text(doc['appointmentId']), id]],
  invoice: invoiceKeys,
  prescription: prescriptionKeys,
  reminder: reminderKeys,
  history: (doc) => [
    ['record.history', text(doc['recordId']), sortableInstant(doc['at']), doc._id],
    ...leftKeys(doc),
  ],
}

/** The conflicts of a stored record, computed from its clocks. */
export const conflictsOfDoc = (doc: StoredDoc): ReturnType<typeof conflictsOf> => {
  const type = typeOf(doc._id)
  if (!mergedTypes.has(type) || doc['clocks'] === undefined) return []
  const { clocks, ...fields } = doc
  return conflictsOf(type as RecordType, bareId(doc._id), { fields, clocks: clocks as Clocks })
}

/** Whether a record was removed from lists and devices, and is kept to be restored. */
export const isRemoved = (doc: StoredDoc): boolean => typeof doc['deletedAt'] === 'string'

/** All that the index holds for a document; nothing for a type that it does not know. */
export const entriesOf = (doc: StoredDoc): Entries => {
  const type = typeOf(doc._id)
  if (doc._deleted) return { rows: [], keys: listedWhenRemoved.has(type) ? modifiedKey(doc) : [] }
  const id = bareId(doc._id)
  const keys = lookups[type]?.(doc, id) ?? []
  const entry = collectionOf[type]
  if (!entry || isRemoved(doc)) return { rows: [], keys }
  const date = entry.dateField ? sortableInstant(doc[entry.dateField]) : ''
  const channels = channelsOf(doc)
  const rows: ChannelRow[] = channels.map((channel) => ({ collection: entry.collection, channel, date, id }))
  for (const conflict of conflictsOfDoc(doc))
    for (const channel of channels) rows.push({ collection: 'conflicts', channel, date: '', id: conflict.id })
  return { rows, keys }
}
