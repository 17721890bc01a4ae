/** The slots of a practitioner's day: pure. */
import { DateTime } from 'luxon'
import type { Site } from './site.ts'

export interface Slot {
  startsAt: string
  endsAt: string
  state: 'FREE' | 'BOOKED'
}

const notHeld = new Set(['CANCELLED', 'FAILED_TO_SHOW'])

/**
 * Slots of the site's opening hours on a day, each free or booked. Hours are wall-clock times of the site's
 * zone, so on a DST night the slots that do not exist are left out.
 */
export const slotsOfDay = (
  site: Pick<Site, 'timeZone' | 'openingHours' | 'slotMinutes'>,
  date: string,
  appointments: readonly { startsAt: string; endsAt: string; status: string }[],
): Slot[] => {
  const day = DateTime.fromISO(date, { zone: site.timeZone })
  const held = appointments
    .filter((a) => !notHeld.has(a.status))
    .map((a) => ({ from: Date.parse(a.startsAt), to: Date.parse(a.endsAt) }))
  return site.openingHours
    .filter((hours) => hours.weekday === day.weekday)
    .flatMap(({ opens, closes }) => {
      const slots: Slot[] = []
      const closing = at(day, closes)
      const length = { minutes: site.slotMinutes }
      for (let start = at(day, opens); start.plus(length) <= closing; start = start.plus(length)) {
        const [from, to] = [start.toMillis(), start.plus(length).toMillis()]
        const booked = held.some((h) => h.from < to && from < h.to)
        slots.push({ startsAt: utc(from), endsAt: utc(to), state: booked ? 'BOOKED' : 'FREE' })
      }
      return slots
    })
}

const at = (day: DateTime, time: string): DateTime => {
  const [hour, minute] = time.split(':').map(Number)
  return day.set({ hour: hour ?? 0, minute: minute ?? 0, second: 0, millisecond: 0 })
}
const utc = (ms: number): string => new Date(ms).toISOString()
