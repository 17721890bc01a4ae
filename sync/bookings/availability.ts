/** What can be booked: the same rules, over many days and practitioners. */
import type { PractitionerReference } from '../contract/reference.ts'
import type { Group } from '../group.ts'
import { datesBetween, type Interval } from './calendar.ts'
import { blocksOfPractitioner, blocksOfSite } from './held.ts'
import { ledgerDay, takenTime } from './ledger.ts'
import { practitionerOf, practitionersOf } from './references.ts'
import { refused, refusedBy, type Offer, type Refused } from './refusal.ts'
import { mayBook, offers, slotCount } from './rules.ts'
import { ledgerOf, settingOf, type BookingFor, type Setting } from './setting.ts'
import { slotsOfDay } from './slots.ts'

export interface Search {
  siteId: number
  /** First and last day, `YYYY-MM-DD`, both included. */
  from: string
  to: string
  practitionerId?: string | undefined
  reasonId?: string | undefined
  /** Default: what the reason takes, or one slot. */
  durationMinutes?: number | undefined
}

/** Every free time that could be booked now, in order of time. */
export const availability = async (
  group: Group,
  who: BookingFor,
  search: Search,
): Promise<{ outcome: 'found'; offers: Offer[] } | Refused> => {
  const { siteId, from, to, practitionerId, reasonId = null, durationMinutes } = search
  const setting = await settingOf(group, who, { siteId, reasonId })
  if ('outcome' in setting) return setting
  const count = slotCount(setting.terms, durationMinutes)
  if (typeof count !== 'number') return refusedBy(count)
  if (practitionerId !== undefined && !(await practitionerOf(group, practitionerId)))
    return refused('UNKNOWN_REFERENCE', 'There is no such practitioner.', 'practitionerId')
  return {
    outcome: 'found',
    offers: await offersOf(group, setting, { dates: datesBetween(from, to), count, practitionerId }),
  }
}

export interface Wanted {
  dates: readonly string[]
  /** Slots of one booking. */
  count: number
  practitionerId?: string | undefined
}

/** Offers of a site's practitioners, or of one, in order of time. */
export const offersOf = async (group: Group, setting: Setting, wanted: Wanted): Promise<Offer[]> => {
  const { calendar, site, booker } = setting.terms
  const [first, last] = [wanted.dates[0], wanted.dates.at(-1)]
  if (first === undefined || last === undefined) return []
  const time = { from: calendar.day(first).from, to: calendar.day(last).to }
  const [practitioners, blocks] = await Promise.all([
    practitionersOf(group),
    blocksOfSite(group, site.siteId, time),
  ])
  const isoOf = isoTexts()
  const found = await Promise.all(
    practitioners
      .filter((one) => mayBook(booker, one) && one.siteIds.includes(site.siteId))
      .filter((one) => wanted.practitionerId === undefined || one.practitionerId === wanted.practitionerId)
      .map((practitioner) => offersWith(group, setting, { ...wanted, practitioner, time, blocks, isoOf })),
  )
  return found.flat().sort((a, b) => (a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : 0))
}

interface Search1 extends Wanted {
  practitioner: PractitionerReference
  time: Interval
  /** Of everybody at the site. */
  blocks: readonly Interval[]
  isoOf: (instant: number) => string
}

/** Instants as text; practitioners have the same times, so each is written once. */
const isoTexts = (): ((instant: number) => string) => {
  const known = new Map<number, string>()
  return (instant) => {
    const text = known.get(instant) ?? new Date(instant).toISOString()
    known.set(instant, text)
    return text
  }
}

const offersWith = async (group: Group, setting: Setting, search: Search1): Promise<Offer[]> => {
  const { terms } = setting
  const { practitioner, time, dates, count, isoOf } = search
  const { practitionerId, name } = practitioner
  const owner = ledgerOf(setting.sites, practitioner)
  const [taken, own] = await Promise.all([
    takenTime(group, owner, time),
    blocksOfPractitioner(group, practitionerId, time),
  ])
  const blocked = [...search.blocks, ...own]
  const common = { calendar: terms.calendar, site: terms.site, practitioner, blocked, taken }
  return dates.flatMap((date) =>
    offers(terms, slotsOfDay({ ...common, date }), count)
      .filter((offer) => ledgerDay(owner, offer) !== undefined)
      .map(({ from, to }) => ({
        siteId: terms.site.siteId,
        practitionerId,
        practitionerName: name,
        startsAt: isoOf(from),
        endsAt: isoOf(to),
      })),
  )
}
