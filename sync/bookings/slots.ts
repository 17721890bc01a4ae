/** The slots of a practitioner's day at a site: what every rule about bookings is said of. Pure. */
import type { PractitionerReference, SiteReference } from '../contract/reference.ts'
import { weekdayOf, type Calendar, type Interval } from './calendar.ts'
import { common, overlapsAny, union, within, without } from './intervals.ts'

export type SiteHours = Pick<
  SiteReference,
  'siteId' | 'openingHours' | 'breaks' | 'exceptions' | 'slotMinutes'
>
export type Worker = Pick<PractitionerReference, 'siteIds' | 'active' | 'rota'>

/** One slot of the site's opening hours. It is free where the practitioner works and nothing else holds it. */
export interface Slot extends Interval {
  /** The practitioner sees patients here: open, no break, in the rota. */
  working: boolean
  blocked: boolean
  taken: boolean
}

export interface DayOfWork {
  calendar: Calendar
  site: SiteHours
  practitioner: Worker
  /** `YYYY-MM-DD` in the site's zone */
  date: string
  /** Time that nobody is to book. */
  blocked: readonly Interval[]
  /** Time that the practitioner's other bookings hold, at whatever site. */
  taken: readonly Interval[]
}

export const minuteMs = 60_000

/** When the site is open on a day. */
export const openingOf = (calendar: Calendar, site: SiteHours, date: string): Interval[] => {
  const exception = site.exceptions.find((day) => day.date === date)
  const weekday = weekdayOf(date)
  const hours = exception?.hours ?? site.openingHours.filter((day) => day.weekday === weekday)
  return union(
    hours.map(({ opens, closes }) => ({ from: calendar.at(date, opens), to: calendar.at(date, closes) })),
  )
}

const breaksOf = (calendar: Calendar, site: SiteHours, date: string): Interval[] => {
  if (site.exceptions.some((day) => day.date === date)) return []
  const weekday = weekdayOf(date)
  return timesOf(
    calendar,
    site.breaks.filter((day) => day.weekday === weekday),
    date,
  )
}

const timesOf = (
  calendar: Calendar,
  times: readonly { from: string; to: string }[],
  date: string,
): Interval[] => times.map(({ from, to }) => ({ from: calendar.at(date, from), to: calendar.at(date, to) }))

/** When the practitioner sees patients at the site on a day. */
const workingOf = ({ calendar, site, practitioner, date }: DayOfWork, opening: Interval[]): Interval[] => {
  const { rota, active, siteIds } = practitioner
  if (!active || !siteIds.includes(site.siteId)) return []
  const open = without(opening, breaksOf(calendar, site, date))
  const exception = rota?.exceptions.find((day) => day.date === date)
  const weekday = weekdayOf(date)
  const hours = exception?.hours ?? rota?.weekly?.filter((day) => day.weekday === weekday)
  if (!hours) return open
  const here = hours.filter(({ siteId }) => siteId === site.siteId)
  return common(open, union(timesOf(calendar, here, date)))
}

/**
 * The slots of the opening hours, counted from each opening. Wall-clock hours become instants first, so a DST night
 * has the slots of the hours that it really has. What is left of an opening and no whole slot is no slot.
 */
export const slotsOfDay = (day: DayOfWork): Slot[] => {
  const { calendar, site, date, blocked, taken } = day
  const length = site.slotMinutes * minuteMs
  const opening = openingOf(calendar, site, date)
  const working = workingOf(day, opening)
  const bounds = calendar.day(date)
  const ofDay = ({ from, to }: Interval): boolean => from < bounds.to && bounds.from < to
  const [blockedToday, takenToday] = [blocked.filter(ofDay), taken.filter(ofDay)]
  const slots: Slot[] = []
  for (const { from: opens, to: closes } of opening)
    for (let from = opens; from + length <= closes; from += length) {
      const slot = { from, to: from + length }
      slots.push({
        ...slot,
        working: within(slot, working),
        blocked: overlapsAny(slot, blockedToday),
        taken: overlapsAny(slot, takenToday),
      })
    }
  return slots
}

export const isFree = ({ working, blocked, taken }: Slot): boolean => working && !blocked && !taken

/** The slots from the one at `start` on that lie without a gap behind each other; up to `count`. */
export const runFrom = (slots: readonly Slot[], start: number, count: number): Slot[] => {
  const run: Slot[] = []
  for (let n = start; n < slots.length && run.length < count; n += 1) {
    const slot = slots[n]
    if (!slot || (run.length > 0 && run.at(-1)?.to !== slot.from)) break
    run.push(slot)
  }
  return run
}

/** Where `count` free slots begin that lie without a gap behind each other. */
export const freeRuns = (slots: readonly Slot[], count: number): Interval[] =>
  slots.flatMap((slot, n) => {
    const run = isFree(slot) ? runFrom(slots, n, count) : []
    return run.length === count && run.every(isFree) ? [{ from: slot.from, to: run.at(-1)?.to ?? 0 }] : []
  })
