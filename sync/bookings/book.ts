/** A new booking. */
import type { Group } from '../group.ts'
import { docId, type RecordDoc } from '../write/document.ts'
import { claim } from './claim.ts'
import { releaseEntry } from './ledger.ts'
import type { WholeBooking } from './ledger-entry.ts'
import { peopleRefusal, type People } from './people.ts'
import { refused, refusedBy, type Refused } from './refusal.ts'
import { lengthOf, reasonRefusal } from './rules.ts'
import { settingOf, type BookingFor } from './setting.ts'
import { writeBooking } from './settle.ts'

export interface NewBooking extends People {
  /** The same id again is the same booking: whoever repeats the call gets what the first one made. */
  appointmentId: string
  siteId: number
  practitionerId: string
  /** Instants, ISO 8601. `endsAt` left out: as long as the reason takes, or one slot. */
  startsAt: string
  endsAt?: string | undefined
  reasonId: string | null
  reasonText: string | null
  notes: string | null
}

export interface Booked {
  outcome: 'booked'
  appointment: RecordDoc
}

/** Books, where the rules allow it. @throws StoreUnavailable where the store or the ledger is away */
export const book = async (group: Group, who: BookingFor, wanted: NewBooking): Promise<Booked | Refused> => {
  const standing = await appointmentOf(group, wanted.appointmentId)
  if (standing) return { outcome: 'booked', appointment: standing }
  const setting = await settingOf(group, who, wanted)
  if ('outcome' in setting) return setting
  const broken = reasonRefusal(setting.terms, wanted.reasonText)
  if (broken) return refusedBy(broken)
  const nobody = await peopleRefusal(group, who.actor, wanted)
  if (nobody) return nobody
  const from = Date.parse(wanted.startsAt)
  const to = wanted.endsAt === undefined ? from + lengthOf(setting.terms) : Date.parse(wanted.endsAt)
  const booking = wholeOf(group, who, wanted, { from, to })
  const entry = { appointmentId: wanted.appointmentId, from, to, bookings: 1, booking }
  const claimed = await claim(group, setting, { practitionerId: wanted.practitionerId, entry })
  if (claimed.outcome === 'refused') {
    // The claim completes what a crash left undone, which may be this very booking.
    const made = await appointmentOf(group, wanted.appointmentId)
    return made ? { outcome: 'booked', appointment: made } : claimed
  }
  const result = await writeBooking(group, booking, () => true)
  const appointment = await appointmentOf(group, wanted.appointmentId)
  if (appointment) return { outcome: 'booked', appointment }
  // What was checked above is gone: somebody removed the client or the animal in between.
  const { practitionerId, appointmentId } = wanted
  await releaseEntry(group, { practitionerId, date: claimed.date, appointmentId, before: 2 })
  return refused('UNKNOWN_REFERENCE', result?.errors?.[0]?.message ?? 'Somebody removed what this refers to.')
}

const appointmentOf = async (group: Group, id: string): Promise<RecordDoc | undefined> =>
  (await group.db.get(docId('appointment', id))) as RecordDoc | undefined

const wholeOf = (
  group: Group,
  { actor, booker }: BookingFor,
  wanted: NewBooking,
  { from, to }: { from: number; to: number },
): WholeBooking => {
  const { appointmentId, siteId, practitionerId, clientId, animalIds, reasonId, reasonText, notes } = wanted
  const { userId, siteIds } = actor
  const times = { startsAt: new Date(from).toISOString(), endsAt: new Date(to).toISOString() }
  const data = { siteId, practitionerId, clientId, animalIds, ...times, reasonId, reasonText, notes }
  return {
    actor: { userId, siteIds, practitionerId: actor.practitionerId },
    item: { clientItemId: appointmentId, editedAt: new Date(group.now()).toISOString(), data },
    served: { onlineBooking: booker !== 'staff', bookings: 1 },
  }
}
