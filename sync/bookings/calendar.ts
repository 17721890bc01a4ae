/** Wall-clock times of a site's zone as instants, both DST nights included. Instants are ms since the epoch. */
import { DateTime } from 'luxon'

/** Time from `from` to just before `to`; ms since the epoch. */
export interface Interval {
  from: number
  to: number
}

const dayMs = 86_400_000
/** Days that a calendar remembers at most: some years on either side. */
const maxDays = 4000
const minuteMs = 60_000

/**
 * The days of one time zone; remembers those it was asked for. A time that a DST night leaves out is moved on by
 * what was left out; of one that comes twice the first counts.
 */
export class Calendar {
  readonly zone: string
  readonly #days = new Map<string, Interval>()
  #recent: string[] = []

  /** @param zone IANA name */
  constructor(zone: string) {
    this.zone = zone
  }

  /** The first instant of a day and of the next: 23, 24 or 25 hours. */
  day(date: string): Interval {
    let day = this.#days.get(date)
    if (!day) {
      const start = DateTime.fromISO(date, { zone: this.zone }).startOf('day')
      day = { from: start.toMillis(), to: start.plus({ days: 1 }).startOf('day').toMillis() }
      if (this.#days.size >= maxDays) this.#days.clear()
      this.#days.set(date, day)
    }
    return day
  }

  /** @param time `HH:MM`, up to 24:00 */
  at(date: string, time: string): number {
    const day = this.day(date)
    const [hour = 0, minute = 0] = time.split(':').map(Number)
    // Most days have no clock change, and need no question to the zone.
    if (day.to - day.from === dayMs) return day.from + (hour * 60 + minute) * minuteMs
    return DateTime.fromISO(date, { zone: this.zone }).set({ hour, minute }).toMillis()
  }

  /** The day on which an instant falls. */
  dateOf(instant: number): string {
    // Whoever asks for one instant of a day asks for more of them, and the zone takes long to answer.
    for (const date of this.#recent) {
      const { from, to } = this.day(date)
      if (from <= instant && instant < to) return date
    }
    const date = DateTime.fromMillis(instant, { zone: this.zone }).toISODate() ?? ''
    this.#recent = [date, ...this.#recent].slice(0, 3)
    return date
  }
}

const calendars = new Map<string, Calendar>()

/** The calendar of a zone; one for all who ask, so that a day is asked of the zone once. */
export const calendarOf = (zone: string): Calendar => {
  const known = calendars.get(zone) ?? new Calendar(zone)
  calendars.set(zone, known)
  return known
}

/** ISO weekday of a date: 1 is Monday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay() || 7

/** The date that is `days` later. */
export const datePlus = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** How many days `to` is after `from`. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs)

/** Every date from `from` to `to`, both included. */
export const datesBetween = (from: string, to: string): string[] =>
  Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, n) => datePlus(from, n))
