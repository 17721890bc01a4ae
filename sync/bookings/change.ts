/** A booking moved or changed. */
import { same } from '../merge/canonical.ts'
import type { Group } from '../group.ts'
import type { StoredDoc } from '../store/port.ts'
import type { RecordDoc } from '../write/document.ts'
import type { Booked } from './book.ts'
import { claim } from './claim.ts'
import {
  editOf,
  isOver,
  releaseOf,
  withCurrent,
  write,
  type Addressed,
  type Changed,
  type Edit,
} from './edit-booking.ts'
import { releaseEntry } from './ledger.ts'
import { peopleRefusal } from './people.ts'
import { refused, refusedBy, type Refused } from './refusal.ts'
import { lengthOf, reasonRefusal, slotCount, type Terms } from './rules.ts'
import { settingOf, type BookingFor, type Setting } from './setting.ts'
import { minuteMs } from './slots.ts'

/** What may be changed of a booking; what is left out stays. */
export interface BookingFields {
  siteId?: number | undefined
  practitionerId?: string | undefined
  clientId?: string | undefined
  animalIds?: readonly string[] | undefined
  startsAt?: string | undefined
  /** Left out: as long as it was, or as a new reason takes (`lengthOf`). */
  endsAt?: string | undefined
  reasonId?: string | null | undefined
  reasonText?: string | null | undefined
  notes?: string | null | undefined
}

export interface BookingChange extends Addressed {
  fields: BookingFields
  /** The notes for those that stand, where the caller does not see them; in place of `fields.notes`. */
  notesFor?: ((standing: string | null) => string | null) | undefined
}

const placeFields = ['siteId', 'practitionerId', 'startsAt'] as const

/** Changes a booking; a new time, practitioner or site has to be free, and the old one is let go. */
export const change = async (group: Group, who: BookingFor, wanted: BookingChange): Promise<Changed> =>
  await withCurrent(group, who, wanted, async (doc) => {
    const given = givenValues(doc, fieldsFor(doc, wanted))
    if (Object.keys(given).length === 0) return { outcome: 'booked', appointment: doc }
    if (who.booker === 'prospect' && doc['status'] !== 'BOOKED') return closed()
    const asked = { ...doc, ...given } as RecordDoc
    const setting = await settingOf(group, who, {
      siteId: Number(asked['siteId']),
      reasonId: (asked['reasonId'] as string | null | undefined) ?? null,
    })
    if ('outcome' in setting) return setting
    const endGiven = wanted.fields.endsAt !== undefined
    const values = endGiven ? given : withEnd(setting.terms, doc, given)
    const next = { ...doc, ...values } as RecordDoc
    const short = endGiven && 'reasonId' in given ? shortRefusal(setting.terms, next) : undefined
    const refusal = short ?? (await fieldsRefusal(group, who, setting, { doc, next, values }))
    if (refusal) return refusal
    const edit = { editId: wanted.editId, values, served: {} }
    return moves(values) || 'endsAt' in values
      ? await move(group, who, setting, { doc, next, edit })
      : await write(group, doc, editOf(group, who, doc, edit))
  })

const fieldsFor = (doc: RecordDoc, { fields, notesFor }: BookingChange): BookingFields =>
  notesFor ? { ...fields, notes: notesFor((doc['notes'] as string | null | undefined) ?? null) } : fields

const closed = (): Refused =>
  refused('APPOINTMENT_CLOSED', 'This appointment has begun, is over or cancelled; book a new one.')

type Values = Record<string, unknown>

const moves = (values: Values): boolean => placeFields.some((field) => field in values)

/** The fields whose value is another than now; times as UTC. */
const givenValues = (doc: RecordDoc, fields: BookingFields): Values => {
  const utc = (field: 'startsAt' | 'endsAt') => {
    const text = fields[field]
    return text === undefined || Date.parse(text) === timeOf(doc, field) ? undefined : isoOf(Date.parse(text))
  }
  const all = { ...fields, startsAt: utc('startsAt'), endsAt: utc('endsAt') }
  return Object.fromEntries(
    Object.entries(all).filter(([field, value]) => value !== undefined && !same(value, doc[field] ?? null)),
  )
}

const timeOf = (doc: StoredDoc, field: 'startsAt' | 'endsAt'): number => Date.parse(String(doc[field]))
const isoOf = (time: number): string => new Date(time).toISOString()

/** With the end that follows from them, where it is another than now. */
const withEnd = (terms: Terms, doc: RecordDoc, values: Values): Values => {
  const [from, to] = [timeOf(doc, 'startsAt'), timeOf(doc, 'endsAt')]
  const moved = moves(values)
  // Staff also say afterwards what an appointment was for.
  const past = !moved && terms.booker === 'staff' && (isOver(doc) || from <= terms.now)
  const standing = { length: to - from, moves: moved, newReason: 'reasonId' in values && !past }
  const end = timeOf({ ...doc, ...values }, 'startsAt') + lengthOf(terms, standing)
  return end === to ? values : { ...values, endsAt: isoOf(end) }
}

/** Why a reason does not go with the end that was given, also where that is the end that it has. */
const shortRefusal = (terms: Terms, next: RecordDoc): Refused | undefined => {
  // Staff take whatever time they think right, and what a device booked may be no whole slots.
  if (terms.booker === 'staff') return undefined
  const count = slotCount(terms, (timeOf(next, 'endsAt') - timeOf(next, 'startsAt')) / minuteMs)
  return typeof count === 'number' ? undefined : refusedBy(count)
}

const fieldsRefusal = async (
  group: Group,
  who: BookingFor,
  { terms }: Setting,
  { doc, next, values }: { doc: RecordDoc; next: RecordDoc; values: Values },
): Promise<Refused | undefined> => {
  if ('reasonId' in values || 'reasonText' in values) {
    const broken = reasonRefusal(terms, (next['reasonText'] as string | null | undefined) ?? null)
    if (broken) return refusedBy(broken)
  }
  const people = { clientId: String(next['clientId']), animalIds: next['animalIds'] as string[] }
  const named = 'clientId' in values || 'animalIds' in values
  const takesTime = moves(values) || timeOf(next, 'endsAt') > timeOf(doc, 'endsAt')
  const refusal = named || takesTime ? await peopleRefusal(group, who.actor, people) : undefined
  // Who only moves a booking does not say whose the animals are.
  return named || refusal?.code !== 'UNKNOWN_REFERENCE' ? refusal : undefined
}

interface Move {
  doc: RecordDoc
  next: RecordDoc
  edit: Edit
}

const move = async (
  group: Group,
  who: BookingFor,
  setting: Setting,
  { doc, next, edit }: Move,
): Promise<'again' | Booked | Refused> => {
  if (isOver(doc)) return closed()
  const bookings = (doc.bookings ?? 0) + 1
  const booking = editOf(group, who, doc, { ...edit, served: { bookings } })
  const appointmentId = booking.item['id'] as string
  const times = { from: timeOf(next, 'startsAt'), to: timeOf(next, 'endsAt') }
  const practitionerId = String(next['practitionerId'])
  const entry = { appointmentId, ...times, bookings, booking }
  const claimed = await claim(group, setting, { practitionerId, entry })
  if (claimed.outcome === 'refused') return claimed
  const done = await write(group, doc, booking)
  const lost = done === 'again' || done.outcome === 'refused'
  const here = { practitionerId, date: claimed.date }
  if (lost) await releaseEntry(group, { ...here, appointmentId, before: bookings + 1 })
  else await releaseOf(group, setting.sites, doc, here)
  return done
}
