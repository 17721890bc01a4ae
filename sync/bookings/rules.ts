/**
 * The one rule set for bookings. Search asks it what may be offered, and create whether what is wanted may be: both by
 * the same functions over the same slots, so that what is offered can be booked, and what can be booked is offered.
 * Pure: the time of day is an argument.
 */
import type { PractitionerReference, ReasonReference, SiteReference } from '../contract/reference.ts'
import { daysBetween, type Calendar, type Interval } from './calendar.ts'
import { freeRuns, minuteMs, runFrom, type Slot } from './slots.ts'

/** Who books: the practice's staff, one of its clients themselves, or somebody who is no client yet. */
export type Booker = 'staff' | 'customer' | 'prospect'

/** The rules, by the code that the API answers. */
export type BrokenCode =
  | 'DURATION_NOT_SLOT_MULTIPLE'
  | 'DURATION_TOO_SHORT'
  | 'IN_THE_PAST'
  | 'ONLINE_BOOKING_DISALLOWED'
  | 'OUTSIDE_HOURS'
  | 'REASON_REQUIRED'
  | 'SLOT_TAKEN'

/** A rule that is broken, in words that a receptionist would use. */
export interface Broken {
  code: BrokenCode
  detail: string
}

export interface Terms {
  booker: Booker
  calendar: Calendar
  site: SiteReference
  /** Null: none was given. */
  reason: ReasonReference | null
  /** ms since the epoch */
  now: number
}

const broken = (code: BrokenCode, detail: string): Broken => ({ code, detail })

/** Why nobody of this kind may book this at all, whenever it were. */
export const termsRefusal = ({ booker, site, reason }: Terms): Broken | undefined => {
  if (booker === 'staff') return undefined
  const { enabled, prospects } = site.onlineBooking
  if (!enabled) return broken('ONLINE_BOOKING_DISALLOWED', `${site.name} takes no bookings online.`)
  if (booker === 'prospect' && !prospects)
    return broken('ONLINE_BOOKING_DISALLOWED', `${site.name} takes online bookings only from its clients.`)
  if (reason && !(reason.active && reason.onlineBooking))
    // Unnamed: the practice's names for what it does not offer online are its own.
    return broken('ONLINE_BOOKING_DISALLOWED', 'This reason cannot be booked online; please call.')
  return undefined
}

/** Whether bookings of this kind may be with this practitioner. */
export const mayBook = (booker: Booker, practitioner: PractitionerReference): boolean =>
  practitioner.active && (booker === 'staff' || practitioner.onlineBooking)

/** How many slots the reason takes; without one, one. */
const usualCount = ({ site: { slotMinutes }, reason }: Terms): number =>
  Math.ceil((reason?.durationMinutes ?? slotMinutes) / slotMinutes)

/** How many slots a booking takes. @param minutes as asked for; undefined: what the reason takes, or one slot */
export const slotCount = (terms: Terms, minutes: number | undefined): number | Broken => {
  const { booker, site, reason } = terms
  const { slotMinutes } = site
  const usual = usualCount(terms)
  if (minutes === undefined) return usual
  if (minutes < 0) return broken('DURATION_NOT_SLOT_MULTIPLE', 'The end is before the start.')
  const count = minutes / slotMinutes
  if (!Number.isInteger(count) || count < 1)
    return broken('DURATION_NOT_SLOT_MULTIPLE', `A booking here takes whole slots of ${slotMinutes} minutes.`)
  if (booker !== 'staff' && count < usual)
    return broken('DURATION_TOO_SHORT', `"${reason?.name}" takes ${usual * slotMinutes} minutes.`)
  return count
}

/** A booking that stands, and what is to become of it. */
export interface Standing {
  /** ms that it takes now */
  length: number
  /** Its time, practitioner or site is to be another. */
  moves: boolean
  /** It is to be for another reason. */
  newReason: boolean
}

/**
 * How long a booking takes of which nobody says how long, in ms: a new one what its reason takes, or one slot. One that
 * stands keeps its length, moved in whole slots of the site, but is never too short for a reason that it gets anew,
 * nor, moved online, for the one that it has.
 */
