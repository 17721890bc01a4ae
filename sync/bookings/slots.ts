/** The slots of a practitioner's day at a site: what every rule about bookings is said of. Pure. */
import type { PractitionerReference, SiteReference } from '../contract/reference.ts'
import { weekdayOf, type Calendar, type Interval } from './calendar.ts'
import { common, overlap, overlapsAny, union, within, without } from './intervals.ts'

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

/** What of a day at a site is the same for everybody who works there. */
interface SiteDay {
  bounds: Interval
  /** Open, and no break. */
  open: readonly Interval[]
  /** Counted from each opening. What is left of an opening and no whole slot is no slot. */
  slots: readonly Interval[]
}

/** By the site as it was read for one question, which asks for the same days of each practitioner. */
const siteDays = new WeakMap<SiteHours, Map<string, SiteDay>>()

const siteDayOf = ({ calendar, site, date }: DayOfWork): SiteDay => {
  const days = siteDays.get(site) ?? new Map<string, SiteDay>()
  siteDays.set(site, days)
  const key = `${date} ${calendar.zone}`
  const known = days.get(key)
  if (known) return known
  const opening = openingOf(calendar, site, date)
  const length = site.slotMinutes * minuteMs
  const slots: Interval[] = []
  for (const { from: opens, to: closes } of opening)
    for (let from = opens; from + length <= closes; from += length) slots.push({ from, to: from + length })
  const open = without(opening, breaksOf(calendar, site, date))
  const day = { bounds: calendar.day(date), open, slots }
  days.set(key, day)
  return day
}

/** When the practitioner sees patients at the site on a day. */
const workingOf = (
  { calendar, site, practitioner, date }: DayOfWork,
  open: readonly Interval[],
): readonly Interval[] => {
  const { rota, active, siteIds } = practitioner
  if (!active || !siteIds.includes(site.siteId)) return []
  if (!rota) return open
  const exception = rota.exceptions.find((day) => day.date === date)
  const weekday = weekdayOf(date)
  const hours = exception?.hours ?? rota.weekly?.filter((day) => day.weekday === weekday)
  if (!hours) return open
  const here = hours.filter(({ siteId }) => siteId === site.siteId)
  return common(open, union(timesOf(calendar, here, date)))
}

/**
 * The slots of the opening hours. Wall-clock hours become instants first, so a DST night has the slots of the hours
 * that it really has.
 */
export const slotsOfDay = (day: DayOfWork): Slot[] => {
  const { bounds, open, slots } = siteDayOf(day)
  const working = workingOf(day, open)
  const blocked = day.blocked.filter((one) => overlap(one, bounds))
  const taken = day.taken.filter((one) => overlap(one, bounds))
  return slots.map((slot) => ({
    from: slot.from,
    to: slot.to,
    working: within(slot, working),
    blocked: overlapsAny(slot, blocked),
    taken: overlapsAny(slot, taken),
  }))
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
export const freeRuns = (slots: readonly Slot[], count: number): Interval[] => {
  const found: Interval[] = []
  let free = 0
  for (const [n, slot] of slots.entries()) {
    const goesOn = free > 0 && slots[n - 1]?.to === slot.from
    free = isFree(slot) ? (goesOn ? free + 1 : 1) : 0
    const first = free >= count ? slots[n - count + 1] : undefined
    if (first) found.push({ from: first.from, to: slot.to })
  }
  return found
}
