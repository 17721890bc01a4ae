/** Claiming a time: the rules asked of one booking, and its entry taken in the ledger. */
import type { PractitionerReference } from '../contract/reference.ts'
import type { Group } from '../group.ts'
import { datePlus, datesBetween, type Interval } from './calendar.ts'
import { offersOf } from './availability.ts'
import { blocksOfPractitioner, blocksOfSite } from './held.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { ledgerDay, takeEntry } from './ledger.ts'
import { practitionerOf } from './references.ts'
import { refused, refusedBy, type Offer, type Refused } from './refusal.ts'
import { bookingRefusal, mayBook, nearest, type Broken } from './rules.ts'
import { ledgerOf, type Setting } from './setting.ts'
import { minuteMs, slotsOfDay } from './slots.ts'

const alternativesShown = 6
const alternativeDays = 7

export interface Claim {
  practitionerId: string
  entry: LedgerEntry
}

/** Takes the entry where the rules allow it; else says which one does not, and what is free near by. */
export const claim = async (
  group: Group,
  setting: Setting,
  { practitionerId, entry }: Claim,
): Promise<{ outcome: 'taken'; date: string } | Refused> => {
  const { terms } = setting
  const practitioner = await practitionerOf(group, practitionerId)
  if (!practitioner) return refused('UNKNOWN_REFERENCE', 'There is no such practitioner.', 'practitionerId')
  if (!mayBook(terms.booker, practitioner)) return notBookable(practitioner)
  const owner = ledgerOf(setting.sites, practitioner)
  const date = ledgerDay(owner, entry)
  if (date === undefined) return refused('OUTSIDE_HOURS', 'A booking lies within one day.')
  const blocked = await blocksAt(group, setting, practitionerId, entry)
  const day = { ...terms, practitioner, blocked, date: terms.calendar.dateOf(entry.from) }
  const taken = await takeEntry<Broken>(group, {
    owner,
    date,
    decide: (all) => {
      const others = all.filter(({ appointmentId }) => appointmentId !== entry.appointmentId)
      const broken = bookingRefusal(terms, slotsOfDay({ ...day, taken: others }), entry)
      return broken ? { refused: broken } : entry
    },
  })
  if (!taken) return { outcome: 'taken', date }
  const refusal = refusedBy(taken.refused)
  if (refusal.code === 'SLOT_TAKEN') refusal.alternatives = await alternativesTo(group, setting, entry)
  return refusal
}

const notBookable = ({ active, name }: PractitionerReference): Refused =>
  active
    ? refused('ONLINE_BOOKING_DISALLOWED', `${name} cannot be booked online; please call.`)
    : refused('OUTSIDE_HOURS', `${name} sees no patients any more.`)

const blocksAt = async (
  group: Group,
  { terms }: Setting,
  practitionerId: string,
  time: Interval,
): Promise<Interval[]> => {
  const found = await Promise.all([
    blocksOfSite(group, terms.site.siteId, time),
    blocksOfPractitioner(group, practitionerId, time),
  ])
  return found.flat()
}

/** The nearest free times of the same length at the site, of any practitioner. */
const alternativesTo = async (group: Group, setting: Setting, wanted: Interval): Promise<Offer[]> => {
  const { calendar, site } = setting.terms
  const date = calendar.dateOf(wanted.from)
  const dates = datesBetween(datePlus(date, -1), datePlus(date, alternativeDays))
  const count = (wanted.to - wanted.from) / (site.slotMinutes * minuteMs)
  const found = (await offersOf(group, setting, { dates, count })).map((offer) => ({
    ...{ offer, from: Date.parse(offer.startsAt), to: Date.parse(offer.endsAt) },
  }))
  return nearest(found, wanted, alternativesShown).map(({ offer }) => offer)
}