export const lengthOf = (terms: Terms, standing?: Standing): number => {
  const slot = terms.site.slotMinutes * minuteMs
  const usual = usualCount(terms) * slot
  if (!standing) return usual
  const { length, moves, newReason } = standing
  const kept = moves ? Math.ceil(length / slot) * slot : length
  const asked = (newReason && terms.reason) || (moves && terms.booker !== 'staff')
  return asked ? Math.max(kept, usual) : kept
}

/** Why a booking may not begin at `from`, as far as the time of day goes. */
const timeRefusal = ({ booker, calendar, site, now }: Terms, from: number): Broken | undefined => {
  const { slotMinutes, onlineBooking } = site
  // Whoever comes in by the door is booked into the slot that runs.
  const past = booker === 'staff' ? from + slotMinutes * minuteMs <= now : from <= now
  if (past) return broken('IN_THE_PAST', 'This time has passed.')
  if (booker === 'staff') return undefined
  const { noticeMinutes, daysAhead } = onlineBooking
  if (from < now + noticeMinutes * minuteMs)
    return broken('ONLINE_BOOKING_DISALLOWED', `Online one books ${noticeMinutes} minutes ahead at least.`)
  if (daysBetween(calendar.dateOf(now), calendar.dateOf(from)) > daysAhead)
    return broken('ONLINE_BOOKING_DISALLOWED', `Online one books up to ${daysAhead} days ahead.`)
  return undefined
}

/** What may be offered of a day: each run of `count` free slots that may be booked now. */
export const offers = (terms: Terms, slots: readonly Slot[], count: number): Interval[] =>
  freeRuns(slots, count).filter(({ from }) => !timeRefusal(terms, from))

/** The reason that a booking has to name: staff may put it in their own words. */
export const reasonRefusal = ({ booker, reason }: Terms, reasonText: string | null): Broken | undefined => {
  if (reason || (booker === 'staff' && reasonText?.trim())) return undefined
  const how = booker === 'staff' ? 'reasonId, or reasonText in your own words' : 'reasonId'
  return broken('REASON_REQUIRED', `Say what the appointment is for: ${how}.`)
}

/**
 * The rule that `wanted` breaks, or undefined where it may be booked: exactly where `offers` has it.
 * @param slots of the day on which it begins, whatever else is booked then taken into account
 */
export const bookingRefusal = (
  terms: Terms,
  slots: readonly Slot[],
  wanted: Interval,
): Broken | undefined => {
  const { site } = terms
  const count = slotCount(terms, (wanted.to - wanted.from) / minuteMs)
  if (typeof count !== 'number') return count
  const early = timeRefusal(terms, wanted.from)
  if (early) return early
  const start = slots.findIndex(({ from }) => from === wanted.from)
  const inside = slots.some(({ from, to }) => from < wanted.from && wanted.from < to)
  if (inside)
    return broken('DURATION_NOT_SLOT_MULTIPLE', `A slot here begins every ${site.slotMinutes} minutes.`)
  const run = start < 0 ? [] : runFrom(slots, start, count)
  if (run.length < count) return broken('OUTSIDE_HOURS', `${site.name} is not open for all of this time.`)
  if (!run.every(({ working }) => working))
    return broken('OUTSIDE_HOURS', `The practitioner does not see patients at ${site.name} at this time.`)
  if (run.some(({ taken }) => taken)) return broken('SLOT_TAKEN', 'Somebody else has this time.')
  return run.some(({ blocked }) => blocked) ? broken('SLOT_TAKEN', 'This time is kept free.') : undefined
}

/** The offers nearest to `wanted`, nearest first; of equally near ones the earlier. */
export const nearest = <T extends Interval>(offered: readonly T[], wanted: Interval, most: number): T[] =>
  [...offered]
    .sort((a, b) => Math.abs(a.from - wanted.from) - Math.abs(b.from - wanted.from) || a.from - b.from)
    .slice(0, most)
