/** A booking moved or changed. */
import { same } from '../merge/canonical.ts'
import type { Group } from '../group.ts'
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
import { reasonRefusal } from './rules.ts'
import { settingOf, type BookingFor, type Setting } from './setting.ts'

/** What may be changed of a booking; what is left out stays. */
export interface BookingFields {
  siteId?: number | undefined
  practitionerId?: string | undefined
  clientId?: string | undefined
  animalIds?: readonly string[] | undefined
  startsAt?: string | undefined
  /** Left out beside a new `startsAt`: as long as it was. */
  endsAt?: string | undefined
  reasonId?: string | null | undefined
  reasonText?: string | null | undefined
  notes?: string | null | undefined
}

export interface BookingChange extends Addressed {
  fields: BookingFields
}

const slotFields = ['siteId', 'practitionerId', 'startsAt', 'endsAt'] as const

/** Changes a booking; a new time, practitioner or site has to be free, and the old one is let go. */
export const change = async (group: Group, who: BookingFor, wanted: BookingChange): Promise<Changed> =>
  await withCurrent(group, who, wanted, async (doc) => {
    const values = valuesOf(doc, wanted.fields)
    if (Object.keys(values).length === 0) return { outcome: 'booked', appointment: doc }
    const next = { ...doc, ...values } as RecordDoc
    const setting = await settingOf(group, who, {
      siteId: Number(next['siteId']),
      reasonId: (next['reasonId'] as string | null | undefined) ?? null,
    })
    if ('outcome' in setting) return setting
    const refusal = await fieldsRefusal(group, who, setting, next, values)
    if (refusal) return refusal
    const moved = slotFields.some((field) => field in values)
    const edit = { editId: wanted.editId, values, served: {} }
    return moved
      ? await move(group, who, setting, { doc, next, edit })
      : await write(group, doc, editOf(group, who, doc, edit))
  })

/** The fields whose value is another than now; times as UTC. */
const valuesOf = (doc: RecordDoc, fields: BookingFields): Record<string, unknown> => {
  const { startsAt, endsAt } = fields
  const time = (text: string): number => Date.parse(text)
  const length = time(String(doc['endsAt'])) - time(String(doc['startsAt']))
  const end = endsAt ?? (startsAt === undefined ? undefined : new Date(time(startsAt) + length).toISOString())
  const utc = (text: string | undefined, now: unknown) =>
    text === undefined || time(text) === time(String(now)) ? undefined : new Date(time(text)).toISOString()
  const all = { ...fields, startsAt: utc(startsAt, doc['startsAt']), endsAt: utc(end, doc['endsAt']) }
  return Object.fromEntries(
    Object.entries(all).filter(([field, value]) => value !== undefined && !same(value, doc[field] ?? null)),
  )
}

const fieldsRefusal = async (
  group: Group,
  who: BookingFor,
  { terms }: Setting,
  next: RecordDoc,
  values: Record<string, unknown>,
): Promise<Refused | undefined> => {
  if ('reasonId' in values || 'reasonText' in values) {
    const broken = reasonRefusal(terms, (next['reasonText'] as string | null | undefined) ?? null)
    if (broken) return refusedBy(broken)
  }
  if (!('clientId' in values || 'animalIds' in values)) return undefined
  const people = { clientId: String(next['clientId']), animalIds: next['animalIds'] as string[] }
  return await peopleRefusal(group, who.actor, people)
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
  if (isOver(doc))
    return refused('APPOINTMENT_CLOSED', 'This appointment is over or cancelled; book a new one.')
  const bookings = (doc.bookings ?? 0) + 1
  const booking = editOf(group, who, doc, { ...edit, served: { bookings } })
  const appointmentId = booking.item['id'] as string
  const times = { from: Date.parse(String(next['startsAt'])), to: Date.parse(String(next['endsAt'])) }
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
